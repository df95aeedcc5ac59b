import module from "node:module";
import { join } from "node:path";
import type * as App from "../../main";
import type { CommandResult } from "../command";
import { factoryFile, outputFolder } from "../environment";

/**
 * The bundle of `main.ts`, which CDKTF's command line runs too. It isn't part of the command's
 * modules: as one file, it loads in less time.
 */
const APP = "../main.js";

interface Options {
  readonly config?: string | undefined;
}

/** Synthesizes the stacks of a factory file into a folder. Returns their ids. */
export function synthesizeInto(outdir: string, file: string): Promise<string[]> {
  const { synthesize }: typeof App = module.createRequire(import.meta.url)(APP);
  return synthesize(file, outdir);
}

/** Synthesizes the stacks of a factory file, as `cdktf synth` does. */
export async function synth({ config }: Options): Promise<CommandResult> {
  const outdir = outputFolder();
  const stacks = await synthesizeInto(outdir, factoryFile(config));
  const count = stacks.length === 1 ? "1 stack" : `${stacks.length} stacks`;
  return {
    text: `wrote ${count} to ${join(outdir, "stacks")}: ${stacks.join(", ")}`,
    data: { outdir, stacks },
  };
}
