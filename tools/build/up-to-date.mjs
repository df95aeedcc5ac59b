import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Returns whether all outputs exist and are newer than all inputs. An input is a file, or a folder
 * with everything in it.
 */
export function isUpToDate(inputs, outputs) {
  if (!outputs.every((output) => existsSync(output))) return false;
  const oldestOutput = Math.min(...outputs.map((output) => statSync(output).mtimeMs));
  return inputs.every((input) => changedAt(input) < oldestOutput);
}

/**
 * Time of the last change, in milliseconds since 1970. A folder itself changes when a file in it is
 * added or removed.
 */
function changedAt(path) {
  const stats = statSync(path);
  const entries = stats.isDirectory() ? readdirSync(path) : [];
  return Math.max(stats.mtimeMs, ...entries.map((entry) => changedAt(join(path, entry))));
}
