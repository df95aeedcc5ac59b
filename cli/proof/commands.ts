import type { Command } from "commander";
import { addCommand, CONFIG, JSON_OUTPUT } from "../command";

/** Adds the commands that find out whether a factory works in the user's own AWS accounts. */
export function addProofCommands(program: Command): void {
  program.commandsGroup("Check your AWS accounts (needs AWS credentials):");
  addDoctor(program);
  addProve(program);
}

function addDoctor(program: Command): void {
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
          "AWS profiles of accounts (default: your credentials, or each account's deployRole, assumed with them)",
      },
      config: CONFIG,
      json: JSON_OUTPUT,
    },
    example: "doctor --profiles shared=golden,payments=payments-admin",
    run: async (values) => (await import("./doctor")).doctor(values),
  });
}

function addProve(program: Command): void {
  addCommand(program, {
    name: "prove",
    summary: "show in an app account whether it can use a golden image",
    details:
      "Changes nothing without --recipe and --launch, which remove what they create, also after Ctrl-C. A step without a result, for example because EC2 has no capacity, is inconclusive. It doesn't change the exit code.\n\nWith --assumptions, runs experiments that test what this project assumes about AWS, in the shared account and an app account: use sandbox accounts. Asks first, and removes what it creates, also after Ctrl-C.",
    args: {
      image: {
        value: "IMAGE",
        description: "golden image of the factory; required without --assumptions",
      },
    },
    options: {
      account: {
        value: "NAME",
        description:
          "app account of the factory that uses the image; required. With --assumptions: app account that the experiments share images with (default: none)",
      },
      assumptions: {
        description: "run experiments about AWS, in the shared account and an app account",
      },
      only: {
        value: "ID",
        description: "experiment, repeatable; with --assumptions (default: all)",
        repeatable: true,
      },
      out: {
        value: "FILE",
        description: "new file for the report in Markdown; with --assumptions (default: print it)",
      },
      channel: {
        value: "NAME",
        description: "channel of the image (default: what x.x.x resolves to)",
      },
      region: {
        value: "REGION",
        description: "Region of the account; required if there are several",
      },
      recipe: { description: "create a recipe that is based on the image, and delete it" },
      launch: { description: "launch an instance, and terminate it; asks first, because it costs" },
      subnet: {
        value: "ID",
        description:
          "subnet of the account; required with --launch. Without --launch, the dry run of a launch uses it (default: the default VPC)",
      },
      yes: { description: "don't ask for confirmation" },
      profile: {
        value: "NAME",
        description: "AWS profile, of the app account or one that may assume its deployRole",
      },
      profiles: {
        value: "ACCOUNT=PROFILE,...",
        description: "AWS profiles of accounts, such as payments=payments-admin",
      },
      config: CONFIG,
      json: JSON_OUTPUT,
    },
    example: "prove base --account payments --profiles payments=payments-admin",
    run: async (values) => (await import("./choose-proof")).chooseProof(values),
  });
}
