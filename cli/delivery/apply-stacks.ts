import { existsSync } from "node:fs";
import { join } from "node:path";
import { DEPLOY_ROLE_NAME } from "../../config/names";
import { ConfigError } from "../../config/problems";
import type { CommandResult } from "../command";
import { factoryCommand } from "../factory-command";
import { Interruption } from "../interruption";
import type { Confirm } from "../prompt";
import { EXIT } from "../report";
import { isGitHubJob } from "./credentials";
import { currentStacks, selectStacks } from "./current-stacks";
import {
  type Outcome,
  type Outcomes,
  outcomesAsJson,
  outcomesTable,
  reportFailure,
} from "./outcomes";
import { errorLine } from "./plan";
import { heading, planStack } from "./plan-stack";
import { applyCommand, type DeliveryOptions, settingsOf } from "./plan-stacks";
import { planStateOf, removePlan, SAVED_PLAN } from "./saved-plan";
import type { Stack } from "./stack-manifest";
import { hasLocalState, moveStateIntoBucket } from "./state-bucket";
import { Terraform, type TerraformSettings, WAIT_FOR_LOCK } from "./terraform";

interface ApplyOptions extends DeliveryOptions {
  /** Whether only saved plans are applied. */
  readonly saved: boolean;
  /** Whether stacks that don't depend on a failed one are still applied. */
  readonly keepGoing: boolean;
}

const NOT_PLANNED: Outcome = { result: "not planned" };
const NO_CHANGES: Outcome = { result: "no changes" };
const NOT_BEGUN: Outcome = { result: "not begun" };

/** Applies stacks in the order of their dependencies. Asks before it applies each one. */
export async function apply(options: ApplyOptions, confirm: Confirm): Promise<CommandResult> {
  const all = await currentStacks(options.config);
  const settings = settingsOf(options, all);
  const stacks = selectStacks(all, options);
  if (options.saved && stacks.every((stack) => planStateOf(stack) === "not planned"))
    throw new ConfigError(`there are no saved plans: run \`${factoryCommand("plan")}\` first`);
  const outcomes = await new Application(stacks, settings, options, confirm).run();
  const isComplete = [...outcomes.values()].every((one) => !one.isBlocking && one !== NOT_BEGUN);
  return {
    text: `\n${outcomesTable(outcomes)}${isComplete ? "" : `\n\n${nextStep(outcomes, options)}`}`,
    data: outcomesAsJson(outcomes),
    exitCode: isComplete ? EXIT.ok : EXIT.error,
  };
}

/** Describes how to continue after some stacks weren't applied. */
function nextStep(outcomes: Outcomes, options: ApplyOptions): string {
  const hasFailed = [...outcomes.values()].some(({ result }) => result === "failed");
  const fix = hasFailed ? "Fix the error. Then" : "To continue,";
  return options.saved
    ? `${fix} plan again, and apply the new plans.`
    : `${fix} run \`${applyCommand(options)}\` again: it applies only what has changes.`;
}

class Application {
  private readonly outcomes = new Map<Stack, Outcome>();
  private isStopped = false;

  constructor(
    private readonly stacks: readonly Stack[],
    private readonly settings: TerraformSettings,
    private readonly options: ApplyOptions,
    private readonly confirm: Confirm,
  ) {}

  async run(): Promise<Outcomes> {
    for (const stack of this.stacks) {
      const outcome = await this.outcomeOf(stack);
      this.outcomes.set(stack, outcome);
      this.isStopped ||= outcome.result === "failed" && !this.options.keepGoing;
    }
    return this.outcomes;
  }

  private async outcomeOf(stack: Stack): Promise<Outcome> {
    const unplanned = this.options.saved ? outcomeWithoutPlan(stack) : undefined;
    if (unplanned !== undefined) return unplanned;
    if (this.isStopped) return NOT_BEGUN;
    if (stack.isStateStack && isGitHubJob())
      return {
        result: "skipped",
        reason: "deploy it by hand, because it creates the deploy roles",
      };
    const blocker = [...this.outcomes].find(
      ([{ id }, { isBlocking }]) => isBlocking && stack.dependencies.includes(id),
    );
    if (blocker !== undefined) {
      const reason = `it depends on ${blocker[0].id}, which wasn't applied`;
      return { result: "skipped", reason, isBlocking: true };
    }
    return this.apply(stack);
  }

  private async apply(stack: Stack): Promise<Outcome> {
    const position = `${this.stacks.indexOf(stack) + 1} of ${this.stacks.length}`;
    this.settings.output.write(`${heading(stack, position)}\n`);
    try {
      await this.showPlan(stack);
      if (planStateOf(stack) === "no changes") return NO_CHANGES;
      const { id, account, accountId } = stack;
      if (!(await this.confirm(`Apply this plan of ${id} to ${account} (${accountId})?`)))
        return { result: "not applied", reason: "you didn't confirm", isBlocking: true };
    } catch (error) {
      return this.failure(stack, error, "nothing was changed");
    }
    try {
      await this.deploy(stack);
      return { result: "applied" };
    } catch (error) {
      return this.failure(stack, error, "completed changes are in its state");
    }
  }

  private failure(stack: Stack, error: unknown, consequence: string): Outcome {
    if (error instanceof Interruption) {
      console.error(`${stack.id}: ${error.message}\n`);
      this.isStopped = true;
      return { result: "stopped", reason: `${error.reason}; ${consequence}`, isBlocking: true };
    }
    if (error instanceof ConfigError) {
      console.error(`${error.message}\n`);
      // It isn't about this stack, such as if Terraform isn't installed.
      this.isStopped = true;
      return { result: "failed", reason: `${error.message}; ${consequence}`, isBlocking: true };
    }
    const line = errorLine(reportFailure(stack, error)).replace(/^Error: /, "");
    return { result: "failed", reason: `${line}; ${consequence}`, isBlocking: true };
  }

  /** Shows the saved plan of a stack. Plans it first if there is none that changes something. */
  private async showPlan(stack: Stack): Promise<void> {
    if (!this.options.saved && planStateOf(stack) !== "changes")
      return planStack(stack, this.settings);
    const terraform = new Terraform(stack, DEPLOY_ROLE_NAME, this.settings);
    await installProviders(stack, terraform);
    await terraform.show("show", SAVED_PLAN);
  }

  private async deploy(stack: Stack): Promise<void> {
    const terraform = new Terraform(stack, DEPLOY_ROLE_NAME, this.settings);
    try {
      await terraform.show("apply", WAIT_FOR_LOCK, SAVED_PLAN);
    } finally {
      // Terraform rejects a plan that was applied before.
      removePlan(stack);
    }
    if (hasLocalState(stack)) await moveStateIntoBucket(stack, terraform);
  }
}

/**
 * Installs the providers of a saved plan, if another job planned. The plan contains the backend,
 * and the versions of the providers must be those of the plan.
 */
async function installProviders({ folder }: Stack, terraform: Terraform): Promise<void> {
  if (existsSync(join(folder, ".terraform", "providers"))) return;
  await terraform.init("-backend=false", "-lockfile=readonly");
}

/** Returns the outcome of a stack whose saved plan can't be applied, or needn't be. */
function outcomeWithoutPlan(stack: Stack): Outcome | undefined {
  switch (planStateOf(stack)) {
    case "changes":
      return undefined;
    case "no changes":
      return NO_CHANGES;
    case "outdated":
      return { result: "failed", reason: "its plan is outdated: plan again", isBlocking: true };
    case "unreadable":
      return { result: "failed", reason: "its plan can't be read: plan again", isBlocking: true };
    case "not planned":
      // The workflows plan every stack: a plan that is missing there was lost.
      if (!isGitHubJob()) return NOT_PLANNED;
  }
  // The workflows don't apply state stacks, so no stack needs their plans.
  const isBlocking = !(stack.isStateStack && isGitHubJob());
  return { result: "failed", reason: "its plan failed", isBlocking };
}
