import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testInCi } from "../../in-ci";
import { runInProcess } from "../run-in-process";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "factory-completion-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function writeScript(shell: string): Promise<string> {
  const { status, stdout, stderr } = await runInProcess(["completion", shell], process.env);
  expect([status, stderr]).toEqual([0, ""]);
  const file = join(folder, `factory.${shell}`);
  writeFileSync(file, stdout);
  return file;
}

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["--version"]).status === 0;
}

/** For each shell, a program that completes the last of its arguments, and prints the words. */
const COMPLETE: Readonly<Record<string, (script: string, words: readonly string[]) => string[]>> = {
  bash: (script, words) => [
    "bash",
    "-c",
    `source "${script}"
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _factory_completion; printf '%s\\n' "\${COMPREPLY[@]}"`,
    "bash",
    ...words,
  ],
  zsh: (script, words) => [
    "zsh",
    "-fc",
    // Zsh's functions work only during a completion. Zsh itself selects from the candidates.
    `compdef() { :; }; _describe() { print -l -- \${(M)\${candidates%%:*}:#$words[-1]*} }
    source "${script}"; words=("$@"); CURRENT=$#; _factory_completion`,
    "zsh",
    ...words,
  ],
  fish: (script, words) => ["fish", "-c", `source "${script}"; complete -C "${words.join(" ")}"`],
};

describe.each(Object.keys(COMPLETE))("the completion script of %s", (shell) => {
  /** The shells but bash aren't installed everywhere. A CI system must have all of them. */
  const testIfInstalled = isInstalled(shell) ? test : testInCi;

  testIfInstalled.each<[string, string[]]>([
    ["factory st", ["stacks", "status", "stop"]],
    ["factory stacks ma", ["matrix"]],
    ["factory stacks list --js", ["--json"]],
    ["golden-image-factory status --re", ["--region"]],
    ["factory approve amazon-linux-2023 1.0.3/2 --cha", ["--channel"]],
    ["factory explain build --acc", ["--account"]],
  ])("completes '%s'", async (line, expected) => {
    const script = await writeScript(shell);
    const [command = "", ...args] = COMPLETE[shell]?.(script, line.split(" ")) ?? [];
    const output = execFileSync(command, args, { cwd: folder, encoding: "utf8" });
    const words = output.split("\n").flatMap((text) => text.split("\t")[0] || []);
    expect(words).toEqual(expected);
  });
});

test("completion rejects another shell", async () => {
  expect(await runInProcess(["completion", "tcsh"], process.env)).toEqual({
    status: 1,
    stdout: "",
    stderr: "SHELL: must be bash, zsh, fish, got: tcsh\n",
  });
});
