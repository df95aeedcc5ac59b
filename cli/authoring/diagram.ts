import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { instance } from "@viz-js/viz";
import { ConfigError } from "../../config/problems";
import type { CommandResult } from "../command";
import { readSynthesizedJson } from "../synthesized-json";
import { dot, graphOf, mermaid, type Stacks } from "./graph";

interface Options {
  readonly outdir: string;
  /** Path of the files to write, without extension. @default "factory" */
  readonly target?: string | undefined;
}

/** Draws the stacks in `outdir` as `TARGET.svg` and `TARGET.mmd`. */
export async function diagram({ outdir, target = "factory" }: Options): Promise<CommandResult> {
  const graph = graphOf(readStacks(join(outdir, "stacks")));
  const viz = await instance();
  writeFileSync(`${target}.svg`, viz.renderString(dot(graph), { format: "svg", engine: "dot" }));
  writeFileSync(`${target}.mmd`, mermaid(graph));
  const labels = graph.accountRegions.map(({ label }) => label).join("; ");
  return { text: `wrote ${target}.svg and ${target}.mmd: ${labels}` };
}

function readStacks(folder: string): Stacks {
  if (!existsSync(folder))
    throw new ConfigError(`${folder} doesn't exist: run \`npm run synth\` first`);
  return Object.fromEntries(
    readdirSync(folder).map((stack) => [
      stack,
      readSynthesizedJson(join(folder, stack, "cdk.tf.json")),
    ]),
  );
}
