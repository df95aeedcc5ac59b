import { PLAN_ROLE_NAME } from "../../config/names";
import { removePlan, SAVED_PLAN, writePlan } from "./saved-plan";
import type { Stack } from "./stack-manifest";
import { initializeStateStack } from "./state-bucket";
import { Terraform, type TerraformSettings, WAIT_FOR_LOCK } from "./terraform";

/**
 * Plans a stack, shows the plan and saves it. Throws an `Error` with what Terraform wrote to
 * stderr.
 */
export async function planStack(stack: Stack, settings: TerraformSettings): Promise<void> {
  // If planning fails, an older plan must not be applied.
  removePlan(stack);
  const terraform = new Terraform(stack, PLAN_ROLE_NAME, settings);
  if (stack.isStateStack) await initializeStateStack(stack, terraform);
  else await terraform.init();
  await terraform.show("plan", WAIT_FOR_LOCK, `-out=${SAVED_PLAN}`);
  writePlan(stack, await terraform.read("show", "-json", SAVED_PLAN));
}

/** Renders the progress and the account of a stack. */
export function heading({ id, account, accountId }: Stack, position: string): string {
  return `\n${position}  ${id}  (${account}, ${accountId})`;
}
