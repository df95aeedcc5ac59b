import { quoted } from "../../contract/program";
import type { CommandResult } from "../command";
import { factoryCommand } from "../factory-command";
import { parseProfiles } from "../profiles";
import { EXIT } from "../report";
import { accountNames, currentStacks, type Selection, selectStacks } from "./current-stacks";
import {
  type Outcome,
  type Outcomes,
  outcomesAsJson,
  outcomesTable,
  reportFailure,
} from "./outcomes";
import { errorLine, KINDS, kindOf, readPlan } from "./plan";
import { heading, planStack } from "./plan-stack";
import { planFileOf, planStateOf, writeFailure } from "./saved-plan";
import type { Stack } from "./stack-manifest";
import { hasLocalState } from "./state-bucket";
import type { TerraformSettings } from "./terraform";

/** Options of both `plan` and `apply`. */
export interface DeliveryOptions extends Selection {
  readonly config?: string | undefined;
  /** AWS profiles of accounts, such as `shared=golden,payments=payments-admin`. */
  readonly profiles?: string | undefined;
  /** Whether only the result is printed on stdout. */
  readonly json: boolean;
}

interface PlanOptions extends DeliveryOptions {
  /** Whether the exit code is 0 even if a plan changes anything. */
  readonly allowChanges: boolean;
}

/** Returns how Terraform runs with the options of a command. */
export function settingsOf(
  { profiles, json }: DeliveryOptions,
  stacks: readonly Stack[],
): TerraformSettings {
  return {
    profiles: parseProfiles(profiles, accountNames(stacks)),
    output: json ? process.stderr : process.stdout,
  };
}

/**
 * Plans stacks and saves their plans. If a stack can't be planned, the others are still planned.
 */
export async function plan(options: PlanOptions): Promise<CommandResult> {
  const all = await currentStacks(options.config);
  const settings = settingsOf(options, all);
  const stacks = selectStacks(all, options);
  const outcomes = new Map<Stack, Outcome>();
  for (const [index, stack] of stacks.entries()) {
    settings.output.write(`${heading(stack, `${index + 1} of ${stacks.length}`)}\n`);
    outcomes.set(stack, await planOne(stack, stacks, settings));
  }
  const results = [...outcomes.values()].map(({ result }) => result);
  return {
    text: `\n${outcomesTable(outcomes)}${nextStep(outcomes, options)}`,
    data: outcomesAsJson(outcomes),
    exitCode: exitCodeOf(results, options),
  };
}

function exitCodeOf(results: readonly string[], { allowChanges }: PlanOptions): number {
  if (results.includes("failed")) return EXIT.error;
  return allowChanges || results.every((result) => result === "no changes")
    ? EXIT.ok
    : EXIT.differs;
}

function nextStep(outcomes: Outcomes, options: PlanOptions): string {
  const changed = [...outcomes].filter(([, { result }]) => result === "changes");
  return changed.length === 0 ? "" : `\n\nApply with: ${applyCommand(options)}`;
}

/** Returns the command that applies the stacks that the options select. */
export function applyCommand({ ids, account, profiles }: DeliveryOptions): string {
  const options = Object.entries({ account, profiles }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${quoted(value)}`],
  );
  return factoryCommand(["apply", ...ids, ...options].join(" "));
}

async function planOne(
  stack: Stack,
  planned: readonly Stack[],
  settings: TerraformSettings,
): Promise<Outcome> {
  const state = planned.find(
    (one) => one.isStateStack && one.account === stack.account && one !== stack,
  );
  if (state !== undefined && hasLocalState(state)) {
    const reason = `apply ${state.id} first, which creates the bucket for its state`;
    writeFailure(stack, `Error: ${reason}`);
    return { result: "not planned", reason };
  }
  try {
    await planStack(stack, settings);
  } catch (error) {
    const message = reportFailure(stack, error);
    writeFailure(stack, message);
    return { result: "failed", reason: errorLine(message).replace(/^Error: /, "") };
  }
  return planStateOf(stack) === "no changes"
    ? { result: "no changes" }
    : { result: "changes", reason: countChanges(stack) };
}

/** Renders how many resources a saved plan changes. */
function countChanges(stack: Stack): string {
  const kinds = readPlan(planFileOf(stack)).changes.map(kindOf);
  const counts = KINDS.flatMap((kind) => {
    const count = kinds.filter((one) => one === kind).length;
    return count > 0 ? [`${count} to ${kind}`] : [];
  });
  if (counts.length > 0) return counts.join(", ");
  return hasLocalState(stack) ? "its state is moved into its bucket" : "outputs only";
}
