import { npmCommand } from "../../../../cli/authoring/init/npm";

const NODE = "C:\\Program Files\\nodejs\\node.exe";
const BUNDLED = "C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npm-cli.js";
const GLOBAL = "C:\\Users\\Jo Doe\\npm\\bin";
const ARGS = ["pack", "C:\\Users\\Jo Doe\\a & b"];

function onWindows(files: readonly string[], npmScript?: string) {
  const exists = (path: string): boolean => files.includes(path);
  return npmCommand(ARGS, { platform: "win32", node: NODE, npmScript, exists });
}

describe("npmCommand on Windows passes each argument as it is, without a shell,", () => {
  test("to the npm of Node.js", () => {
    expect(onWindows([BUNDLED])).toEqual({ command: NODE, args: [BUNDLED, ...ARGS] });
  });

  test.each(["npm-cli.js", "npx-cli.js"])("to the npm whose %s started the command", (script) => {
    const cli = `${GLOBAL}\\npm-cli.js`;
    expect(onWindows([BUNDLED, cli], `${GLOBAL}\\${script}`)).toEqual({
      command: NODE,
      args: [cli, ...ARGS],
    });
  });

  test("to the npm of Node.js if another package manager started the command", () => {
    expect(onWindows([BUNDLED], "C:\\pnpm\\bin\\pnpm.cjs").args).toEqual([BUNDLED, ...ARGS]);
  });

  test("to npm.exe if npm's script isn't found", () => {
    expect(onWindows([])).toEqual({ command: "npm", args: ARGS });
  });
});

test("npmCommand runs npm on other systems", () => {
  const others = { platform: "linux", node: "/usr/bin/node", exists: () => true } as const;
  expect(npmCommand(["install"], others)).toEqual({ command: "npm", args: ["install"] });
});
