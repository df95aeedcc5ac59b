/** Renders what experiments found out: for the terminal, and as a report for an issue. */

import { HOURLY_PRICES_DATE } from "../../../config/aws/prices";
import { version } from "../../../package.json";
import { markdownCell } from "../../markdown";
import { colorHeading } from "../../report";
import { widthOf } from "../../table";
import { hanging } from "../report";
import { estimate, estimatePart, sharedParts } from "./estimate";
import { type Experiment, NEEDS } from "./experiment";
import type { Leftover } from "./lab";
import { redact } from "./redact";
import { type ExperimentResult, RESULTS, type Result } from "./run";

/** The output of `--json`. */
export interface AssumptionsReport {
  /** Date of the run, in UTC. */
  readonly date: string;
  readonly region: string;
  readonly copyRegion?: string;
  /** The account that owns images. */
  readonly owner: ReportedAccount;
  /** The account that images are shared with. */
  readonly consumer?: ReportedAccount;
  /** The most important result of all experiments. */
  readonly result: Result;
  /** Number of experiments by result. */
  readonly counts: Readonly<Record<Result, number>>;
  readonly experiments: readonly ExperimentResult[];
  /** Resources that couldn't be removed. */
  readonly left: readonly Leftover[];
  readonly seconds: number;
}

interface ReportedAccount {
  readonly name: string;
  readonly id: string;
}

const LABELS: Readonly<Record<Result, string>> = {
  differs: "differs",
  inconclusive: "inconclusive",
  "not-possible": "not possible",
  "as-assumed": "as assumed",
};

const COLORS: Readonly<Partial<Record<Result, "red" | "yellow" | "green">>> = {
  differs: "red",
  inconclusive: "yellow",
  "as-assumed": "green",
};

export function countsOf(
  experiments: readonly ExperimentResult[],
): Readonly<Record<Result, number>> {
  const count = (result: Result): [Result, number] => [
    result,
    experiments.filter((one) => one.result === result).length,
  ];
  return Object.fromEntries(RESULTS.map(count)) as Record<Result, number>;
}

function summaryOf(counts: Readonly<Record<Result, number>>): string {
  return RESULTS.filter((result) => counts[result] > 0)
    .map((result) => `${counts[result]} ${LABELS[result]}`)
    .join(", ");
}

/** Writes a time as `1 h 5 min`, `5 min` or `<1 min`. */
export function renderMinutes(minutes: number): string {
  if (minutes === 0) return "<1 min";
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

/** Renders a cost with thousandths of a dollar. */
export function renderUsd(usd: number): string {
  return `USD ${usd.toFixed(3)}`;
}

/**
 * Renders the question before a run: the experiments, their time and their cost.
 *
 * @param isCopied whether builds are copied to a second Region
 */
export function renderQuestion(
  experiments: readonly Experiment[],
  isCopied: boolean,
  places: string,
): string {
  const longest = Math.max(...experiments.map(({ id }) => id.length));
  const { minutes, usd } = estimate(experiments, isCopied);
  return [
    `Experiments in ${places}:`,
    ...experiments.map((one) => {
      const cost = one.usd === undefined ? "" : `, ${renderUsd(one.usd)}`;
      return `  ${one.id.padEnd(longest)}  ${renderMinutes(one.minutes)}${cost}`;
    }),
    ...sharedParts(experiments).map((part) => {
      const shared = estimatePart(part, isCopied);
      return `They use ${NEEDS[part]}: ${renderMinutes(shared.minutes)}, ${renderUsd(shared.usd)}.`;
    }),
    `They remove what they create. In total about ${renderMinutes(minutes)} and USD ${usd.toFixed(2)}, with prices of us-east-1 as of ${HOURLY_PRICES_DATE}; storage and data transfer are approximate. Start?`,
  ].join("\n");
}

/** Renders a report for the terminal. Commands are never wrapped, so that they can be copied. */
export function renderResults(
  report: AssumptionsReport,
  width: number = widthOf(process.stdout),
): string {
  const { experiments, counts, result, left, seconds } = report;
  const time = renderMinutes(Math.round(seconds / 60));
  return [
    ...hanging(titleOf(report), 0, width),
    ...experiments.flatMap((one) => answerLines(one, width)),
    ...(["inconclusive", "not-possible"] as const).flatMap((one) =>
      reasonLines(one, experiments, width),
    ),
    ...listLines("as-assumed", idsOf("as-assumed", experiments), width),
    ...left.flatMap(({ what, command, reason }) => [
      `  ${colorHeading("red", "not removed", process.stdout)}`,
      ...hanging(`${what}: ${reason}`, 4, width),
      `      ${command}`,
    ]),
    "",
    colorHeading(COLORS[result], `${summaryOf(counts)}, after ${time}`, process.stdout),
  ].join("\n");
}

function titleOf({ owner, consumer, region }: AssumptionsReport): string {
  const accounts = [owner, ...(consumer ? [consumer] : [])];
  return `assumptions in ${accounts.map(({ name, id }) => `${name} (${id})`).join(" and ")} in ${region}`;
}

/** Renders an answer that isn't the assumed one. */
function answerLines(one: ExperimentResult, width: number): string[] {
  const { id, result, question, answer, assumed, ifWrong, evidence } = one;
  if (result !== "differs") return [];
  return [
    ...listLines(result, [id], width),
    ...hanging(question, 4, width),
    ...hanging(`answer: ${answer}`, 6, width),
    ...hanging(`assumed: ${assumed}`, 6, width),
    ...hanging(`in a factory: ${ifWrong}`, 6, width),
    ...evidence.flatMap((line) => hanging(line, 8, width)),
  ];
}

/** Renders why experiments have no answer. Several can have the same reason. */
function reasonLines(
  result: Result,
  experiments: readonly ExperimentResult[],
  width: number,
): string[] {
  const own = experiments.filter((one) => one.result === result);
  const reasons = [...new Set(own.map(({ reason }) => reason ?? ""))];
  return reasons.flatMap((reason) => {
    const ids = own.filter((one) => (one.reason ?? "") === reason).map(({ id }) => id);
    return [...listLines(result, ids, width), ...hanging(reason, 4, width)];
  });
}

function idsOf(result: Result, experiments: readonly ExperimentResult[]): string[] {
  return experiments.filter((one) => one.result === result).map(({ id }) => id);
}

function listLines(result: Result, ids: readonly string[], width: number): string[] {
  if (ids.length === 0) return [];
  const [first = "", ...rest] = hanging(`${LABELS[result]}: ${ids.join(", ")}`, 2, width);
  return [colorHeading(COLORS[result], first, process.stdout), ...rest];
}

/**
 * Renders a report in Markdown, to paste into an issue. It contains no account IDs, no IDs of the
 * organization and no names of principals.
 *
 * @param accounts names of accounts, by their IDs
 */
export function renderMarkdown(
  report: AssumptionsReport,
  accounts: ReadonlyMap<string, string>,
): string {
  const { date, region, copyRegion, counts, experiments, left } = report;
  const copy = copyRegion === undefined ? "" : `, copies in ${copyRegion}`;
  const text = [
    "# Assumptions about AWS",
    "",
    `golden-image-factory ${version}, ${date}, ${region}${copy}: ${summaryOf(counts)}.`,
    "",
    "| Experiment | Result | Answer | Assumed |",
    "| --- | --- | --- | --- |",
    ...experiments.map(
      ({ id, result, answer, reason, assumed }) =>
        `| \`${id}\` | ${LABELS[result]} | ${markdownCell(answer ?? reason ?? "")} | ${markdownCell(assumed)} |`,
    ),
    ...experiments.flatMap(detailsOf),
    ...(left.length === 0 ? [] : ["", "## Not removed", ""]),
    ...left.map(({ what, reason }) => `- ${what}: ${reason}`),
    "",
  ].join("\n");
  return redact(text, accounts);
}

function detailsOf({ id, question, evidence, ifWrong, result }: ExperimentResult): string[] {
  if (evidence.length === 0) return [];
  return [
    "",
    `## ${id}: ${LABELS[result]}`,
    "",
    question,
    ...(ifWrong === undefined ? [] : ["", `In a factory: ${ifWrong}`]),
    "",
    "```text",
    ...evidence,
    "```",
  ];
}
