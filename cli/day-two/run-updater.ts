import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { UPDATER_NAME } from "../../config/names";
import { buildVersionOf } from "../../contract/build-arn";
import { renderInvocation, type UpdaterInvocation } from "../../contract/invocation";
import type { RunResult } from "../../lambda/share-updater/reconcile";
import type { ShareSummary } from "../../lambda/share-updater/reconcile-share";
import { type CommandResult, PROGRAM } from "../command";
import { EXIT } from "../report";
import type { Context } from "./context";

interface Options {
  /** ARN of a build that Image Builder's lists may not contain yet. @default - none */
  readonly build?: string;
  /** Returns what is still wrong with the shares. @default - nothing is */
  readonly check?: (shares: readonly ShareSummary[]) => readonly string[];
}

/** The result of a run of the updater for one image. */
export interface UpdaterRun {
  /** The shares after the run. Empty if the updater failed. */
  readonly shares: readonly ShareSummary[];
  readonly problems: readonly string[];
  /** Whether the updater failed, or couldn't add or remove a build. Its schedule tries again. */
  readonly isIncomplete: boolean;
}

/** Runs the updater for an image. If the updater fails, the error is a problem of the result. */
export async function runUpdater(
  context: Context,
  image: string,
  { build, check = () => [] }: Options = {},
): Promise<UpdaterRun> {
  try {
    const { shares, problems } = await invokeUpdater(context, { image, build, full: !build });
    const skipped = context
      .image(image)
      .channels.filter(({ name }) => !shares.some(({ channel }) => channel === name))
      .map(({ name }) => `${name}: the updater skipped its share: see \`${PROGRAM} status\``);
    return {
      shares,
      problems: [...skipped, ...problems, ...check(shares)],
      isIncomplete:
        problems.length > 0 ||
        shares.some(({ failed, refused }) => failed.length + refused.length > 0),
    };
  } catch (error) {
    const problem = `the share updater failed: ${(error as Error).message}`;
    return { shares: [], problems: [problem], isIncomplete: true };
  }
}

/**
 * Invokes the updater and waits for it; throws an `Error` with the function's message if it fails.
 */
async function invokeUpdater({ home }: Context, invocation: UpdaterInvocation): Promise<RunResult> {
  const lambda = new LambdaClient({ region: home.region });
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: UPDATER_NAME,
      Payload: Buffer.from(renderInvocation(invocation)),
    }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || "null");
  if (FunctionError !== undefined) throw new Error(answer?.errorMessage ?? FunctionError);
  return answer;
}

/** Something that a command did or failed to do after the updater ran. */
export interface NextStep {
  /** What was done. */
  readonly done?: string;
  readonly problem?: string;
  /** Printed below. */
  readonly hints?: readonly string[];
}

/**
 * Renders the result of a command that changed a build or its shares, in the order of what
 * happened.
 */
export function changeResult(
  image: string,
  done: readonly string[],
  run: UpdaterRun,
  { done: lastDone, problem, hints = [] }: NextStep = {},
): CommandResult {
  const retry = `the updater retries on its schedule; to retry now: \`${PROGRAM} update ${image}\``;
  const lastLines = [lastDone, problem].filter((line) => line !== undefined);
  const problems = [...run.problems, ...(problem === undefined ? [] : [problem])];
  return {
    text: [
      ...done,
      ...run.shares.map(describeShare),
      ...run.problems,
      ...(run.isIncomplete ? [retry] : []),
      ...lastLines,
      ...hints,
    ].join("\n"),
    data: {
      changed: true,
      done: [...done, ...(lastDone === undefined ? [] : [lastDone])],
      shares: run.shares,
      problems,
      hints,
    },
    exitCode: run.isIncomplete || problems.length > 0 ? EXIT.error : EXIT.ok,
  };
}

/** The result of a command whose question was answered with no. */
export const UNCHANGED: CommandResult = {
  text: "nothing was changed",
  data: { changed: false },
  exitCode: EXIT.error,
};

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
