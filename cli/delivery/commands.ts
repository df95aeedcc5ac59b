import type { Command } from "commander";
import { addCommand, addGroup, CONFIG, JSON_OUTPUT } from "../command";
import { assertCanConfirm, confirmation } from "../prompt";

const STACKS = {
  value: "STACK",
  description: "id of a stack, such as shared-eu-west-1 (default: all stacks)",
  variadic: true,
} as const;

/** Options of the commands that run Terraform. */
const TERRAFORM_OPTIONS = {
  account: { value: "NAME", description: "only stacks of this account, such as shared" },
  profiles: {
    value: "ACCOUNT=PROFILE,...",
    description: "AWS profiles of accounts (default: your credentials)",
  },
  config: CONFIG,
  json: JSON_OUTPUT,
} as const;

/** Adds the commands that plan and deploy the synthesized stacks. */
export function addDeliveryCommands(program: Command): void {
  program.commandsGroup("Deploy the synthesized stacks (needs Terraform):");
  addPlan(program);
  addApply(program);
  addPlanSummary(program);
  addStacks(program);
}

function addPlan(program: Command): void {
  addCommand(program, {
    name: "plan",
    summary: "plan stacks and save their plans",
    details:
      "Synthesizes first if the factory file has changed. If a stack can't be planned, the others are still planned. The exit code is 1 if a stack can't be planned, 2 if a plan changes anything or if stacks can't be planned yet because the command plans the stack that creates their state bucket, and 0 otherwise.",
    args: { ids: STACKS },
    options: {
      ...TERRAFORM_OPTIONS,
      "allow-changes": { description: "exit with 0 even if a plan changes anything" },
    },
    example: "plan --account shared",
    run: async (values) =>
      (await import("./plan-stacks")).plan({ ...values, allowChanges: values["allow-changes"] }),
  });
}

function addApply(program: Command): void {
  addCommand(program, {
    name: "apply",
    summary: "apply stacks in the order of their dependencies",
    details:
      "Applies the saved plan of each stack, or plans the stack first. Asks before it applies each one, and stops at the first failure. Creates the state bucket of a new account.",
    args: { ids: STACKS },
    options: {
      ...TERRAFORM_OPTIONS,
      saved: { description: "apply only saved plans, and never plan" },
      "keep-going": {
        description: "after a failure, apply the stacks that don't depend on the failed one",
      },
      yes: { description: "don't ask for confirmation" },
    },
    example: "apply shared-eu-west-1",
    run: async (values) => {
      // Not only at the first question, which is after minutes.
      assertCanConfirm(values.yes);
      return (await import("./apply-stacks")).apply(
        { ...values, keepGoing: values["keep-going"] },
        confirmation(values.yes),
      );
    },
  });
}

function addPlanSummary(program: Command): void {
  addCommand(program, {
    name: "plan-summary",
    summary: "summarize the plans of several stacks as Markdown",
    args: {
      files: {
        value: "STACK.json",
        description: "plan from `terraform show -json` (default: those of `factory plan`)",
        variadic: true,
      },
    },
    options: {
      base: {
        value: "REF",
        description: "Git commit, branch or tag to compare versions with",
      },
      config: CONFIG,
      json: JSON_OUTPUT,
    },
    example: "plan-summary --base origin/main",
    run: async (values) => (await import("./plan-summary")).summarizePlans(values),
  });
}

function addStacks(program: Command): void {
  const stacks = addGroup(program, {
    name: "stacks",
    summary: "list the synthesized stacks, or print input of GitHub workflows",
  });

  addCommand(stacks, {
    name: "list",
    summary: "list the stacks with their accounts, Regions and saved plans",
    args: {},
    options: { json: JSON_OUTPUT },
    example: "stacks list",
    run: async () => (await import("./stacks")).list(),
  });

  addCommand(stacks, {
    name: "matrix",
    summary: "print a GitHub Actions matrix with all stacks",
    args: {},
    options: {},
    example: "stacks matrix",
    run: async () => (await import("./stacks")).matrix(),
  });

  addCommand(stacks, {
    name: "changes",
    summary: "print `true` if the saved plans change anything, else `false`",
    args: {},
    options: {},
    example: "stacks changes",
    run: async () => (await import("./stacks")).changes(),
  });
}
