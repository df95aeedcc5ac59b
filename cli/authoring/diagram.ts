import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { instance } from "@viz-js/viz";
import type { CommandResult } from "../command";
import { assertCurrent } from "../synthesis-inputs";
import { readSynthesizedJson } from "../synthesized-json";
import { dot, graphOf, mermaid, type Stacks } from "./graph";

interface Options {
  readonly outdir: string;
  /** Path of the files to write, without extension. @default "factory" */
  readonly target?: string | undefined;
}

/** Draws the stacks in `outdir` as `TARGET.svg` and `TARGET.mmd`. */
export async function diagram({ outdir, target = "factory" }: Options): Promise<CommandResult> {
  const graph = graphOf(readStacks(outdir));
  const viz = await instance();
  writeFileSync(`${target}.svg`, viz.renderString(dot(graph), { format: "svg", engine: "dot" }));
  writeFileSync(`${target}.mmd`, mermaid(graph));
  const labels = graph.accountRegions.map(({ label }) => label).join("; ");
  return { text: `wrote ${target}.svg and ${target}.mmd: ${labels}` };
}

/** Reads the stacks in the manifest: the folder may also contain stacks that were removed since. */
function readStacks(outdir: string): Stacks {
  const { stacks } = readSynthesizedJson(join(outdir, "manifest.json"));
  assertCurrent(outdir);
  return Object.fromEntries(
    Object.keys(stacks).map((stack) => [
      stack,
      readSynthesizedJson(join(outdir, stacks[stack].synthesizedStackPath)),
    ]),
  );
}
