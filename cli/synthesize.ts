import module from "node:module";
import type * as App from "../main";

/**
 * The bundle of `main.ts`, which CDKTF's command line runs too. It isn't part of the command's
 * modules: as one file, it loads in less time.
 */
const APP = "../main.js";

/** Synthesizes the stacks of a factory file into `outdir`; resolves to the ids of the stacks. */
export function synthesize(file: string, outdir: string): Promise<string[]> {
  const app: typeof App = module.createRequire(import.meta.url)(APP);
  return app.synthesize(file, outdir);
}

export function describeStackCount(count: number): string {
  return count === 1 ? "1 stack" : `${count} stacks`;
}
