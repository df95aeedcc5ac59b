/** What happens if a command must end before it has finished. */
import { ConfigError } from "../config/problems";
import { EXIT } from "./report";

/** The user or the system stopped the command, so it must not begin anything else. */
export class Interruption extends ConfigError {
  constructor(readonly reason: string) {
    super(`stopped: ${reason}`);
  }
}

/** Stops the program that the command runs, which then still finishes what it is doing. */
type Stop = (reason: string) => void;

const running = new Set<Stop>();

/** Registers a program that runs; returns a function to call when it has ended. */
export function whileRunning(stop: Stop): () => void {
  running.add(stop);
  return () => running.delete(stop);
}

/**
 * Ends the process if its output was closed: the program that reads it has ended, such as `head`,
 * or the terminal is gone. Waits for running programs, which get one signal. Their output is still
 * read, otherwise they would end at once.
 */
export function endIfClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  // A command sets its exit code before it prints its result.
  if (process.exitCode !== undefined) process.exit();
  if (running.size === 0) process.exit(EXIT.error);
  for (const stop of running) stop("the output was closed");
}
