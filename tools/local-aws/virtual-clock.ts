/**
 * A clock whose pauses pass at once, and which stands still otherwise. Builds of the local AWS
 * continue only during pauses, so that no test is about time.
 */
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "./clock";

/** Something that waits until others have let time pass. */
interface Waiter {
  /** In skipped milliseconds. */
  readonly end: number;
  readonly resolve: () => void;
}

export class VirtualClock implements Clock {
  private readonly start = Date.now();
  private skipped = 0;
  private readonly waiters = new Set<Waiter>();

  /** In milliseconds since 1970. */
  readonly now = (): number => this.start + this.skipped;

  /** Lets time pass. Everything that waits continues at its time, the earliest first. */
  readonly sleep = async (milliseconds: number): Promise<void> => {
    const end = this.skipped + milliseconds;
    for (let next = this.nextUntil(end); next; next = this.nextUntil(end)) {
      this.skipped = Math.max(this.skipped, next.end);
      this.waiters.delete(next);
      next.resolve();
      await turn();
    }
    this.skipped = Math.max(this.skipped, end);
    await turn();
  };

  /** Waits until others have let time pass. */
  readonly wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      this.waiters.add({ end: this.skipped + milliseconds, resolve });
    });

  private nextUntil(end: number): Waiter | undefined {
    return [...this.waiters]
      .filter((waiter) => waiter.end <= end)
      .sort((one, other) => one.end - other.end)[0];
  }
}
