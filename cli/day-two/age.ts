import { HOUR_MS } from "../../contract/time";

/** Returns the hours from `time` to `now`, both in milliseconds since 1970. */
export function hoursSince(time: number, now: number): number {
  return (now - time) / HOUR_MS;
}

/** Renders an age in hours, or in days from 48 hours on. */
export function formatAge(hours: number): string {
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}
