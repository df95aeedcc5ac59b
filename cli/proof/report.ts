/** Renders what checks found, for people and as JSON. */
import { colorHeading } from "../report";
import { widthOf, wrap } from "../table";
import { type Observation, RESULTS, type Result } from "./check";
import type { CheckResult } from "./run-checks";

export interface ReportedAccount {
  readonly name: string;
  readonly id: string;
  /** Where the credentials come from. @default - there are none */
  readonly credentials?: string;
  /** Why the account wasn't looked at. @default - it was */
  readonly notLookedAt?: string;
}

/** The output of `--json`. */
export interface Report {
  /** The most important result of all checks. */
  readonly result: Result;
  /** Number of checks by result. */
  readonly counts: Readonly<Record<Result, number>>;
  /** Why there are no checks of the organization. @default - there are, or none were selected */
  readonly organizationNotLookedAt?: string;
  readonly accounts: readonly ReportedAccount[];
  readonly checks: readonly CheckResult[];
}

const LABELS: Readonly<Record<Result, string>> = {
  failed: "failed",
  warning: "warning",
  "not-allowed": "not allowed to look",
  ok: "ok",
  "not-applicable": "not applicable",
};

const COLORS: Readonly<Partial<Record<Result, "red" | "yellow" | "green">>> = {
  failed: "red",
  warning: "yellow",
  ok: "green",
};

/** Results that are shown with their observations. Others are a list of checks. */
const DETAILED: readonly Result[] = ["failed", "warning", "not-allowed"];

export function reportOf(
  accounts: readonly ReportedAccount[],
  checks: readonly CheckResult[],
  organizationNotLookedAt?: string,
): Report {
  const count = (result: Result): [Result, number] => [
    result,
    checks.filter((one) => one.result === result).length,
  ];
  const counts = Object.fromEntries(RESULTS.map(count)) as Record<Result, number>;
  const result = RESULTS.find((one) => counts[one] > 0) ?? "ok";
  return {
    result,
    counts,
    ...(organizationNotLookedAt !== undefined && { organizationNotLookedAt }),
    accounts,
    checks,
  };
}

/** Renders a report. Commands are never wrapped, so that they can be copied. */
export function renderReport(
  { accounts, checks, counts, result, organizationNotLookedAt }: Report,
  width: number = widthOf(process.stdout),
): string {
  const groups = [
    organizationNotLookedAt === undefined
      ? ""
      : notLookedAtLines("organization", organizationNotLookedAt, width),
    group(
      "organization",
      checks.filter(({ account }) => account === undefined),
      width,
    ),
    ...accounts.flatMap((account) => accountGroups(account, checks, width)),
  ];
  const summary = RESULTS.filter((one) => counts[one] > 0)
    .map((one) => `${counts[one]} ${LABELS[one]}${one === "warning" && counts[one] > 1 ? "s" : ""}`)
    .join(", ");
  return [
    ...groups.filter((text) => text !== ""),
    colorHeading(COLORS[result], summary, process.stdout),
  ].join("\n\n");
}

function accountGroups(
  { name, id, credentials, notLookedAt }: ReportedAccount,
  checks: readonly CheckResult[],
  width: number,
): string[] {
  const title = `${name} (${id})`;
  if (notLookedAt !== undefined) return [notLookedAtLines(title, notLookedAt, width)];
  const own = checks.filter(({ account }) => account === name);
  const regions = [...new Set(own.flatMap(({ region }) => region ?? []))];
  return [
    group(
      `${title}, ${credentials}`,
      own.filter(({ region }) => region === undefined),
      width,
    ),
    ...regions.map((region) =>
      group(
        `${title} in ${region}`,
        own.filter((one) => one.region === region),
        width,
      ),
    ),
  ];
}

function notLookedAtLines(title: string, reason: string, width: number): string {
  return [title, ...hanging(`not looked at: ${reason}`, 2, width)].join("\n");
}

function group(title: string, checks: readonly CheckResult[], width: number): string {
  if (checks.length === 0) return "";
  const of = (result: Result): CheckResult[] => checks.filter((one) => one.result === result);
  return [
    title,
    ...DETAILED.flatMap((result) => of(result).flatMap((one) => detailLines(one, width))),
    ...(["ok", "not-applicable"] as const).flatMap((result) => {
      const ids = of(result).map(({ id }) => id);
      return ids.length === 0 ? [] : hanging(`${LABELS[result]}: ${ids.join(", ")}`, 2, width);
    }),
  ].join("\n");
}

function detailLines({ id, result, observations }: CheckResult, width: number): string[] {
  return [
    `  ${colorHeading(COLORS[result], `${LABELS[result]}: ${id}`, process.stdout)}`,
    ...observations
      .filter((observation) => DETAILED.includes(observation.result))
      .flatMap((observation) => observationLines(observation, width)),
  ];
}

function observationLines({ message, fix, command }: Observation, width: number): string[] {
  return [
    ...hanging(message, 4, width),
    ...(fix === undefined ? [] : hanging(`fix: ${fix}`, 6, width)),
    ...(command === undefined ? [] : [`      ${fix === undefined ? "fix: " : ""}${command}`]),
  ];
}

/** Wraps a text, with more indentation from the second line on. */
export function hanging(text: string, indent: number, width: number): string[] {
  const [first = "", ...rest] = wrap(text, width - indent - 2);
  const space = " ".repeat(indent);
  return [`${space}${first}`, ...rest.map((line) => `${space}  ${line}`)];
}
