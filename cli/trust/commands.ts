import type { Command } from "commander";
import { addCommand } from "../command";
import { BUILD, CHANGE_TARGET, IMAGE, READ_TARGET } from "../deployed/options";

/** Adds the commands that check what is in images, and where they come from. */
export function addTrustCommands(program: Command): void {
  program.commandsGroup(
    "Check what is in images (needs credentials of the shared account, except verify):",
  );
  addFindings(program);
  addNotes(program);
  addRecord(program);
  addKeys(program);
  addVerify(program);
}

function addFindings(program: Command): void {
  addCommand(program, {
    name: "findings",
    summary: "list what Amazon Inspector found in builds of an image",
    details:
      "Without BUILD, lists the findings in the shared builds and in the newest one. The exit code is 2 if a channel shares a build whose findings exceed its limits.",
    args: {
      image: { ...IMAGE, description: "golden image of the factory" },
      build: { ...BUILD, required: false },
    },
    options: READ_TARGET,
    example: "findings amazon-linux-2023",
    run: async (values) => {
      const { openToRead } = await import("../deployed/regions");
      const { image, build } = values;
      return (await import("./findings")).findings(await openToRead(values, image), image, build);
    },
  });
}

function addNotes(program: Command): void {
  addCommand(program, {
    name: "notes",
    summary: "print what changed between two builds of an image",
    details:
      "Name both builds, or none. Without FROM and TO, compares the newest shared build of each channel with the one before. Prints the text that sharedAccount.notes sends by e-mail.",
    args: {
      image: IMAGE,
      from: { value: "FROM", description: "older build, such as 1.0.2/1" },
      to: { value: "TO", description: "newer build, such as 1.0.3/2" },
    },
    options: READ_TARGET,
    example: "notes amazon-linux-2023 1.0.2/1 1.0.3/2",
    run: async (values) => {
      const { openToRead } = await import("../deployed/regions");
      return (await import("./notes")).notes(await openToRead(values, values.image), values);
    },
  });
}

function addRecord(program: Command): void {
  addCommand(program, {
    name: "record",
    summary: "store the package list and the signed statement of a build now",
    args: { image: IMAGE, build: BUILD },
    options: CHANGE_TARGET,
    example: "record amazon-linux-2023 1.0.3/2",
    run: async (values) => {
      const { openToChange } = await import("../deployed/regions");
      return (await import("./record")).record(await openToChange(values, values.image), values);
    },
  });
}

function addKeys(program: Command): void {
  addCommand(program, {
    name: "keys",
    summary: "trust the keys that sign statements about builds",
    details:
      "Adds the public keys of all Regions to factory.keys.json, next to the factory file. Commit it: `verify` trusts only these keys. The command never removes keys, because they verify the statements of older builds.",
    args: {},
    options: {
      check: { description: "exit with 2 if the file lacks a key, and don't change it" },
      ...READ_TARGET,
    },
    example: "keys",
    run: async (values) => {
      const { openToRead } = await import("../deployed/regions");
      const file = await keysFile(values.config);
      return (await import("./keys")).keys(await openToRead(values), { ...values, file });
    },
  });
}

function addVerify(program: Command): void {
  addCommand(program, {
    name: "verify",
    summary: "verify the signed statement of where a build comes from",
    details:
      "Works with credentials of the shared account or of any account that the image is shared with. With --offline, it needs none. The exit code is 0 if the statement is valid, 2 if it is invalid or missing, and 1 if that couldn't be found out.",
    args: { image: IMAGE, build: BUILD },
    options: {
      offline: {
        value: "DIR",
        description: "folder with a copy of the evidence bucket, instead of AWS",
      },
      ...READ_TARGET,
      profile: {
        ...READ_TARGET.profile,
        description:
          "AWS profile of the shared account, or of one that the image is shared with (default: $AWS_PROFILE)",
      },
    },
    example: "verify amazon-linux-2023 1.0.3/2",
    run: async (values) => {
      const { openToRead } = await import("../deployed/regions");
      const file = await keysFile(values.config);
      const contexts = await openToRead(values, values.image, { anyAccount: true });
      return (await import("./verify")).verify(contexts, { ...values, keysFile: file });
    },
  });
}

async function keysFile(config: string | undefined): Promise<string> {
  const { factoryFile } = await import("../environment");
  return (await import("../../config/trusted-keys")).keysFilePath(factoryFile(config));
}
