import { buildVersionOf } from "../../contract/build-arn";
import type { ShareSummary } from "../../lambda/share-updater/reconcile-share";
import type { CommandResult } from "../command";
import type { InRegion, Readings } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import { EXIT } from "../report";
import type { UpdaterRun } from "./run-updater";

/** Something that a command did or failed to do after the updater ran. */
export interface NextStep {
  /** Description of the work that was done. */
  readonly done?: string;
  readonly problem?: string;
  /** Printed below. */
  readonly hints?: readonly string[];
}

/** A change of a build or its shares in a Region. */
export interface Change {
  readonly image: string;
  /** Changes that were made before the updater ran. */
  readonly done: readonly string[];
  /** @default - the updater didn't run */
  readonly run?: UpdaterRun;
  /** @default - nothing was done after the updater ran */
  readonly next?: NextStep;
}

/** A Region in the JSON output of a command that changes something. */
interface ChangeReport {
  readonly region: string;
  readonly done: readonly string[];
  /** The shares of the image afterwards. */
  readonly shares: readonly ShareSummary[];
  readonly problems: readonly string[];
  /** Suggestions for the user. */
  readonly hints: readonly string[];
}

/** Stands for a run of the updater that wasn't needed. */
const NO_RUN: UpdaterRun = { shares: [], problems: [], isIncomplete: false };

/** The result of a command whose question was answered with no. */
export const UNCHANGED: CommandResult = {
  text: "nothing was changed",
  data: { changed: false, regions: [] },
  exitCode: EXIT.error,
};

/** Renders the changes of all Regions, in the order of what happened. */
export function changeResult({ results, problems }: Readings<Change>): CommandResult {
  const regions = [
    ...results.map(reportOf),
    ...problems.map(({ region, message }) => ({
      region,
      done: [],
      shares: [],
      problems: [message],
      hints: [],
    })),
  ];
  const isIncomplete = results.some(({ value: { run } }) => run?.isIncomplete);
  const hasProblems = regions.some((one) => one.problems.length > 0);
  return {
    text: [
      ...results.flatMap((result) => inRegion(result, linesOf(result))),
      ...problems.map(({ region, message }) => `${region}:\n  ${message}`),
    ].join("\n"),
    data: { changed: true, regions },
    exitCode: isIncomplete || hasProblems ? EXIT.error : EXIT.ok,
  };
}

/** Puts lines below the name of their Region, if the factory has several. */
export function inRegion({ context }: InRegion<unknown>, lines: readonly string[]): string[] {
  if (!context.isOneOfSeveral) return [...lines];
  return [`${context.region}:`, ...lines.map((line) => `  ${line}`)];
}

function linesOf({
  context,
  value: { image, done, run = NO_RUN, next = {} },
}: InRegion<Change>): string[] {
  const retry = `the updater retries on its schedule; to retry now: \`${factoryCommand(`update ${image}${context.option}`)}\``;
  return [
    ...done,
    ...run.shares.map(describeShare),
    ...run.problems,
    ...(run.isIncomplete ? [retry] : []),
    ...[next.done, next.problem].filter((line) => line !== undefined),
    ...(next.hints ?? []),
  ];
}

function reportOf({
  context,
  value: { done, run = NO_RUN, next = {} },
}: InRegion<Change>): ChangeReport {
  return {
    region: context.region,
    done: [...done, ...(next.done === undefined ? [] : [next.done])],
    shares: run.shares,
    problems: [...run.problems, ...(next.problem === undefined ? [] : [next.problem])],
    hints: next.hints ?? [],
  };
}

function describeShare({ channel, shared, failed, refused }: ShareSummary): string {
  const [newest] = shared;
  const current =
    newest === undefined
      ? "no build is shared"
      : `x.x.x resolves to ${buildVersionOf(newest)} (shared: ${shared.map(buildVersionOf).join(" ")})`;
  const open = [
    ...failed.map((arn) => `${buildVersionOf(arn)} couldn't be added`),
    ...refused.map(
      (arn) => `RAM refused to remove ${buildVersionOf(arn)}, because a consumer depends on it`,
    ),
  ];
  return `${channel}: ${[current, ...open].join("; ")}`;
}
