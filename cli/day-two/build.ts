import { GetImageCommand, StartImagePipelineExecutionCommand } from "@aws-sdk/client-imagebuilder";
import { pipelineArn } from "../../config/aws/arns";
import { buildVersionOf } from "../../contract/build-arn";
import type { CommandResult } from "../command";
import { EXIT } from "../report";
import type { Context } from "./context";

/**
 * Time between two requests for a build's status. A build takes from 15 minutes to several hours.
 */
const POLL_INTERVAL_MS = 15_000;

const FINAL_STATUSES = ["AVAILABLE", "FAILED", "CANCELLED", "DEPRECATED", "DISABLED", "DELETED"];

interface Options {
  readonly image: string;
  /** Whether to wait for the end of the build. */
  readonly wait: boolean;
  /** Called with each new status. */
  readonly log: (line: string) => void;
}

/** Starts the pipeline of an image. */
export async function build(
  context: Context,
  { image, wait, log }: Options,
): Promise<CommandResult> {
  const { imageBuildVersionArn: arn = "" } = await context.imageBuilder.send(
    new StartImagePipelineExecutionCommand({
      imagePipelineArn: pipelineArn(context.home, context.image(image).name),
    }),
  );
  const name = `${image} ${buildVersionOf(arn)}`;
  const started = `${name} is being built`;
  if (!wait) return { text: started, data: { arn } };

  log(started);
  const { status, reason } = await waitForEnd(context, arn, log);
  return {
    text: `${name} is ${status}${reason === undefined ? "" : `: ${reason}`}`,
    data: { arn, status, reason },
    exitCode: status === "AVAILABLE" ? EXIT.ok : EXIT.error,
  };
}

async function waitForEnd(
  { aws, imageBuilder }: Context,
  arn: string,
  log: Options["log"],
): Promise<{ readonly status: string; readonly reason?: string | undefined }> {
  let last = "";
  for (;;) {
    const { image } = await imageBuilder.send(new GetImageCommand({ imageBuildVersionArn: arn }));
    const { status = "", reason } = image?.state ?? {};
    if (status !== last) log(`${new Date(aws.now()).toISOString()}  ${status}`);
    if (FINAL_STATUSES.includes(status)) return { status, reason };
    last = status;
    await aws.sleep(POLL_INTERVAL_MS);
  }
}
