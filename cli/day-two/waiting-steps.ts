import {
  paginateListWaitingWorkflowSteps,
  SendWorkflowStepActionCommand,
  type WorkflowStepExecution,
} from "@aws-sdk/client-imagebuilder";
import { ConfigError } from "../../config/problems";
import { buildVersionOf, parseBuildArn } from "../../contract/build-arn";
import { hoursBetween } from "../../lambda/common/time";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import { exitCodeOf } from "../deployed/inspect";
import { askAbout, withParent } from "../deployed/outputs";
import { changeRegions, namesOf, prepareRegions, type Readings } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import type { Confirm } from "../prompt";
import { inRegion, UNCHANGED } from "./change-result";

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
    found.push(...steps.flatMap((step) => waitingStepOf(step, context.aws.now()) ?? []));
  return found.filter(({ image }) => names.includes(image));
}

/** Returns `undefined` for a step without the ARN of a build. */
function waitingStepOf(
  {
    imageBuildVersionArn: arn = "",
    name: step = "",
    startTime = "",
    stepExecutionId: id = "",
  }: WorkflowStepExecution,
  now: number,
): WaitingStep | undefined {
  const image = parseBuildArn(arn)?.image;
  if (image === undefined) return undefined;
  return {
    image,
    build: buildVersionOf(arn),
    step,
    ageHours: hoursBetween(Date.parse(startTime), now),
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

/** Steps to answer, and the reason of the answer. */
export interface AnswerOptions {
  readonly image: string;
  readonly build: string;
  readonly reason: string;
}

export async function answerWaitingSteps(
  contexts: readonly Context[],
  { action, question, done }: Answer,
  { image, build: version, reason }: AnswerOptions,
  confirm: Confirm,
): Promise<CommandResult> {
  if (reason.length < 1 || reason.length > 1_024)
    throw new ConfigError(`--reason: must have 1 to 1,024 characters, got: ${reason.length}`);
  const name = `${image} ${version}`;
  const prepared = await prepareRegions(contexts, async (context) => {
    const build = await context.build(image, version);
    const steps = (await listWaitingSteps(context)).filter(({ arn }) => arn === build.arn);
    if (steps.length > 0) return { ...(await withParent(context, build)), steps };
    throw new ConfigError(
      `BUILD: ${name} isn't waiting: list waiting builds with \`${factoryCommand("waiting")}\``,
    );
  });
  const names = prepared.flatMap(({ value: { steps } }) => steps.map(({ step }) => step));
  const asked = question(`${name} in ${namesOf(contexts)}`, [...new Set(names)].join(", "));
  if (!(await confirm(askAbout(prepared, asked)))) return UNCHANGED;
  const answered = await changeRegions(prepared, async (context, { steps }) => {
    for (const { id, arn } of steps)
      await context.imageBuilder.send(
        new SendWorkflowStepActionCommand({
          stepExecutionId: id,
          imageBuildVersionArn: arn,
          action,
          reason,
        }),
      );
    return steps.map(({ step }) => step);
  });
  return render(answered, `${done(name)}: ${reason}`);
}

function render({ results, problems }: Readings<string[]>, done: string): CommandResult {
  return {
    text: [
      ...results.flatMap((result) => inRegion(result, [done])),
      ...problems.map(({ region, message }) => `${region}:\n  ${message}`),
    ].join("\n"),
    data: {
      changed: true,
      regions: results.map(({ context: { region }, value: steps }) => ({ region, steps })),
      problems,
    },
    exitCode: exitCodeOf(problems, false),
  };
}
