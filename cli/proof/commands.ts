import type { Command } from "commander";
import { addCommand, CONFIG, JSON_OUTPUT } from "../command";

/** Adds the commands that find out whether a factory works in the user's own AWS accounts. */
export function addProofCommands(program: Command): void {
  program.commandsGroup("Check your AWS accounts (needs AWS credentials):");

  addCommand(program, {
    name: "doctor",
    summary: "check what the factory needs in each account and Region",
    details:
      "Only reads. Run it before the first deployment, after each change of accounts, Regions or networks, and when something doesn't work. Accounts without credentials are listed as not looked at.",
    args: {},
    options: {
      account: {
        value: "NAME",
        description: "account of the factory, repeatable (default: all, and the organization)",
        repeatable: true,
      },
      profile: {
        value: "NAME",
        description: "AWS profile, in general of the shared account (default: $AWS_PROFILE)",
      },
      profiles: {
        value: "ACCOUNT=PROFILE,...",
        description:
          "AWS profiles of accounts (default: your credentials, which may assume each deployRole)",
      },
      config: CONFIG,
      json: JSON_OUTPUT,
    },
    example: "doctor --profiles shared=golden,payments=payments-admin",
    run: async (values) => (await import("./doctor")).doctor(values),
  });
}
