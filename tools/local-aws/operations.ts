/** The commands of docs/operations.md, to be run as they stand there. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The commands below a heading, with some words replaced by others; throws where one of the words isn't there. */
export function documented(heading: string, words: Readonly<Record<string, string>>): string {
  const page = readFileSync("docs/operations.md", "utf8");
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [, commands = ""] = /```sh\n(.*?)```/s.exec(section.split("\n## ")[0] ?? "") ?? [];
  const missing = ["", ...Object.keys(words)].filter(
    (word) => !commands.includes(word) || commands === "",
  );
  if (missing.length > 0)
    throw new Error(`docs/operations.md says nothing of ${missing.join(", ")} below '${heading}'`);
  return Object.entries(words).reduce(
    (text, [word, other]) => text.replaceAll(word, other),
    commands,
  );
}

/** Runs commands in a shell, `npx factory` of the factory file `config`; answers with what they print. */
export async function runCommands(
  commands: string,
  config: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const factory = `npx() { shift; node --no-warnings ${resolve("dist/factory.js")} "$@" --config ${config}; }`;
  const { PATH, HOME } = process.env;
  const { stdout } = await execute("bash", ["-euo", "pipefail", "-c", `${factory}\n${commands}`], {
    env: { PATH, HOME, ...env },
  });
  return stdout;
}
