// Writes the JSON Schemas: factory.schema.json, which editors use for completion, from the schema
// that validates factory.yaml, and catalogue.schema.json, which describes catalogue.json. With
// `--check`, only checks whether the files are up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { z } from "zod";

await build({
  entryPoints: { factory: "config/schema/factory-file.ts", catalogue: "catalogue/schema.ts" },
  outdir: "dist/schemas",
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  packages: "external",
});

async function load(name) {
  return (await import(`../../dist/schemas/${name}.cjs`)).default;
}

const { FactoryFile } = await load("factory");
const factoryFile = z.toJSONSchema(FactoryFile, { io: "input" });
// Extension keys hold anchors. The loader removes them.
factoryFile.patternProperties = { "^x-": {} };
const { Catalogue } = await load("catalogue");
const schemas = {
  "factory.schema.json": factoryFile,
  "catalogue.schema.json": z.toJSONSchema(Catalogue),
};

for (const [file, schema] of Object.entries(schemas)) {
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (!process.argv.includes("--check")) {
    writeFileSync(file, text);
  } else if (readFileSync(file, "utf8") !== text) {
    console.error(`${file} is out of date: run \`npm run schema\` and commit it`);
    process.exitCode = 1;
  }
}
