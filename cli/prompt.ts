import { createInterface } from "node:readline";
import { ConfigError } from "../config/problems";
import { Interruption } from "./interruption";
import { widthOf, wrap } from "./table";

/**
 * Asks a question before something is changed; resolves to whether the answer is yes. Throws an
 * {@link Interruption} if the user presses Ctrl-C or ends the input.
 */
export type Confirm = (question: string) => Promise<boolean>;

/** Returns a prompt on the terminal, or one that always answers yes if `yes` is set. */
export function confirmation(yes: boolean): Confirm {
  return yes ? async () => true : askOnTerminal;
}

/** Throws a `ConfigError` if the prompt can't be answered. */
export function assertCanConfirm(yes: boolean): void {
  if (!yes && !process.stdin.isTTY) throw new ConfigError(NO_TERMINAL);
}

const CHOICES = " [y/N] ";

/** Wraps long lines at spaces. Indented lines are those of tables, which are wrapped already. */
function wrapQuestion(question: string): string {
  const width = widthOf(process.stderr) - CHOICES.length;
  return question
    .split("\n")
    .flatMap((line) => (line.startsWith(" ") ? line : wrap(line, width)))
    .join("\n");
}

const NO_TERMINAL = "stdin is not a terminal: pass --yes to confirm";

async function askOnTerminal(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new ConfigError(`${question}\n${NO_TERMINAL}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve, reject) => {
      const stop = (reason: string): void => {
        process.stderr.write("\n");
        reject(new Interruption(reason));
      };
      // Without these listeners, some versions of Node.js exit with 0.
      terminal.once("SIGINT", () => stop("you pressed Ctrl-C"));
      terminal.once("close", () => stop("the input ended"));
      terminal.question(`${wrapQuestion(question)}${CHOICES}`, (answer) =>
        resolve(/^y(es)?$/i.test(answer)),
      );
    });
  } finally {
    terminal.removeAllListeners("close").close();
  }
}
