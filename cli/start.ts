/**
 * Starts the `factory` command, if this Node.js can run it. Older versions must be able to parse
 * the bundle of this file.
 */
import { nodeProblem } from "./node-version";

/** The modules of the command, next to the bundle of this file. */
const COMMAND = "./factory/factory.mjs";

const problem = nodeProblem();
if (problem === undefined) {
  void import(COMMAND);
} else {
  console.error(problem);
  process.exitCode = 1;
}
