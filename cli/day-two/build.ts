import { GetImageCommand, StartImagePipelineExecutionCommand } from "@aws-sdk/client-imagebuilder";
import { pipelineArn } from "../../config/aws/arns";
import { type CommandResult, type Context, versionOf } from "./context";

/** How often a build is looked at, in milliseconds: it takes from a quarter of an hour to hours. */
const INTERVAL = 15_000;

const ENDED = ["AVAILABLE", "FAILED", "CANCELLED", "DEPRECATED", "DISABLED", "DELETED"];

interface Waiting {
  /** Whether to stay until it ends. */
  readonly wait: boolean;
  /** Hears of every phase. */
  readonly tell: (line: string) => void;
}

/** Starts an image's pipeline. */
export async function build(
  context: Context,
  name: string,
  { wait, tell }: Waiting,
): Promise<CommandResult> {
  const arn = pipelineArn(context.place, context.image(name).name);
  const { imageBuildVersionArn = "" } = await context.imageBuilder.send(
    new StartImagePipelineExecutionCommand({ imagePipelineArn: arn }),
  );
  const started = `${name} ${versionOf(imageBuildVersionArn)} is being built`;
  if (!wait) return { text: started, data: { arn: imageBuildVersionArn } };

  tell(started);
  for (let last = ""; ; ) {
    const { image } = await context.imageBuilder.send(
      new GetImageCommand({ imageBuildVersionArn }),
    );
    const { status = "", reason } = image?.state ?? {};
    if (status !== last) tell(`${new Date(context.aws.now()).toISOString()}  ${status}`);
    last = status;
    if (ENDED.includes(status)) {
      const text = `${name} ${versionOf(imageBuildVersionArn)} is ${status}${reason === undefined ? "" : `: ${reason}`}`;
      return {
        text,
        data: { arn: imageBuildVersionArn, status, reason },
        status: status === "AVAILABLE" ? 0 : 1,
      };
    }
    await context.aws.sleep(INTERVAL);
  }
}
