// Writes factory.schema.json, which editors use for completion, from the schema that validates
// factory.yaml. With `--check`, only checks whether the file is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const file = "factory.schema.json";
await build({
  entryPoints: ["config/schema/factory-file.ts"],
  outfile: "dist/schema.cjs",
  bundle: true,
  platform: "node",
  packages: "external",
});
const { FactoryFile } = await import("../../dist/schema.cjs").then((module) => module.default);
const { z } = await import("zod");
const factoryFile = z.toJSONSchema(FactoryFile, { io: "input" });
// Extension keys hold anchors. The loader removes them.
factoryFile.patternProperties = { "^x-": {} };
const schema = `${JSON.stringify(factoryFile, null, 2)}\n`;

if (!process.argv.includes("--check")) {
  writeFileSync(file, schema);
} else if (readFileSync(file, "utf8") !== schema) {
  console.error(`${file} is out of date: run \`npm run schema\` and commit it`);
  process.exitCode = 1;
}
