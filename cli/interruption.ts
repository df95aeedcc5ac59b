/** Lets a command finish or undo its work if it must end early. */
import { ConfigError } from "../config/problems";
import { EXIT } from "./report";

/** The user or the system stopped the command, so it must not begin anything else. */
export class Interruption extends ConfigError {
  constructor(readonly reason: string) {
    super(`stopped: ${reason}`);
  }
}

/** Signals that end a process unless it handles them. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Makes a command end soon, but only after it has finished or undone what it is doing. Can be
 * called several times.
 *
 * @param signal the signal that the process received. @default - its output was closed
 */
type Stop = (reason: string, signal?: NodeJS.Signals) => void;

const running = new Set<Stop>();

/**
 * Keeps signals and a closed output from ending the process: they call `stop` instead. Returns a
 * function to call when the work has ended.
 */
export function whileRunning(stop: Stop): () => void {
  const onSignal = (signal: NodeJS.Signals): void => stop(`received the signal ${signal}`, signal);
  running.add(stop);
  for (const name of SIGNALS) process.on(name, onSignal);
  return () => {
    running.delete(stop);
    for (const name of SIGNALS) process.off(name, onSignal);
  };
}

/**
 * Waits for work that must not be cut off if the terminal is closed, such as a connection that
 * breaks. Other signals end the process at once, because the user sends them.
 */
export async function finishWithoutTerminal<T>(work: Promise<T>): Promise<T> {
  const hasEnded = whileRunning((_reason, signal) => {
    if (signal === undefined || signal === "SIGHUP") return;
    hasEnded();
    process.kill(process.pid, signal);
  });
  try {
    return await work;
  } finally {
    hasEnded();
  }
}

/**
 * Ends the process if its output was closed: the program that reads it has ended, such as `head`,
 * or the terminal is gone. What is running is only stopped, also after other errors of the output,
 * and writes nothing more.
 */
export function endIfClosed(error: NodeJS.ErrnoException): void {
  const isClosed = error.code === "EPIPE" || error.code === "EIO";
  if (running.size > 0) {
    const reason = isClosed ? "the output was closed" : `can't write the output: ${error.message}`;
    for (const stop of running) stop(reason);
    return;
  }
  if (!isClosed) throw error;
  // A command sets its exit code before it prints its result.
  process.exit(process.exitCode ?? EXIT.error);
}
