import {
  paginateListWaitingWorkflowSteps,
  SendWorkflowStepActionCommand,
  type WorkflowStepExecution,
} from "@aws-sdk/client-imagebuilder";
import { ConfigError } from "../../config/problems";
import { parseBuildArn } from "../../contract/build-arn";
import { table } from "../table";
import { ageOf, type CommandResult, type Context, versionOf } from "./context";

/** A step of a workflow that waits for an answer. */
interface Waiting {
  readonly image: string;
  readonly build: string;
  readonly step: string;
  readonly ageHours: number;
  readonly arn: string;
  readonly id: string;
}

function waitingOf(
  {
    imageBuildVersionArn: arn = "",
    name = "",
    startTime = "",
    stepExecutionId: id = "",
  }: WorkflowStepExecution,
  now: number,
): Waiting {
  return {
    image: parseBuildArn(arn)?.image ?? "",
    build: versionOf(arn),
    step: name,
    ageHours: (now - Date.parse(startTime)) / 3_600_000,
    arn,
    id,
  };
}

/** Those of this factory's images. */
async function allWaiting({ imageBuilder, aws, buildables: baked }: Context): Promise<Waiting[]> {
  const names = baked.map(({ name }) => name);
  const all: Waiting[] = [];
  for await (const { steps = [] } of paginateListWaitingWorkflowSteps({ client: imageBuilder }, {}))
    all.push(...steps.map((step) => waitingOf(step, aws.now())));
  return all.filter(({ image }) => names.includes(image));
}

/** Which builds wait for somebody's answer. */
export async function waiting(context: Context): Promise<CommandResult> {
  const all = await allWaiting(context);
  const rows = all.map(({ image, build, step, ageHours }) => [image, build, step, ageOf(ageHours)]);
  const advice =
    "npx factory resume IMAGE VERSION/BUILD --reason R lets one go on, npx factory stop … lets it fail";
  const { region } = context.place;
  const elsewhere = context.factory.shared.regions
    .map(({ name }) => name)
    .filter((name) => name !== region);
  return {
    text: [
      rows.length > 0
        ? `${table([["image", "build", "step", "waits for"], ...rows])}\n\n${advice}`
        : `no build waits for anything in ${region}`,
      ...(elsewhere.length > 0 ? [`not looked at, see --region: ${elsewhere.join(", ")}`] : []),
    ].join("\n"),
    data: all.map(({ arn: _arn, id: _id, ...told }) => told),
  };
}

const WORDS = {
  RESUME: { question: "goes on", done: "goes on" },
  STOP: { question: "fails", done: "is stopped, and fails" },
} as const;

/** Answers what a build waits for. */
export async function answer(
  context: Context,
  action: keyof typeof WORDS,
  image: string,
  version: string,
  reason: string,
): Promise<CommandResult> {
  if (reason.length < 1 || reason.length > 1_024)
    throw new ConfigError(
      `--reason: must be a text of 1 to 1,024 characters, got: ${reason.length}`,
    );
  const { arn } = await context.build(image, version);
  const steps = (await allWaiting(context)).filter((one) => one.arn === arn);
  if (steps.length === 0)
    throw new ConfigError(`${image} ${version} waits for nothing: see \`npx factory waiting\``);
  const { question, done } = WORDS[action];
  const names = steps.map(({ step }) => step).join(", ");
  if (!(await context.confirm(`${image} ${version} waits in ${names}, and ${question} then?`)))
    return { text: "nothing was changed", data: { changed: false }, status: 1 };
  for (const { id } of steps)
    await context.imageBuilder.send(
      new SendWorkflowStepActionCommand({
        stepExecutionId: id,
        imageBuildVersionArn: arn,
        action,
        reason,
      }),
    );
  return {
    text: `${image} ${version} ${done}: ${reason}`,
    data: { changed: true, steps: steps.map(({ step }) => step) },
  };
}
