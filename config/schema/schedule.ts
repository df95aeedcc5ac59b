import * as z from "zod";

const CRON_FIELDS = ["minute", "hour", "day of month", "month", "day of week", "year"] as const;
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");

/** What a field may hold: its least and greatest number, names for numbers, and what else its grammar knows. */
const GRAMMAR: Record<
  (typeof CRON_FIELDS)[number],
  { from: number; to: number; names?: string[]; also?: RegExp }
> = {
  minute: { from: 0, to: 59 },
  hour: { from: 0, to: 23 },
  "day of month": { from: 1, to: 31, also: /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/i },
  month: { from: 1, to: 12, names: MONTHS },
  "day of week": {
    from: 1,
    to: 7,
    names: DAYS,
    also: /^(\?|L|([1-7]|sun|mon|tue|wed|thu|fri|sat)(L|#[1-5]))$/i,
  },
  year: { from: 1970, to: 2199 },
};

function isCronField(field: (typeof CRON_FIELDS)[number], value: string): boolean {
  const { from, to, names = [], also } = GRAMMAR[field];
  const first = field === "day of week" ? 1 : from;
  const number = (part: string): number => {
    const named = names.indexOf(part.toLowerCase());
    return named >= 0 ? named + first : /^\d+$/.test(part) ? Number(part) : Number.NaN;
  };
  const within = (part: string): boolean => number(part) >= from && number(part) <= to;
  const isRange = (part: string): boolean => {
    const [low = "", high = low, ...rest] = part.split("-");
    return rest.length === 0 && within(low) && within(high) && number(low) <= number(high);
  };
  const isStep = (part: string): boolean => {
    const [base = "", step, ...rest] = part.split("/");
    return (
      rest.length === 0 &&
      (base === "*" || isRange(base)) &&
      (step === undefined || /^[1-9]\d*$/.test(step))
    );
  };
  return also?.test(value) === true || value.split(",").every(isStep);
}

function cronProblem(fields: readonly string[]): string | undefined {
  if (fields.length !== CRON_FIELDS.length)
    return `a cron expression has six fields (${CRON_FIELDS.join(", ")})`;
  if ((fields[2] === "?") === (fields[4] === "?"))
    return "a cron expression has ? in exactly one of its day fields, day of month and day of week";
  const wrong = CRON_FIELDS.filter((field, index) => !isCronField(field, fields[index] ?? ""));
  return wrong.length === 0
    ? undefined
    : `a cron expression's ${wrong.join(" and ")} can't be that`;
}

function scheduleProblem(expression: string): string | undefined {
  const cron = /^cron\((.*)\)$/.exec(expression);
  if (cron) return cronProblem((cron[1] ?? "").trim().split(/\s+/));
  const rate = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression);
  if (!rate) return "must be cron(…) or rate(…), such as cron(0 2 ? * sun *) or rate(1 day)";
  return (rate[1] === "1") === (rate[3] === "")
    ? undefined
    : "a rate is singular for 1 and plural for more, such as rate(1 day)";
}

/**
 * A schedule of Image Builder or EventBridge; Terraform checks neither.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-cron.html
 */
export const ScheduleExpression = z
  .string({ error: "must be cron(…) or rate(…), such as cron(0 2 ? * sun *) or rate(1 day)" })
  .superRefine((input, context) => {
    const message = scheduleProblem(input);
    if (message !== undefined) context.addIssue({ code: "custom", message, input });
  });

const RATES = { minute: 1_440, hour: 24, day: 1 } as const;

function isDaily(expression: string): boolean {
  const [, number, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (unit !== undefined) return Number(number) <= RATES[unit as keyof typeof RATES];
  const days = expression.slice("cron(".length, -1).trim().split(/\s+/).slice(2);
  return days.every((field) => /^(\*|\?|\*\/1|1\/1)$/.test(field));
}

/** A {@link ScheduleExpression} that comes round every day. */
export const DailySchedule = ScheduleExpression.superRefine((input, context) => {
  if (scheduleProblem(input) === undefined && !isDaily(input))
    context.addIssue({
      code: "custom",
      message: "must come round every day: shares are set right by it",
      input,
    });
});

/** Segments start with a capital that small letters follow; the runtime would take any case. */
const SPELLING =
  /^(UTC|GMT|Etc\/(UTC|GMT([+-]\d+)?)|(?!Etc\/)(US\/)?[A-Z][a-z]+([A-Z_-][A-Za-z]*)*(\/[A-Z][a-z]+([A-Z_-][A-Za-z]*)*)*)$/;

function isTimeZone(zone: string): boolean {
  if (!SPELLING.test(zone)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions();
    // The runtime folds case and follows aliases; AWS isn't known to.
    return timeZone === zone || timeZone.toLowerCase() !== zone.toLowerCase();
  } catch {
    return false;
  }
}

/** An IANA time zone, spelled as in the database. */
export const TimeZone = z
  .string({ error: "must be a time zone such as Europe/Berlin" })
  .refine(isTimeZone, "must be a time zone such as Europe/Berlin, spelled as in the IANA database");
