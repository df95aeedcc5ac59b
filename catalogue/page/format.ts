/** Formats of times and numbers. Ages are relative to when the catalogue was generated. */
import { HOUR_MS } from "../../contract/time";

/** Such as `2026-01-31 08:00`, in UTC. */
export function formatTime(time: string | undefined): string {
  return time === undefined ? "–" : time.slice(0, 16).replace("T", " ");
}

/** Such as `2026-01-31`. */
export function formatDay(time: string | undefined): string {
  return time === undefined ? "–" : time.slice(0, 10);
}

/** Such as `5 days`. */
export function formatAge(time: string | undefined, now: string): string {
  if (time === undefined) return "unknown age";
  const hours = Math.max(0, (Date.parse(now) - Date.parse(time)) / HOUR_MS);
  return hours < 48 ? count(Math.round(hours), "hour") : count(Math.round(hours / 24), "day");
}

/** Such as `1 build` and `2 builds`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** Such as `12 of 24 builds`, and `24 builds` for all of them. */
export function shownOf(shown: number, total: number, noun: string): string {
  const all = count(total, noun);
  return shown < total ? `${shown.toLocaleString("en")} of ${all}` : all;
}
