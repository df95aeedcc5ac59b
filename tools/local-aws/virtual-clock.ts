/**
 * A clock whose pauses pass at once. Builds and associations of the local AWS continue only during
 * pauses, so that no test is about time.
 */
import { setTimeout as delay } from "node:timers/promises";

/** Real time of a pause, in which builds can continue. */
const PAUSE_MS = 2;

export class VirtualClock {
  private skipped = 0;

  /** In milliseconds since 1970. */
  readonly now = (): number => Date.now() + this.skipped;

  /** Lets time pass. */
  async skip(milliseconds: number): Promise<void> {
    this.skipped += milliseconds;
    await delay(PAUSE_MS);
  }

  /** Waits until others have let time pass. */
  readonly wait = async (milliseconds: number): Promise<void> => {
    const end = this.skipped + milliseconds;
    while (this.skipped < end) await delay(1, undefined, { ref: false });
  };
}
