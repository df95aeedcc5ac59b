import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { UPDATER_NAME } from "../../config/names";
import { newestFirst } from "../../contract/build-arn";
import { renderInvocation, type UpdaterInvocation } from "../../contract/invocation";
import type { Build } from "../../lambda/share-updater/build";
import type { Channel } from "../../lambda/share-updater/channel";
import { READ_LAG_MS } from "../../lambda/share-updater/read-again";
import type { RunResult } from "../../lambda/share-updater/reconcile";
import type { ShareSummary } from "../../lambda/share-updater/reconcile-share";
import type { Context } from "../deployed/context";
import { redeploy } from "../deployed/inspect";
import { factoryCommand } from "../factory-command";

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
  /** Failures, and differences of shares from the manifest. */
  readonly problems: readonly string[];
  /**
   * Whether the updater failed, or couldn't add or remove a build, so that its next run tries
   * again. It can't solve differences from the manifest.
   */
  readonly isIncomplete: boolean;
}

/** Runs the updater for an image. If the updater fails, the error is a problem of the result. */
export async function runUpdater(
  context: Context,
  image: string,
  { build, check = () => [] }: Options = {},
): Promise<UpdaterRun> {
  try {
    const result = await invokeUpdater(context, { image, build, full: !build });
    const { shares, problems, mismatches } = result;
    return {
      shares,
      problems: [
        ...mismatches.map(redeploy),
        ...(await skippedChannels(context, image, result)),
        ...problems,
        ...check(shares),
      ],
      isIncomplete:
        problems.length > 0 ||
        shares.some(({ failed, refused }) => failed.length + refused.length > 0),
    };
  } catch (error) {
    const problem = `the updater failed: ${(error as Error).message}`;
    return { shares: [], problems: [problem], isIncomplete: true };
  }
}

/**
 * Runs the updater; a second time if it still sees builds as they were before a change of their
 * tags. Assumed: Image Builder's answers are at most 30 seconds old.
 *
 * @param isSeen - whether the shares show that the updater has seen the change
 */
export async function runUpdaterUntil(
  context: Context,
  image: string,
  options: Options,
  isSeen: (shares: readonly ShareSummary[]) => boolean,
): Promise<UpdaterRun> {
  const run = await runUpdater(context, image, options);
  if (isSeen(run.shares)) return run;
  await context.aws.sleep(READ_LAG_MS);
  return runUpdater(context, image, options);
}

/**
 * Returns whether a run didn't see that a build is eligible: neither the build nor enough newer
 * ones are desired.
 */
export function isUnseen(
  { arn }: Pick<Build, "arn">,
  { desired, failed }: ShareSummary,
  { keep }: Pick<Channel, "keep">,
): boolean {
  if (desired.includes(arn) || failed.includes(arn)) return false;
  const oldest = desired.length < keep ? undefined : desired.at(-1);
  return oldest === undefined || newestFirst(arn, oldest) < 0;
}

/** Returns the deployed channels whose shares the updater skipped without a reason. */
async function skippedChannels(
  context: Context,
  image: string,
  { shares, mismatches }: RunResult,
): Promise<string[]> {
  // The updater has read the manifest. That this process can't read it doesn't change the result.
  const channels = await context.channels(image).catch(() => []);
  return channels
    .map(({ name }) => name)
    .filter((name) => !shares.some(({ channel }) => channel === name))
    .filter((name) => !mismatches.some((line) => line.startsWith(`${name}: `)))
    .map((name) => `${name}: the updater skipped its share: see \`${factoryCommand("status")}\``);
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
