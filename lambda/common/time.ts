/** Milliseconds in an hour. */
export const HOUR_MS = 3_600_000;

/** Milliseconds in a day. */
export const DAY_MS = 24 * HOUR_MS;

/** Returns the hours between two times in milliseconds since 1970. */
export function hoursBetween(start: number, end: number): number {
  return (end - start) / HOUR_MS;
}
