import type { CommandResult } from "../command";
import { table } from "../table";
import { matchingStacks } from "./current-stacks";
import { planStateOf } from "./saved-plan";
import { matrixOf } from "./stack-manifest";

/** Lists all stacks with their saved plans, in the order in which to deploy them. */
export function list(): CommandResult {
  const stacks = matchingStacks().map((stack) => ({
    stack: stack.id,
    account: stack.account,
    accountId: stack.accountId,
    region: stack.region,
    dependencies: stack.dependencies,
    plan: planStateOf(stack),
  }));
  const rows = stacks.map(({ stack, account, accountId, region, plan }) => [
    stack,
    `${account} (${accountId})`,
    region,
    plan,
  ]);
  return {
    text: table([["stack", "account", "Region", "saved plan"], ...rows]),
    data: { stacks },
  };
}

/** Prints a GitHub Actions matrix with all stacks. */
export function matrix(): CommandResult {
  return { text: JSON.stringify(matrixOf(matchingStacks())) };
}

/** Prints whether applying the saved plans would change anything. */
export function changes(): CommandResult {
  // `apply` reports a plan that can't be read.
  const hasChanges = matchingStacks().some(
    (stack) => !stack.isStateStack && ["changes", "unreadable"].includes(planStateOf(stack)),
  );
  return { text: String(hasChanges) };
}
