import { setTimeout as delay } from "node:timers/promises";

export const SYSTEM_TIME = {
  /** In milliseconds since 1970. */
  now: Date.now,
  /** Rejects as soon as the signal is aborted. */
  sleep: (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    delay(milliseconds, undefined, { signal }),
};
