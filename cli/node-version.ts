import { engines } from "../package.json";

/** Compares versions such as 20.19. */
function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [minMajor = 0, minMinor = 0] = than.split(".").map(Number);
  return major < minMajor || (major === minMajor && minor < minMinor);
}

/** Returns why this Node.js can't run the factory; `undefined` if it can. */
export function nodeProblem(): string | undefined {
  const current = process.versions.node;
  const required = engines.node.replace(">=", "");
  return isOlder(current, required)
    ? `factory needs Node.js ${required} or later, and this is Node.js ${current}: install a newer version`
    : undefined;
}
