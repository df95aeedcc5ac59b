// Draws a factory: npm run diagram -- [OUTDIR [TARGET]] writes TARGET.svg and TARGET.mmd from the stacks in OUTDIR.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../config/problems";
import { dot, graphOf, mermaid } from "./graph";

async function main(outdir = "cdktf.out", target = "factory"): Promise<void> {
  const folder = join(outdir, "stacks");
  if (!existsSync(folder))
    throw new ConfigError(`there is no ${folder}: run \`npm run synth\` first`);
  const read = (stack: string) =>
    JSON.parse(readFileSync(join(folder, stack, "cdk.tf.json"), "utf8"));
  const picture = graphOf(
    Object.fromEntries(readdirSync(folder).map((stack) => [stack, read(stack)])),
  );
  const { instance } = await import("@viz-js/viz");
  const viz = await instance();
  writeFileSync(`${target}.svg`, viz.renderString(dot(picture), { format: "svg", engine: "dot" }));
  writeFileSync(`${target}.mmd`, mermaid(picture));
  console.log(
    `${target}.svg and ${target}.mmd show ${picture.places.map(({ label }) => label).join("; ")}`,
  );
}

main(...process.argv.slice(2)).catch((error: Error) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
});
