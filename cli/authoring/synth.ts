import { join } from "node:path";
import type { CommandResult } from "../command";
import { factoryFile, outputFolder } from "../environment";
import { describeStackCount, synthesize } from "../synthesize";

interface Options {
  readonly config?: string | undefined;
}

/** Synthesizes the stacks of a factory file, as `cdktf synth` does. */
export async function synth({ config }: Options): Promise<CommandResult> {
  const outdir = outputFolder();
  const stacks = await synthesize(factoryFile(config), outdir);
  return {
    text: `wrote ${describeStackCount(stacks.length)} to ${join(outdir, "stacks")}: ${stacks.join(", ")}`,
    data: { outdir, stacks },
  };
}
