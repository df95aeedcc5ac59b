import { GetImageCommand, StartImagePipelineExecutionCommand } from "@aws-sdk/client-imagebuilder";
import { pipelineArn } from "../../config/aws/arns";
import { buildVersionOf } from "../../contract/build-arn";
import type { CommandResult } from "../command";
import { EXIT } from "../report";
import type { Context } from "./context";
import { type InRegion, type Readings, startRegions } from "./regions";

/**
 * Time between two requests for a build's status. A build takes from 15 minutes to several hours.
 */
const POLL_INTERVAL_MS = 15_000;

const FINAL_STATUSES = ["AVAILABLE", "FAILED", "CANCELLED", "DEPRECATED", "DISABLED", "DELETED"];

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

/** Starts the pipeline of an image. */
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
  const ended = await Promise.all(
    started.results.map(async ({ context, value }) => ({
      context,
      value: { ...value, ...(await waitForEnd(context, value.arn, log)) },
    })),
  );
  const endedLines = ended.map(({ context, value: { build, status, reason } }) =>
    lineOf(context, `${image} ${build} is ${status}${reason === undefined ? "" : `: ${reason}`}`),
  );
  return resultOf({ ...started, results: ended }, endedLines);
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

async function waitForEnd(
  context: Context,
  arn: string,
  log: Options["log"],
): Promise<{ readonly status: string; readonly reason?: string | undefined }> {
  const { aws, imageBuilder } = context;
  let last = "";
  for (;;) {
    const { image } = await imageBuilder.send(new GetImageCommand({ imageBuildVersionArn: arn }));
    const { status = "", reason } = image?.state ?? {};
    if (status !== last) log(lineOf(context, `${new Date(aws.now()).toISOString()}  ${status}`));
    if (FINAL_STATUSES.includes(status)) return { status, reason };
    last = status;
    await aws.sleep(POLL_INTERVAL_MS);
  }
}
