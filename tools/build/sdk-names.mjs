// Writes config/aws/sdk-names.ts, the Regions and instance types that the AWS SDK in node_modules
// knows. With `--check`, only checks whether the file is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const FILE = "config/aws/sdk-names.ts";
const LINE_LENGTH = 100;

/** Not exported by the package. A bundle can contain it nevertheless. */
const PARTITIONS = join(
  dirname(createRequire(import.meta.url).resolve("@aws-sdk/core/package.json")),
  "dist-es/submodules/client/util-endpoints/lib/aws/partitions.js",
);

await build({
  stdin: {
    contents: `
      export { partitionsInfo } from ${JSON.stringify(PARTITIONS)};
      export { _InstanceType } from "@aws-sdk/client-ec2";`,
    resolveDir: ".",
  },
  outfile: "dist/sdk-names.cjs",
  bundle: true,
  platform: "node",
});
const { partitionsInfo, _InstanceType } = await import("../../dist/sdk-names.cjs").then(
  (module) => module.default,
);

/** Wraps words at the length of a line. */
function lines(words) {
  const wrapped = [];
  for (const word of words) {
    const last = wrapped.at(-1);
    if (last === undefined || `${last} ${word}`.length > LINE_LENGTH) wrapped.push(word);
    else wrapped[wrapped.length - 1] = `${last} ${word}`;
  }
  return wrapped.join("\n");
}

function partition({ id, regionRegex, regions }) {
  // aws-global and the like stand for services without Regions.
  const names = Object.keys(regions).filter((name) => !name.endsWith("-global"));
  return `  {
    id: ${JSON.stringify(id)},
    pattern: /${regionRegex.replaceAll("\\-", "-")}/,
    regions: [
${names.map((name) => `      ${JSON.stringify(name)},\n`).join("")}    ],
  },
`;
}

const text = `/** Written by \`npm run sdk-names\` from the AWS SDK. Don't edit. */

export interface Partition {
  readonly id: string;
  /** Pattern of the names of its Regions, including those that don't exist yet. */
  readonly pattern: RegExp;
  readonly regions: readonly string[];
}

// biome-ignore format: one Region a line
export const PARTITIONS: readonly Partition[] = [
${partitionsInfo.partitions.map(partition).join("")}];

/** Names separated by whitespace. */
export const INSTANCE_TYPE_NAMES = \`
${lines(Object.values(_InstanceType).sort())}
\`;
`;

if (!process.argv.includes("--check")) {
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, "utf8") !== text) {
  console.error(`${FILE} is out of date: run \`npm run sdk-names\` and commit it`);
  process.exitCode = 1;
}
