/** Emulates the steps of test workflows that wait for an action. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock";
import type { Caller } from "../protocol/emulator";
import { Fault, type Input, page } from "../protocol/rest-json";
import type { Build } from "./build";
import type { ImageBuilder } from "./image-builder";
import { BuildFailure } from "./workflow-runs";

/** A workflow step that waits for an action. */
interface WaitingStep {
  readonly id: string;
  readonly name: string;
  readonly workflow: string;
  readonly build: Build;
  readonly since: number;
  readonly resolve: (action: string) => void;
}

/** Publishes a message to a topic, with the caller's permissions. */
export type Publish = (topicArn: string, message: string, caller: Caller) => Promise<void>;

export class WaitingSteps {
  private readonly waiting: WaitingStep[] = [];

  constructor(
    private readonly configurations: ImageBuilder,
    private readonly publish: Publish,
    private readonly now: Clock["now"],
  ) {}

  get count(): number {
    return this.waiting.length;
  }

  /** Runs the steps of the pipeline's test workflows that wait for an action, and no others. */
  async runTestWorkflows(build: Build, caller: Caller): Promise<void> {
    const steps = this.configurations.testSteps(build.pipelineArn, caller);
    for (const { step, parameters, workflow } of steps) {
      if (step.action !== "WaitForAction") continue;
      const id = `step-${randomUUID()}`;
      const answered = new Promise<string>((resolve) => {
        this.waiting.push({ id, name: step.name, workflow, build, since: this.now(), resolve });
      });
      const [, parameter = ""] =
        /^\$\.parameters\.(\w+)$/.exec(String(step.inputs?.["snsTopicArn.$"])) ?? [];
      const topicArn = parameters[parameter] ?? step.inputs?.["snsTopicArn"];
      // Assumed: the names of all members except customPayload.
      const message = JSON.stringify({
        imageArn: build.arn,
        workflowStepExecutionId: id,
        customPayload: step.inputs?.["payload"],
      });
      if (typeof topicArn === "string") await this.publish(topicArn, message, caller);
      if ((await answered) === "STOP")
        throw new BuildFailure(`Workflow step ${step.name} failed.`, [step]);
    }
  }

  /** Answers SendWorkflowStepAction. */
  answer(
    { stepExecutionId: id, imageBuildVersionArn: arn, action }: Input,
    caller: Caller,
  ): object {
    const index = this.waiting.findIndex(
      (one) => one.id === id && one.build.arn === arn && one.build.owner === caller.account,
    );
    const [step] = index < 0 ? [] : this.waiting.splice(index, 1);
    if (!step)
      throw new Fault(
        "ResourceNotFoundException",
        `The step '${id}' isn't waiting for an action.`,
        404,
      );
    step.resolve(String(action));
    return { stepExecutionId: id, imageBuildVersionArn: arn };
  }

  /** Answers ListWaitingWorkflowSteps. */
  list(input: Input, caller: Caller): object {
    const steps = this.waiting
      .filter(
        ({ build }) => build.owner === caller.account && build.arn.split(":")[3] === caller.region,
      )
      .map(({ id, name, workflow, build, since }) => ({
        stepExecutionId: id,
        imageBuildVersionArn: build.arn,
        workflowBuildVersionArn: workflow,
        name,
        action: "WaitForAction",
        startTime: new Date(since).toISOString(),
      }));
    const { items, ...token } = page(steps, input, 25);
    return { steps: items, ...token };
  }
}
