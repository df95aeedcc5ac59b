/**
 * Returns the maximum number of hours between two runs of a schedule that runs at least
 * once a day. At least 1.
 */
export function maxHoursBetween(expression: string): number {
  const [, number, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  switch (unit) {
    case "minute":
      return Math.ceil(Number(number) / 60);
    case "hour":
      return Number(number);
    default:
      return 24;
  }
}
