import {
  paginateListWaitingWorkflowSteps,
  SendWorkflowStepActionCommand,
  type WorkflowStepExecution,
} from "@aws-sdk/client-imagebuilder";
import { ConfigError } from "../../config/problems";
import { buildVersionOf, parseBuildArn } from "../../contract/build-arn";
import { type CommandResult, PROGRAM } from "../command";
import type { Confirm } from "../prompt";
import { hoursSince } from "./age";
import type { Context } from "./context";
import { UNCHANGED } from "./run-updater";

/** A workflow step that waits for an answer. */
export interface WaitingStep {
  readonly image: string;
  readonly build: string;
  readonly step: string;
  readonly ageHours: number;
  /** ARN of the build. */
  readonly arn: string;
  /** Id of the step's execution. */
  readonly id: string;
}

/** Lists the waiting steps of the factory's golden images. */
export async function listWaitingSteps(context: Context): Promise<WaitingStep[]> {
  const names = context.buildables.map(({ name }) => name);
  const found: WaitingStep[] = [];
  const pages = paginateListWaitingWorkflowSteps({ client: context.imageBuilder }, {});
  for await (const { steps = [] } of pages)
    found.push(...steps.map((step) => waitingStepOf(step, context.aws.now())));
  return found.filter(({ image }) => names.includes(image));
}

function waitingStepOf(
  {
    imageBuildVersionArn: arn = "",
    name: step = "",
    startTime = "",
    stepExecutionId: id = "",
  }: WorkflowStepExecution,
  now: number,
): WaitingStep {
  return {
    image: parseBuildArn(arn)?.image ?? "",
    build: buildVersionOf(arn),
    step,
    ageHours: hoursSince(Date.parse(startTime), now),
    arn,
    id,
  };
}

/** An answer to waiting steps, and how it is described. */
export interface Answer {
  readonly action: "RESUME" | "STOP";
  readonly question: (build: string, steps: string) => string;
  readonly done: (build: string) => string;
}

/** What to answer, and why. */
export interface AnswerOptions {
  readonly image: string;
  readonly build: string;
  readonly reason: string;
}

/** Answers all waiting steps of a build. */
export async function answerWaitingSteps(
  context: Context,
  { action, question, done }: Answer,
  { image, build: version, reason }: AnswerOptions,
  confirm: Confirm,
): Promise<CommandResult> {
  if (reason.length < 1 || reason.length > 1_024)
    throw new ConfigError(`--reason: must have 1 to 1,024 characters, got: ${reason.length}`);
  const { arn } = await context.build(image, version);
  const build = `${image} ${version}`;
  const steps = (await listWaitingSteps(context)).filter((step) => step.arn === arn);
  if (steps.length === 0)
    throw new ConfigError(
      `BUILD: ${build} isn't waiting: list waiting builds with \`${PROGRAM} waiting\``,
    );
  const names = steps.map(({ step }) => step);
  if (!(await confirm(question(build, names.join(", "))))) return UNCHANGED;
  for (const { id } of steps)
    await context.imageBuilder.send(
      new SendWorkflowStepActionCommand({
        stepExecutionId: id,
        imageBuildVersionArn: arn,
        action,
        reason,
      }),
    );
  return { text: `${done(build)}: ${reason}`, data: { changed: true, steps: names } };
}
