import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadFactory } from "../../config/load";
import { synthFactory, type TerraformJson } from "../../tools/fixtures/synth";

const UPDATE = "UPDATE_ADDRESSES=1 npx jest __tests__/stacks/addresses.test.ts";

/** Arguments that contain the name of a resource in AWS. */
const NAME_ARGUMENTS = ["name", "function_name", "alarm_name", "dashboard_name", "bucket"];

/** Returns the resource's name in AWS, unless it is a reference to another resource's name. */
function nameOf(config: Record<string, unknown>): string | undefined {
  return NAME_ARGUMENTS.map((argument) => config[argument]).find(
    (name): name is string => typeof name === "string" && !name.includes("${"),
  );
}

/**
 * Returns a line for each resource, data source and output: `STACK: ADDRESS` or
 * `STACK: ADDRESS = NAME`.
 */
function addressesOf(stack: string, { resource = {}, data = {}, output = {} }: TerraformJson) {
  const lines = (blocks: TerraformJson["resource"] = {}, prefix = ""): string[] =>
    Object.entries(blocks).flatMap(([type, configs]) =>
      Object.entries(configs).map(([id, config]) => {
        const name = nameOf(config);
        const address = `${stack}: ${prefix}${type}.${id}`;
        return name === undefined ? address : `${address} = ${name}`;
      }),
    );
  const outputs = Object.keys(output).map((name) => `${stack}: output.${name}`);
  return [...lines(resource), ...lines(data, "data."), ...outputs];
}

/** Returns what to do about the lines that differ from the list; empty if there are none. */
function differences(
  title: string,
  expected: readonly string[],
  actual: readonly string[],
): string {
  const removed = expected.filter((line) => !actual.includes(line));
  const added = actual.filter((line) => !expected.includes(line));
  if (removed.length === 0 && added.length === 0) return "";
  const sections = [
    ["Removed or changed", removed],
    ["Added", added],
  ] as const;
  return [
    `The Terraform addresses or AWS names of ${title} differ from the list.`,
    ...sections.flatMap(([heading, lines]) =>
      lines.length === 0 ? [] : [`${heading}:`, ...lines.map((line) => `  ${line}`)],
    ),
    ...(removed.length === 0
      ? []
      : [
          "Changing or removing an address or name is a breaking change for deployed factories:",
          "Terraform destroys the resource and creates another one.",
        ]),
    "If the change is intended, describe it in CHANGELOG.md and update the list:",
    `  ${UPDATE}`,
  ].join("\n");
}

test.each([
  ["factory.yaml", "factory.txt"],
  ["examples/complete/factory.yaml", "complete.txt"],
  // The files that `factory init` wrote when 0.1.0 was prepared. They stay as they are:
  // if their versions aren't up to date any more, an upgrade issues new ones.
  ["__tests__/stacks/addresses/repository/factory.yaml", "repository.txt"],
])("the Terraform addresses and AWS names of %s are those of addresses/%s", (file, list) => {
  const stacks = Object.entries(synthFactory(loadFactory(file)));
  const actual = stacks.flatMap(([stack, json]) => addressesOf(stack, json)).sort();
  const path = join(__dirname, "addresses", list);
  if (process.env["UPDATE_ADDRESSES"] === "1") writeFileSync(path, `${actual.join("\n")}\n`);
  const expected = readFileSync(path, "utf8").trimEnd().split("\n");
  const message = differences(file, expected, actual);
  if (message !== "") throw new Error(message);
  expect(expected).toEqual([...new Set(actual)]);
});

test("a changed address is reported as a breaking change, with how to update the list", () => {
  const list = ["shared: aws_kms_key.a", "shared: aws_kms_alias.a = alias/a"];
  const actual = ["shared: aws_kms_key.b", "shared: aws_kms_alias.a = alias/a"];
  expect(differences("factory.yaml", list, actual)).toBe(
    `The Terraform addresses or AWS names of factory.yaml differ from the list.
Removed or changed:
  shared: aws_kms_key.a
Added:
  shared: aws_kms_key.b
Changing or removing an address or name is a breaking change for deployed factories:
Terraform destroys the resource and creates another one.
If the change is intended, describe it in CHANGELOG.md and update the list:
  UPDATE_ADDRESSES=1 npx jest __tests__/stacks/addresses.test.ts`,
  );
});

test("an added address is reported with how to update the list, and no difference is not reported", () => {
  expect(differences("factory.yaml", [], ["shared: output.topic_arn"])).toBe(
    `The Terraform addresses or AWS names of factory.yaml differ from the list.
Added:
  shared: output.topic_arn
If the change is intended, describe it in CHANGELOG.md and update the list:
  UPDATE_ADDRESSES=1 npx jest __tests__/stacks/addresses.test.ts`,
  );
  expect(differences("factory.yaml", ["a"], ["a"])).toBe("");
});
