import {
  GetImageCommand,
  ImagebuilderServiceException,
  StartImagePipelineExecutionCommand,
} from "@aws-sdk/client-imagebuilder";
import { pipelineArn } from "../../config/aws/arns";
import { buildVersionOf } from "../../contract/build-arn";
import { FINAL_STATUSES } from "../../contract/build-status";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import {
  type InRegion,
  type Readings,
  type RegionMessage,
  startRegions,
} from "../deployed/regions";
import { describeOrThrow, EXIT } from "../report";

/**
 * Time between two requests for a build's status. A build takes from 15 minutes to several hours.
 */
const POLL_INTERVAL_MS = 15_000;

/**
 * Requests for a build's status that fail one after the other until the command stops waiting. The
 * SDK repeats each of them.
 */
const MAX_FAILURES = 4;

interface Options {
  readonly image: string;
  /** Whether to wait for the end of the builds. */
  readonly wait: boolean;
  /** Called with each new status. */
  readonly log: (line: string) => void;
}

/** A build in the output of `build --json`. */
interface StartedBuild {
  readonly region: string;
  readonly build: string;
  readonly arn: string;
  /** Final status. @default - the command didn't wait */
  readonly status?: string | undefined;
  /** Image Builder's reason for the status. @default - it has none */
  readonly reason?: string | undefined;
}

export async function build(
  contexts: readonly Context[],
  { image, wait, log }: Options,
): Promise<CommandResult> {
  const started = await startRegions(contexts, (context) => start(context, image));
  const startedLines = started.results.map(({ context, value }) =>
    lineOf(context, `${image} ${value.build} is being built`),
  );
  if (!wait) return resultOf(started, startedLines);

  for (const line of startedLines) log(line);
  const followed = await Promise.all(started.results.map((one) => follow(one, log)));
  const results = followed.map(({ result }) => result);
  const problems = [...started.problems, ...followed.flatMap(({ problem }) => problem ?? [])];
  const endedLines = results.flatMap(({ context, value: { build, status, reason } }) =>
    status === undefined
      ? []
      : lineOf(
          context,
          `${image} ${build} is ${status}${reason === undefined ? "" : `: ${reason}`}`,
        ),
  );
  return resultOf({ results, problems }, endedLines);
}

async function start(context: Context, image: string): Promise<StartedBuild> {
  const { imageBuildVersionArn: arn = "" } = await context.imageBuilder.send(
    new StartImagePipelineExecutionCommand({ imagePipelineArn: pipelineArn(context.home, image) }),
  );
  return { region: context.region, build: buildVersionOf(arn), arn };
}

function resultOf(
  { results, problems }: Readings<StartedBuild>,
  lines: readonly string[],
): CommandResult {
  const isFailed = ({ value: { status } }: InRegion<StartedBuild>): boolean =>
    status !== undefined && status !== "AVAILABLE";
  return {
    text: [...lines, ...problems.map(({ region, message }) => `${region}: ${message}`)].join("\n"),
    data: { builds: results.map(({ value }) => value), problems },
    exitCode: problems.length > 0 || results.some(isFailed) ? EXIT.error : EXIT.ok,
  };
}

/** Starts a line with its Region, if the factory has several. */
function lineOf({ isOneOfSeveral, region }: Context, text: string): string {
  return isOneOfSeveral ? `${region}: ${text}` : text;
}

/** Waits for the end of a build. If its status can't be read, the result has none. */
async function follow(
  { context, value }: InRegion<StartedBuild>,
  log: Options["log"],
): Promise<{
  readonly result: InRegion<StartedBuild>;
  readonly problem?: RegionMessage | undefined;
}> {
  try {
    const end = await waitForEnd(context, value.arn, log);
    return { result: { context, value: { ...value, ...end } } };
  } catch (error) {
    const message = describeOrThrow(error);
    return {
      result: { context, value },
      problem: {
        region: context.region,
        message: `the status of ${value.arn} can't be read: ${message}`,
      },
    };
  }
}

async function waitForEnd(
  context: Context,
  arn: string,
  log: Options["log"],
): Promise<{ readonly status: string; readonly reason?: string | undefined }> {
  let last = "";
  let failures = 0;
  for (;;) {
    try {
      const { status, reason } = await readState(context, arn);
      const time = new Date(context.aws.now()).toISOString();
      if (status !== last) log(lineOf(context, `${time}  ${status}`));
      if (FINAL_STATUSES.includes(status)) return { status, reason };
      last = status;
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === MAX_FAILURES || !isTransient(error)) throw error;
    }
    await context.aws.sleep(POLL_INTERVAL_MS);
  }
}

async function readState({ imageBuilder }: Context, arn: string) {
  const { image } = await imageBuilder.send(new GetImageCommand({ imageBuildVersionArn: arn }));
  const { status = "", reason } = image?.state ?? {};
  return { status, reason };
}

/** Returns whether an error of the service or the network can be over at the next request. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = error instanceof ImagebuilderServiceException ? error.$metadata.httpStatusCode : 0;
  return (
    "syscall" in error || (status ?? 0) >= 500 || /Throttl|TooManyRequests|Timeout/.test(error.name)
  );
}
