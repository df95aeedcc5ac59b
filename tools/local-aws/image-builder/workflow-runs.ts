/**
 * Emulates the workflow in which a build failed, with its steps. Workflows that succeed aren't
 * emulated.
 */
import { randomUUID } from "node:crypto";
import { Fault, type Input, page } from "../protocol/rest-json";

/** Types of workflows by the phase of a build in which they run. */
const TYPES: Readonly<Record<string, string>> = {
  CREATING: "BUILD",
  BUILDING: "BUILD",
  TESTING: "TEST",
  DISTRIBUTING: "DISTRIBUTION",
};

export interface RunStep {
  readonly name: string;
  readonly action: string;
}

/**
 * The first steps of the AWS-managed build workflow.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-step-actions.html
 */
export const LAUNCH: RunStep = { name: "LaunchBuildInstance", action: "LaunchInstance" };
export const COMPONENTS: RunStep = { name: "ApplyBuildComponents", action: "ExecuteComponents" };

/** Why a build ends as FAILED. */
export class BuildFailure extends Error {
  /** @param steps - the steps of the workflow that failed; the last one failed */
  constructor(
    message: string,
    readonly steps: readonly RunStep[] = [],
  ) {
    super(message);
  }
}

/** The workflow in which a build failed. */
export interface FailedRun {
  readonly id: string;
  readonly type: string | undefined;
  readonly failure: BuildFailure;
  /** When its first step started, in milliseconds. */
  readonly startedAt: number;
}

/** @param phase - the phase of the build */
export function failedRun(phase: string, failure: BuildFailure, startedAt: number): FailedRun {
  return { id: `wf-${randomUUID()}`, type: TYPES[phase], failure, startedAt };
}

/** Answers ListWorkflowExecutions. */
export function listRuns(run: FailedRun | undefined, input: Input): object {
  const runs = run ? [{ workflowExecutionId: run.id, type: run.type, status: "FAILED" }] : [];
  const { items, ...token } = page(runs, input, 25);
  return { workflowExecutions: items, ...token };
}

/** Answers ListWorkflowStepExecutions. */
export function listSteps(run: FailedRun | undefined, input: Input): object {
  if (!run)
    throw new Fault(
      "ResourceNotFoundException",
      `The workflow execution '${input["workflowExecutionId"]}' doesn't exist.`,
      404,
    );
  const { failure, startedAt } = run;
  const steps = failure.steps.map(({ name, action }, index, all) => ({
    stepExecutionId: `step-${randomUUID()}`,
    name,
    action,
    startTime: new Date(startedAt + index).toISOString(),
    ...(index === all.length - 1
      ? { status: "FAILED", message: failure.message }
      : { status: "COMPLETED" }),
  }));
  const { items, ...token } = page(steps, input, 25);
  return { steps: items, ...token };
}
