/** How npm is started without a shell, which would split paths with spaces. */
import { existsSync } from "node:fs";
import { win32 } from "node:path";

interface Environment {
  readonly platform: NodeJS.Platform;
  readonly node: string;
  /** The script of npm or of another package manager that started this process. */
  readonly npmScript?: string | undefined;
  readonly exists: (path: string) => boolean;
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Returns the command that runs npm. On Windows, `npm` is a script that only a shell runs, so
 * Node.js runs npm's JavaScript instead: that of the npm that started this process, or else the one
 * that was installed with Node.js.
 */
export function npmCommand(
  args: readonly string[],
  { platform, node, npmScript, exists }: Environment = {
    platform: process.platform,
    node: process.execPath,
    npmScript: process.env["npm_execpath"],
    exists: existsSync,
  },
): Command {
  if (platform !== "win32") return { command: "npm", args };
  const { dirname, join } = win32;
  const folders = [
    // Of npx, this is npx-cli.js in the same folder.
    ...(npmScript === undefined ? [] : [dirname(npmScript)]),
    join(dirname(node), "node_modules", "npm", "bin"),
  ];
  const script = folders.map((folder) => join(folder, "npm-cli.js")).find(exists);
  return script === undefined
    ? { command: "npm", args }
    : { command: node, args: [script, ...args] };
}
