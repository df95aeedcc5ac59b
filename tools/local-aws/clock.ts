import { setTimeout as delay } from "node:timers/promises";

/** The time of the local AWS. */
export interface Clock {
  /** In milliseconds since 1970. */
  readonly now: () => number;
  /** Waits until time has passed. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Lets time pass. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** The time of the system, which passes by itself. */
export const SYSTEM_CLOCK: Clock = {
  now: Date.now,
  wait: (milliseconds) => delay(milliseconds),
  sleep: (milliseconds) => delay(milliseconds),
};
