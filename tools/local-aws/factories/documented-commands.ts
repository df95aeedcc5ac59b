/** The commands of the pages for operators, to be run as they stand there. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

const PAGES = ["docs/guides/operations.md", "docs/guides/teardown-and-recovery.md"];

/**
 * Returns the first block of commands below a heading, with some words replaced by others.
 *
 * Throws an `Error` if the heading or one of the words is missing.
 */
export function documented(heading: string, words: Readonly<Record<string, string>>): string {
  const pages = PAGES.map((page) => readFileSync(page, "utf8")).join("\n");
  const [, section = ""] = pages.split(`\n## ${heading}\n`);
  const [, commands = ""] = /```sh\n(.*?)```/s.exec(section.replace(/\n## .*/s, "")) ?? [];
  const missing = ["", ...Object.keys(words)].filter(
    (word) => !commands.includes(word) || commands === "",
  );
  if (missing.length > 0)
    throw new Error(
      `${PAGES.join(" and ")} must have commands below '${heading}', with: ${missing.join(", ")}`,
    );
  return Object.entries(words).reduce(
    (text, [word, other]) => text.replaceAll(word, other),
    commands,
  );
}

/**
 * Runs commands in a shell, `npx --no factory` of the factory file `config`; answers with what they
 * print.
 */
export async function runCommands(
  commands: string,
  config: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const factory = `npx() { shift 2; node --no-warnings ${resolve("dist/factory.js")} "$@" --config ${config}; }`;
  const { PATH, HOME } = process.env;
  const { stdout } = await execute("bash", ["-euo", "pipefail", "-c", `${factory}\n${commands}`], {
    env: { PATH, HOME, ...env },
  });
  return stdout;
}
