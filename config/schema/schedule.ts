import * as z from "zod";
import { nearMatch } from "../near-match";
import { boolean, exactlyOne, strict } from "../schema-blocks";

const CRON_FIELDS = ["minute", "hour", "day of month", "month", "day of week", "year"] as const;
export type CronField = (typeof CRON_FIELDS)[number];
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");

/**
 * Grammar of a field: smallest and largest number, names for numbers, and other forms that it
 * allows.
 */
export const CRON_GRAMMAR: Record<
  CronField,
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

/** The number that a part of a field stands for; `NaN` if it stands for none. */
export function cronNumber(field: CronField, part: string): number {
  const { from, names = [] } = CRON_GRAMMAR[field];
  const named = names.indexOf(part.toLowerCase());
  if (named >= 0) return named + from;
  return /^\d+$/.test(part) ? Number(part) : Number.NaN;
}

/** A number, a name, or two of them with a hyphen between them. */
function isCronRange(field: CronField, part: string): boolean {
  const { from, to } = CRON_GRAMMAR[field];
  const numbers = part.split("-").map((bound) => cronNumber(field, bound));
  const [low = Number.NaN, high = low] = numbers;
  return numbers.length <= 2 && low >= from && high <= to && low <= high;
}

/** A range or `*`, with an optional step behind a slash. */
function isCronStep(field: CronField, part: string): boolean {
  const [base = "", step, ...rest] = part.split("/");
  const isStep = step === undefined || /^[1-9]\d*$/.test(step);
  return rest.length === 0 && isStep && (base === "*" || isCronRange(field, base));
}

function isCronField(field: CronField, value: string): boolean {
  if (CRON_GRAMMAR[field].also?.test(value)) return true;
  return value.split(",").every((part) => isCronStep(field, part));
}

/** Allowed content of a field, as messages show it. */
const EXPECTED: Readonly<Record<CronField, string>> = {
  minute: "0 to 59",
  hour: "0 to 23",
  "day of month": "1 to 31, L, LW or ?",
  month: "1 to 12, or jan to dec",
  "day of week": "1 (Sunday) to 7, sun to sat, L or ?",
  year: "1970 to 2199",
};

/** Describes a field that isn't valid. Days and months are often written in full. */
function describeField(field: CronField, value: string): string {
  const names = CRON_GRAMMAR[field].names ?? [];
  const short = value.replaceAll(/[a-z]{4,}/gi, (word) => {
    const start = word.slice(0, 3).toLowerCase();
    return names.includes(start) ? start : word;
  });
  return short !== value && isCronField(field, short)
    ? `${field} (did you mean '${short}'?)`
    : `${field} (${EXPECTED[field]})`;
}

const FORM = "must be cron(…) or rate(…), such as cron(0 2 * * ? *) or rate(1 day)";
const RATE_FORM =
  "must be a whole number of minutes, hours or days in rate(…), such as rate(30 minutes) or rate(1 day)";

function cronProblem(fields: readonly string[]): string | undefined {
  if (fields.length !== CRON_FIELDS.length)
    return `must have six fields in cron(…): ${CRON_FIELDS.join(", ")}`;
  if ((fields[2] === "?") === (fields[4] === "?"))
    return "must have ? in exactly one of the day fields of cron(…), day of month and day of week";
  const invalid = CRON_FIELDS.flatMap((field, index) => {
    const value = fields[index] as string;
    return isCronField(field, value) ? [] : describeField(field, value);
  });
  return invalid.length === 0 ? undefined : `must have a valid ${invalid.join(" and ")} in cron(…)`;
}

/** Fields without `cron(…)` are completed, and its case is corrected. */
function formMessage(expression: string): string {
  const [, kind = "cron", inner = expression] = /^(\w+)\((.*)\)$/.exec(expression) ?? [];
  const meant = `${kind.toLowerCase()}(${inner.trim()})`;
  const isMeant =
    /^(cron|rate)\(/.test(meant) && meant !== expression && scheduleProblem(meant) === undefined;
  return isMeant ? `must be cron(…) or rate(…), did you mean '${meant}'?` : FORM;
}

function scheduleProblem(expression: string): string | undefined {
  const [, fields] = /^cron\((.*)\)$/.exec(expression) ?? [];
  if (fields !== undefined) return cronProblem(fields.trim().split(/\s+/));
  const rate = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression);
  if (!rate) return expression.startsWith("rate(") ? RATE_FORM : formMessage(expression);
  const isSingular = rate[3] === "";
  if ((rate[1] === "1") === isSingular) return undefined;
  return "must use the singular for 1 and the plural for more in rate(…), such as rate(1 day) or rate(2 days)";
}

/**
 * A schedule of Image Builder or EventBridge. Terraform validates neither.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-cron.html
 */
export const ScheduleExpression = z.string({ error: FORM }).superRefine((input, context) => {
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

/** A {@link ScheduleExpression} that runs at least once a day. */
export const DailySchedule = ScheduleExpression.superRefine((input, context) => {
  if (scheduleProblem(input) === undefined && !isDaily(input))
    context.addIssue({
      code: "custom",
      message: "must run at least daily, because this schedule reconciles the shares",
      input,
    });
});

/** Segments start with a capital letter. The runtime would accept any case. */
const SPELLING =
  /^(UTC|GMT|Etc\/(UTC|GMT([+-]\d+)?)|(?!Etc\/)(US\/)?[A-Z][a-z]+([A-Z_-][A-Za-z]*)*(\/[A-Z][a-z]+([A-Z_-][A-Za-z]*)*)*)$/;

function isTimeZone(zone: string): boolean {
  if (!SPELLING.test(zone)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions();
    // The runtime ignores case and follows aliases. Assumed: AWS does neither.
    return timeZone === zone || timeZone.toLowerCase() !== zone.toLowerCase();
  } catch {
    return false;
  }
}

/** Returns the time zone that a mistyped one, or a city alone, probably means. */
function meantTimeZone(zone: string): string | undefined {
  const known = [...Intl.supportedValuesOf("timeZone"), "UTC"];
  const spelled = zone.trim().replaceAll(" ", "_");
  const city = (name: string): string => name.slice(name.lastIndexOf("/") + 1).toLowerCase();
  return nearMatch(spelled, known) ?? known.find((other) => city(other) === spelled.toLowerCase());
}

/** An IANA time zone. */
export const TimeZone = z
  .string({ error: "must be a time zone such as Europe/Berlin" })
  .refine(isTimeZone, {
    error: ({ input }) => {
      const meant = meantTimeZone(String(input));
      return meant === undefined
        ? "must be a time zone such as Europe/Berlin, spelled as in the IANA database"
        : `must be a time zone of the IANA database, did you mean '${meant}'?`;
    },
  });

/** Default schedule of golden images: Sunday night. */
export const GOLDEN_SCHEDULE = "cron(0 2 ? * sun *)";

/**
 * Default schedule of app accounts' images: a day later, so that they don't lag a week behind their
 * parents.
 */
export const APP_SCHEDULE = "cron(0 6 ? * mon *)";

/**
 * Default schedule of images that follow their parent: a build a month, in case that only
 * AWS-managed components have changed. An image in the shared account whose parent has this
 * schedule too is built with its parent, and by its own schedule only if there are updates.
 */
export const FOLLOWING_SCHEDULE = "cron(0 4 1 * ? *)";

export const DEFAULT_TIME_ZONE = "Etc/UTC";

/** The schedule of a pipeline; `null` if it is started manually. */
export const Schedule = strict({
  expression: ScheduleExpression.optional().describe(
    "cron(…) with six fields, or rate(…). https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-cron.html",
  ),
  timezone: TimeZone.optional().describe("IANA time zone of a cron expression. Default: Etc/UTC."),
  onlyOnUpdates: boolean()
    .optional()
    .describe(
      "Whether to skip a run of this expression if neither the parent nor a component has a new version. Default: true on golden parents, otherwise false.",
    ),
  manual: z
    .literal(true, { error: "must be true, or left out" })
    .optional()
    .describe("No schedule: you start the pipeline."),
})
  .superRefine(exactlyOne("expression", "manual"))
  .superRefine(({ manual, timezone, onlyOnUpdates }, context) => {
    if (!manual || (timezone === undefined && onlyOnUpdates === undefined)) return;
    const message = "manual can't be combined with timezone and onlyOnUpdates";
    context.addIssue({ code: "custom", message, input: { timezone, onlyOnUpdates } });
  })
  .transform(({ expression, timezone = DEFAULT_TIME_ZONE, onlyOnUpdates }) =>
    expression === undefined ? null : { expression, timezone, onlyOnUpdates },
  );
