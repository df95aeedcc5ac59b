import { createInterface } from "node:readline/promises";
import { ConfigError } from "../config/problems";

/** Asks a question before something is changed; resolves to whether the answer is yes. */
export type Confirm = (question: string) => Promise<boolean>;

/** Returns a prompt on the terminal, or one that always answers yes if `yes` is set. */
export function confirmation(yes: boolean): Confirm {
  return yes ? async () => true : askOnTerminal;
}

async function askOnTerminal(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new ConfigError(`${question}\nstdin is not a terminal: pass --yes to confirm`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(await terminal.question(`${question} [y/N] `));
  } finally {
    terminal.close();
  }
}
