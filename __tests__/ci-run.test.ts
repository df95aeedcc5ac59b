/** `.ci/run` with programs that only print how they are called. */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ci-run-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Programs that `.ci/run` really needs. It finds no others, so it installs all packages. */
const NEEDED = ["bash", "cat", "dirname", "env", "ln", "mktemp", "rm"];

const FAKES = {
  npm: 'echo "$FAKE_USER: npm $*" >>"$CALLS"',
  npx: "echo /opt/node/bin/node",
  node: "",
  tar: "",
  "apt-get": 'echo "$FAKE_USER: apt-get $6" >>"$CALLS"',
  id: "[[ $FAKE_USER == root ]] && echo 0 || echo 1001",
  // The PATH of sudo has only programs of the system, such as env.
  sudo: 'while [[ $1 == -* ]]; do shift; done; [[ $1 == env ]] && FAKE_USER=root exec "$@"',
};

/** Runs the script as a user; returns the calls of npm and apt-get, in alphabetical order. */
function callsOf(user: string): string[] {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  mkdirSync(join(folder, ".ci"));
  copyFileSync(".ci/run", join(folder, ".ci/run"));
  for (const name of NEEDED) {
    const { stdout } = spawnSync("which", [name], { encoding: "utf8" });
    symlinkSync(stdout.trim(), join(bin, name));
  }
  for (const [name, script] of Object.entries(FAKES))
    writeFileSync(join(bin, name), `#!${join(bin, "bash")}\n${script}\n`, { mode: 0o755 });
  const calls = join(folder, "calls");
  const { status, stderr } = spawnSync(join(bin, "bash"), [join(folder, ".ci/run")], {
    encoding: "utf8",
    env: { PATH: bin, TMPDIR: folder, CALLS: calls, FAKE_USER: user },
  });
  expect([status, stderr]).toEqual([0, ""]);
  return readFileSync(calls, "utf8").trim().split("\n").sort();
}

test(".ci/run uses root only to install packages and to run documents, if another user starts it", () => {
  const calls = callsOf("runner");
  expect(calls.filter((call) => call.startsWith("root:"))).toEqual([
    "root: apt-get install",
    "root: apt-get update",
    "root: npm run test:documents",
  ]);
  expect(calls).toContain("runner: npm run check");
});

test(".ci/run needs no sudo if root starts it", () => {
  expect(callsOf("root").filter((call) => !call.startsWith("root:"))).toEqual([]);
});
