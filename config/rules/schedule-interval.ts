import { DAY_MS } from "../../contract/time";
import { CRON_GRAMMAR, type CronField, cronNumber } from "../schema/schedule";

/** Days that are looked at: two years, from a day that the result doesn't depend on much. */
const FIRST_DAY = Date.UTC(2027, 0, 1);
const DAYS = 2 * 366;

const DAYS_PER = { minute: 1 / 1_440, hour: 1 / 24, day: 1 } as const;

function boundsOf(field: CronField, base: string, hasStep: boolean): readonly [number, number] {
  const { from, to } = CRON_GRAMMAR[field];
  if (base === "*" || base === "?") return [from, to];
  const [low = from, high = hasStep ? to : low] = base
    .split("-")
    .map((bound) => cronNumber(field, bound));
  return [low, high];
}

/** Returns the values of a field on which a part of a cron expression matches. */
function valuesOf(field: CronField, text: string): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [base = "", step] = part.split("/");
    const [low, high] = boundsOf(field, base, step !== undefined);
    for (let value = low; value <= high; value += Number(step ?? 1)) values.add(value);
  }
  return values;
}

/** Returns whether a schedule runs on a day. */
type DayTest = (date: Date) => boolean;

/** `15W` counts as the 15th: the next weekday is at most two days away. */
function isDayOfMonth(text: string): DayTest {
  if (/^LW?$/i.test(text)) return (date) => new Date(date.getTime() + DAY_MS).getUTCDate() === 1;
  const days = valuesOf("day of month", text.replace(/W$/i, ""));
  return (date) => days.has(date.getUTCDate());
}

function isDayOfWeek(text: string): DayTest {
  if (/^L$/i.test(text)) return (date) => date.getUTCDay() === 6;
  const [, weekday = text, last, number] = /^(\w+?)(?:(L)|#(\d))$/i.exec(text) ?? [];
  const weekdays = valuesOf("day of week", weekday);
  return (date) => {
    if (!weekdays.has(date.getUTCDay() + 1)) return false;
    if (last !== undefined)
      return new Date(date.getTime() + 7 * DAY_MS).getUTCMonth() !== date.getUTCMonth();
    return number === undefined || Math.ceil(date.getUTCDate() / 7) === Number(number);
  };
}

/**
 * Returns the longest time between two runs of a valid schedule, in days. Of a cron expression, it
 * counts the days on which it runs, in any year.
 */
export function longestInterval(expression: string): number {
  const [, number, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit !== undefined) return Number(number) * DAYS_PER[unit as keyof typeof DAYS_PER];
  const [, , dayOfMonth = "", month = "", dayOfWeek = ""] = expression
    .slice("cron(".length, -1)
    .trim()
    .split(/\s+/);
  const months = valuesOf("month", month);
  const tests = [isDayOfMonth(dayOfMonth), isDayOfWeek(dayOfWeek)];
  let longest = 0;
  let previous = FIRST_DAY;
  for (let time = FIRST_DAY; time < FIRST_DAY + DAYS * DAY_MS; time += DAY_MS) {
    const date = new Date(time);
    if (!months.has(date.getUTCMonth() + 1) || !tests.every((runsOn) => runsOn(date))) continue;
    longest = Math.max(longest, time - previous);
    previous = time;
  }
  return Math.max(longest, FIRST_DAY + DAYS * DAY_MS - previous) / DAY_MS;
}
