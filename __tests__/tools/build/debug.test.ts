import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

function readConfiguration(file: string) {
  return JSON.parse(readFileSync(join(".vscode", file), "utf8"));
}

const [launch] = readConfiguration("launch.json").configurations;
const task = readConfiguration("tasks.json").tasks.find(
  ({ label }: { label: string }) => label === launch.preLaunchTask,
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "debug-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("VS Code's 'Synthesize factory.yaml' bundles the app with source maps, and synthesizes every stack", () => {
  execFileSync("sh", ["-c", task.command]);
  const program = launch.program.replace("${workspaceFolder}", resolve("."));
  const { status, stderr } = spawnSync(process.execPath, [...launch.runtimeArgs, program], {
    encoding: "utf8",
    env: { ...process.env, ...launch.env, CDKTF_OUTDIR: folder },
  });
  expect([status, stderr]).toEqual([0, ""]);
  expect(readFileSync(join(folder, "manifest.json"), "utf8")).toContain("shared-");
  expect(existsSync(`${program}.map`)).toBe(true);
});
