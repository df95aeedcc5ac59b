/** AWS may answer with an empty or incomplete page although there is more. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Calls that are about a single page. */
const SINGLE_PAGES: readonly string[] = [
  // Asks whether RAM accepts the call.
  "cli/proof/assumptions/experiments/sharing.ts: GetResourceShareAssociations",
  // Reads backwards, which the SDK's paginator doesn't.
  "lambda/recorder/adapters/logs.ts: GetLogEvents",
];

const SDK = "node_modules/@aws-sdk";

/** Returns the operations of all services that return pages. */
function paginatedOperations(): Set<string> {
  const clients = readdirSync(SDK).filter((name) => name.startsWith("client-"));
  return new Set(
    clients.flatMap((client) => {
      const index = join(SDK, client, "dist-types/index.d.ts");
      if (!readFileSync(index, "utf8").includes("./pagination")) return [];
      return readdirSync(join(SDK, client, "dist-types/pagination")).flatMap(
        (file) => /^(\w+)Paginator\.d\.ts$/.exec(file)?.[1] ?? [],
      );
    }),
  );
}

/** Returns the call that begins at a position, up to the parenthesis that ends it. */
function callAt(source: string, start: number): string {
  let depth = 0;
  for (let index = source.indexOf("(", start); index < source.length; index += 1) {
    if (source[index] === "(") depth += 1;
    if (source[index] === ")") depth -= 1;
    if (depth === 0) return source.slice(start, index + 1);
  }
  return source.slice(start);
}

/** Returns the calls of a source that read one page, unless they name what they read. */
function singlePages(source: string, paginated: ReadonlySet<string>): string[] {
  const calls = source.matchAll(/new (\w+)Command\(|\bread\(\s*"\w+:(\w+)"/g);
  return [...calls].flatMap(({ index, 1: command, 2: action }) => {
    const operation = command ?? action ?? "";
    const namesItems = /\w(Ids|Names)\b/.test(callAt(source, index));
    return paginated.has(operation) && !namesItems ? operation : [];
  });
}

test("commands and functions read all pages of what AWS lists", () => {
  const paginated = paginatedOperations();
  expect(paginated).toContain("ListParents");
  const files = ["cli", "lambda", "tools/bench"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name)),
  );
  const found = files.flatMap((file) =>
    singlePages(readFileSync(file, "utf8"), paginated).map((operation) => `${file}: ${operation}`),
  );
  expect(found.sort()).toEqual([...SINGLE_PAGES].sort());
});

test.each([
  [`client.send(new ListParentsCommand({ ChildId }))`, ["ListParents"]],
  [`read("ec2:DescribeVpcs", { Filters: [f(1)] }); ({ VpcIds: [] })`, ["DescribeVpcs"]],
  [`new DescribeVpcsCommand({ VpcIds: [id] })`, []],
  [`new GetImageCommand({ imageBuildVersionArn })`, []],
])("the single pages of %s are %j", (source, operations) => {
  expect(singlePages(source, paginatedOperations())).toEqual(operations);
});
