/** The plans that `factory plan` saves for `apply` and `plan-summary`. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { outputFolder } from "../environment";
import { type PlanFile, parsePlanFile } from "./plan";
import type { Stack } from "./stack-manifest";
import { hasLocalState } from "./state-bucket";

/** Name of the saved plan in a stack's folder. */
export const SAVED_PLAN = "tfplan";

/** Path of a stack's plan as `terraform show -json` prints it. */
export function planFileOf({ id }: Pick<Stack, "id">, outdir = outputFolder()): string {
  return join(outdir, "plans", `${id}.json`);
}

function savedPlanOf({ folder }: Stack): string {
  return join(folder, SAVED_PLAN);
}

/** SHA-256 of a stack's Terraform configuration. */
function configurationOf({ folder }: Stack): string {
  return createHash("sha256")
    .update(readFileSync(join(folder, "cdk.tf.json")))
    .digest("hex");
}

function write(stack: Stack, content: object): void {
  const file = planFileOf(stack);
  mkdirSync(dirname(file), { recursive: true });
  // A command that is killed must not leave half a file.
  const unfinished = `${file}.tmp`;
  writeFileSync(unfinished, JSON.stringify({ ...content, configuration: configurationOf(stack) }));
  renameSync(unfinished, file);
}

/** Records the plan that Terraform has just saved, with the configuration that it is a plan of. */
export function writePlan(stack: Stack, shownAsJson: string): void {
  write(stack, JSON.parse(shownAsJson));
}

/** Records why a stack can't be planned. */
export function writeFailure(stack: Stack, failed: string): void {
  write(stack, { failed });
}

/** Removes the saved plan of a stack, which must not be applied any more. */
export function removePlan(stack: Stack): void {
  for (const file of [savedPlanOf(stack), planFileOf(stack)]) rmSync(file, { force: true });
}

/**
 * State of a saved plan. An outdated plan belongs to another configuration than the one that is
 * synthesized now.
 */
export type PlanState =
  | "changes"
  | "no changes"
  | "failed"
  | "outdated"
  | "unreadable"
  | "not planned";

export function planStateOf(stack: Stack): PlanState {
  const file = planFileOf(stack);
  if (!existsSync(file)) return "not planned";
  const plan = readableOrUndefined(file);
  if (plan === undefined) return "unreadable";
  const { applyable = true, failed, configuration } = plan;
  if (failed !== undefined || !existsSync(savedPlanOf(stack))) return "failed";
  if (configuration !== configurationOf(stack)) return "outdated";
  return applyable || hasLocalState(stack) ? "changes" : "no changes";
}

function readableOrUndefined(file: string): PlanFile | undefined {
  try {
    return parsePlanFile(file);
  } catch {
    return undefined;
  }
}
