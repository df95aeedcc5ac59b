import type { Command } from "commander";
import { addCommand, addGroup, CONFIG } from "../command";

/** Adds the commands that plan and deploy the synthesized stacks. */
export function addDeliveryCommands(program: Command): void {
  program.commandsGroup("Deploy the synthesized stacks (needs Terraform):");

  const stacks = addGroup(program, {
    name: "stacks",
    summary: "plan and apply several stacks",
    details:
      "In GitHub Actions, Terraform assumes the plan or deploy role of each stack's account. Elsewhere it uses your credentials, and assumes the account's deployRole if one is set.",
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
    name: "plan",
    summary: "plan stacks and save their plans",
    details: "If a stack can't be planned, the others are still planned.",
    args: {
      ids: { value: "STACK", description: "id of a stack", required: true, variadic: true },
    },
    options: {},
    example: "stacks plan shared-eu-west-1 payments-eu-west-1",
    run: async ({ ids }) => (await import("./stacks")).plan(ids),
  });

  addCommand(stacks, {
    name: "changes",
    summary: "print `true` if the saved plans change anything, else `false`",
    args: {},
    options: {},
    example: "stacks changes",
    run: async () => (await import("./stacks")).changes(),
  });

  addCommand(stacks, {
    name: "apply",
    summary: "apply the saved plans in the order of their dependencies",
    details:
      "If a stack fails, the stacks that depend on it are skipped and the others are deployed.",
    args: {},
    options: {},
    example: "stacks apply",
    run: async () => (await import("./stacks")).apply(),
  });

  addCommand(program, {
    name: "plan-summary",
    summary: "summarize the plans of several stacks as Markdown",
    args: {
      files: {
        value: "STACK.json",
        description: "plan from `terraform show -json` (default: those of `factory stacks plan`)",
        variadic: true,
      },
    },
    options: {
      base: {
        value: "REF",
        description: "Git commit, branch or tag to compare versions with",
      },
      config: CONFIG,
    },
    example: "plan-summary --base origin/main",
    run: async (values) => (await import("./plan-summary")).summarizePlans(values),
  });
}
