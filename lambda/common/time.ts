import { HOUR_MS } from "../../contract/time";

/** Returns the hours between two times in milliseconds since 1970. */
export function hoursBetween(start: number, end: number): number {
  return (end - start) / HOUR_MS;
}

/**
 * Days from the creation of a build until it has its AMI. A build can wait for an answer for days.
 */
export const MAX_BUILD_DAYS = 14;
