import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DEPLOY_ROLE_NAME, PLAN_ROLE_NAME } from "../../config/names";
import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { type CommandResult, PROGRAM } from "../command";
import { outputFolder } from "../environment";
import { EXIT } from "../report";
import { assertCurrent } from "../synthesis-inputs";
import { table } from "../table";
import type { PlanFile } from "./plan";
import { matrixOf, type Stack, synthesizedStacks } from "./stack-manifest";
import { SAVED_PLAN, Terraform } from "./terraform";

/** Options of every Terraform command here. */
const AUTOMATION = ["-input=false", "-no-color"];

/** Waits for the lock of a state that another run has locked. */
const WAIT_FOR_LOCK = "-lock-timeout=5m";

/** Prints a GitHub Actions matrix with all stacks. */
export function matrix(): CommandResult {
  return { text: JSON.stringify(matrixOf(allStacks())) };
}

/** Plans some stacks. If a stack can't be planned, the others are still planned. */
export async function plan(ids: readonly string[]): Promise<CommandResult> {
  let hasFailed = false;
  for (const stack of stacksOf(ids)) {
    console.log(`\n${stack.id}`);
    try {
      await planStack(stack);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      printFailure(stack, error);
      writePlanFile(stack, JSON.stringify({ failed: (error as Error).message }));
      hasFailed = true;
    }
  }
  return { exitCode: hasFailed ? EXIT.error : EXIT.ok };
}

/** Prints whether `apply` would change anything. */
export function changes(): CommandResult {
  const hasChanges = allStacks().some(
    (stack) => !stack.isStateStack && planStateOf(stack) === "changes",
  );
  return { text: String(hasChanges) };
}

/**
 * Applies the saved plans in order. A stack that fails only keeps the stacks that depend on it from
 * being deployed.
 */
export async function apply(): Promise<CommandResult> {
  const outcomes = new Map<string, Outcome>();
  for (const stack of allStacks()) {
    const blocker = stack.dependencies.find((id) => outcomes.get(id)?.isBlocking);
    outcomes.set(stack.id, await applyStack(stack, blocker));
  }
  const rows = [...outcomes].map(([id, { text }]) => [id, text]);
  if (rows.every(([, text]) => text === NOT_PLANNED))
    throw new ConfigError(
      `there are no saved plans: run \`${PROGRAM} stacks plan STACK...\` first`,
    );
  const isComplete = [...outcomes.values()].every(({ isBlocking }) => !isBlocking);
  return { text: `\n${table(rows)}`, exitCode: isComplete ? EXIT.ok : EXIT.error };
}

function allStacks(): Stack[] {
  const stacks = synthesizedStacks(resolve(outputFolder()));
  assertCurrent(outputFolder());
  return stacks;
}

function stacksOf(ids: readonly string[]): Stack[] {
  const stacks = allStacks();
  const known = stacks.map(({ id }) => id);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0)
    throw new ConfigError(
      unknown
        .map((id) => `STACK: must be a synthesized stack${expectedOneOf(id, known)}, got: ${id}`)
        .join("\n"),
    );
  return stacks.filter(({ id }) => ids.includes(id));
}

/** File for a stack's plan as `terraform show -json` prints it, which `plan-summary` reads. */
function planFileOf({ id }: Stack): string {
  return join(outputFolder(), "plans", `${id}.json`);
}

function writePlanFile(stack: Stack, content: string): void {
  const file = planFileOf(stack);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

async function planStack(stack: Stack): Promise<void> {
  // If planning fails, an older plan must not be applied.
  for (const file of [join(stack.folder, SAVED_PLAN), planFileOf(stack)])
    rmSync(file, { force: true });
  const terraform = new Terraform(stack, PLAN_ROLE_NAME);
  await terraform.read("init", ...AUTOMATION);
  await terraform.show("plan", ...AUTOMATION, WAIT_FOR_LOCK, `-out=${SAVED_PLAN}`);
  writePlanFile(stack, await terraform.read("show", "-json", SAVED_PLAN));
}

function printFailure({ id }: Stack, error: unknown): void {
  console.error(`${id} failed:\n${(error as Error).message}\n`);
}

const NOT_PLANNED = "not planned";
type PlanState = "changes" | "no changes" | "failed" | typeof NOT_PLANNED;

function planStateOf(stack: Stack): PlanState {
  const file = planFileOf(stack);
  // The workflows plan every stack: a plan that is missing there was lost.
  if (!existsSync(file)) return process.env["GITHUB_ACTIONS"] === "true" ? "failed" : NOT_PLANNED;
  const { applyable = true, failed }: PlanFile = JSON.parse(readFileSync(file, "utf8"));
  if (failed !== undefined || !existsSync(join(stack.folder, SAVED_PLAN))) return "failed";
  return applyable ? "changes" : "no changes";
}

/** What `apply` did to a stack. */
interface Outcome {
  readonly text: string;
  /** Whether stacks that depend on this one can't be deployed. */
  readonly isBlocking?: boolean;
}

async function applyStack(stack: Stack, blocker: string | undefined): Promise<Outcome> {
  switch (planStateOf(stack)) {
    case "no changes":
      return { text: "no changes" };
    case NOT_PLANNED:
      return { text: NOT_PLANNED };
    case "failed":
      return { text: "skipped: its plan failed", isBlocking: true };
  }
  if (stack.isStateStack)
    return { text: "skipped: deploy it by hand, because it creates the deploy roles" };
  if (blocker !== undefined)
    return { text: `skipped: it depends on ${blocker}, which wasn't deployed`, isBlocking: true };
  return deploy(stack);
}

async function deploy(stack: Stack): Promise<Outcome> {
  console.log(`\n${stack.id}`);
  const terraform = new Terraform(stack, DEPLOY_ROLE_NAME);
  try {
    // The saved plan contains the backend. The provider versions must be those of the plan.
    await terraform.read("init", ...AUTOMATION, "-backend=false", "-lockfile=readonly");
    await terraform.show("apply", ...AUTOMATION, WAIT_FOR_LOCK, SAVED_PLAN);
    return { text: "deployed" };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    printFailure(stack, error);
    return {
      text: "failed: completed changes are in its state; plan and apply again",
      isBlocking: true,
    };
  }
}
