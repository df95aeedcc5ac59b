/** Lets a command remove what it created before a signal or a closed output ends it. */
import { SYSTEM_TIME } from "../../../lambda/common/system-time";
import { whileRunning } from "../../interruption";

/** The user or the system asked the command to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** The time, and whether the command was interrupted. */
export interface Clock {
  /** In milliseconds since 1970. */
  now(): number;
  /** Waits. Rejects with {@link Interrupted} as soon as the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => SYSTEM_TIME.now(),
  sleep: async (milliseconds, signal) => {
    try {
      await SYSTEM_TIME.sleep(milliseconds, signal);
    } catch {
      throw new Interrupted("interrupted");
    }
  },
};

const LONGEST_PAUSE_MS = 10_000;

/**
 * Returns the pause before a question to AWS that is repeated, in milliseconds. The first pauses
 * are short, because EC2 soon knows most failures.
 *
 * @param attempt 0 for the first pause
 */
export function pauseBefore(attempt: number): number {
  return Math.min(1_000 * 2 ** attempt, LONGEST_PAUSE_MS);
}

/** Throws {@link Interrupted} if the signal is aborted. */
export function assertContinues(signal: AbortSignal): void {
  if (signal.aborted) throw new Interrupted("interrupted");
}

/**
 * Does work that a signal of the operating system or a closed output interrupts: it aborts the
 * given signal instead of ending the process. Later ones have no effect, because the work then
 * removes what it created.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const hasEnded = whileRunning((_reason, signal) => {
    const isFirst = !controller.signal.aborted;
    controller.abort();
    if (isFirst && signal !== undefined)
      console.error("\nInterrupted. Removing what was created; this takes up to a few minutes.");
  });
  try {
    return await work(controller.signal);
  } finally {
    hasEnded();
  }
}
