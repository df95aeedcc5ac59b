/**
 * Starts the `factory` command, if this Node.js can run it. Older versions must be able to parse
 * the bundle of this file.
 */
import { engines } from "../package.json";

/** The modules of the command, next to the bundle of this file. */
const COMMAND = "./factory/factory.mjs";

const current = process.versions.node;

/** Compares versions such as 20.19. */
function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [minMajor = 0, minMinor = 0] = than.split(".").map(Number);
  return major < minMajor || (major === minMajor && minor < minMinor);
}

const required = engines.node.replace(">=", "");
if (isOlder(current, required)) {
  console.error(
    `factory needs Node.js ${required} or later, and this is Node.js ${current}: install a newer version`,
  );
  process.exitCode = 1;
} else {
  void import(COMMAND);
}
