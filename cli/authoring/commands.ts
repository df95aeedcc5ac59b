import type { Command } from "commander";
import { addCommand, CONFIG, JSON_OUTPUT } from "../command";
import { outputFolder } from "../environment";

/** Adds the commands that only read and write files. */
export function addAuthoringCommands(program: Command): void {
  program.commandsGroup("Write a factory file (needs only files, except with --from-aws):");
  addInit(program);
  addAdd(program);
  addCheck(program);
  addVersions(program);
  addSynth(program);
  addDiagram(program);
}

function addInit(program: Command): void {
  addCommand(program, {
    name: "init",
    summary: "create a repository for golden images",
    details:
      "Asks for what its options don't say, writes the repository, and synthesizes its stacks. Never changes an existing folder that contains anything but .git.",
    args: { dir: { value: "DIR", description: "folder to create", required: true } },
    options: {
      organization: { value: "ID", description: "organization ID, such as o-abcdefghij" },
      "management-account": {
        value: "ID",
        description: "account ID of the organization's management account",
      },
      "shared-account": {
        value: "ID",
        description: "account ID of the account that builds the golden images",
      },
      regions: {
        value: "REGION,...",
        description: "Regions that build golden images, such as eu-west-1",
      },
      "state-bucket": {
        value: "NAME",
        description:
          "Terraform state in S3: name of the buckets, such as acme-tfstate-{account}. The factory creates them",
      },
      "hcp-organization": {
        value: "NAME",
        description: "Terraform state in HCP Terraform: name of the organization",
      },
      parent: {
        value: "NAME",
        description:
          "AWS-managed image that the first golden image is built on, such as amazon-linux-2023-x86",
      },
      image: { value: "NAME", description: "name of the first golden image" },
      channel: {
        value: "NAME",
        description: "name of its channel, which shares builds with the organization",
      },
      "app-account": {
        value: "NAME",
        description: "name of an account that builds on the golden image (default: none)",
      },
      "app-account-id": { value: "ID", description: "account ID of the app account" },
      github: {
        value: "OWNER/NAME",
        description:
          "GitHub repository that plans and deploys with GitHub Actions (default: none; needs --state-bucket)",
      },
      "from-aws": {
        description:
          "read organization, management account and shared account with the current AWS credentials",
      },
      package: {
        value: "FILE",
        description:
          "tarball of the factory, or its https:// URL (default: the one that this command runs from)",
      },
      "no-install": { description: "don't run npm install" },
      yes: { description: "don't ask. Requires the options that have no default" },
      json: JSON_OUTPUT,
    },
    example: "init golden-images",
    run: async ({ dir, yes, json, package: source, ...values }) => {
      const { "from-aws": fromAws, "no-install": noInstall, ...answers } = values;
      const { init } = await import("./init/init");
      return init({ dir, answers, fromAws, source, install: !noInstall, yes, json });
    },
  });
}

function addAdd(program: Command): void {
  addCommand(program, {
    name: "add",
    summary: "copy a component or workflow of the library",
    details: "Never overwrites a file.",
    args: {
      kind: { value: "KIND", description: "kind of document: component or workflow" },
      names: {
        value: "NAME",
        description: "document of the library, such as hardening-linux",
        variadic: true,
      },
    },
    options: {
      list: { description: "list the documents of the library" },
      diff: {
        description:
          "show what the library would change in copied documents (default: in all of them)",
      },
      config: CONFIG,
      json: JSON_OUTPUT,
    },
    example: "add component hardening-linux",
    run: async (values) => (await import("./add")).add(values),
  });
}

function addCheck(program: Command): void {
  addCommand(program, {
    name: "check",
    summary: "validate a factory file and its version lock file",
    details: "Prints every error and warning. Warnings don't fail the check.",
    args: { file: CONFIG },
    options: {
      strict: { description: "treat warnings as errors" },
      "from-aws": {
        description:
          "compare the names of AWS-managed parents and components, and supported OS versions, with AWS's own list (needs AWS credentials)",
      },
      profile: {
        value: "NAME",
        description: "AWS profile of any account, with --from-aws (default: $AWS_PROFILE)",
      },
      json: JSON_OUTPUT,
    },
    example: "check --strict",
    run: async (values) =>
      (await import("./check")).check({ ...values, fromAws: values["from-aws"] }),
  });
}

function addVersions(program: Command): void {
  addCommand(program, {
    name: "versions",
    summary: "give changed components, recipes and workflows a new version",
    details: "Updates the version lock file, factory.lock.json, which must be committed.",
    args: {},
    options: {
      check: { description: "only check that the version lock file is up to date" },
      base: {
        value: "REF",
        description:
          "Git commit, branch or tag. Versions recorded in its lock file are never issued again",
      },
      "from-aws": {
        description:
          "read the factory's accounts. Versions that exist there are never issued again (needs AWS credentials)",
      },
      profiles: {
        value: "ACCOUNT=PROFILE,...",
        description:
          "AWS profiles of accounts, with --from-aws (default: your credentials if they belong to the account, else its deployRole, assumed with them)",
      },
      config: CONFIG,
      json: JSON_OUTPUT,
    },
    example: "versions --check --base origin/main",
    run: async (values) =>
      (await import("./versions")).versions({ ...values, fromAws: values["from-aws"] }),
  });
}

function addSynth(program: Command): void {
  addCommand(program, {
    name: "synth",
    summary: "generate the Terraform configuration of a factory file",
    details:
      "Writes the stacks to $CDKTF_OUTDIR, else cdktf.out: the same files as `cdktf synth`, in less time.",
    args: {},
    options: { config: CONFIG, json: JSON_OUTPUT },
    example: "synth",
    run: async (values) => (await import("./synth")).synth(values),
  });
}

function addDiagram(program: Command): void {
  addCommand(program, {
    name: "diagram",
    summary: "draw the synthesized stacks as SVG and Mermaid",
    details: "Draws a picture for each image, and an index, if there are more than 30 images.",
    args: {
      outdir: {
        value: "OUTDIR",
        description: "folder of the synthesized stacks (default: $CDKTF_OUTDIR, else cdktf.out)",
      },
      target: {
        value: "TARGET",
        description:
          "path of the .svg and .mmd files, without extension, or of the folder (default: factory)",
      },
    },
    options: { json: JSON_OUTPUT },
    example: "diagram cdktf.out docs/factory",
    run: async ({ outdir = outputFolder(), target }) =>
      (await import("./diagram")).diagram({ outdir, target }),
  });
}

/** Adds the commands that are about the `factory` command itself. */
export function addHelpCommands(program: Command): void {
  program.commandsGroup("Other:");

  addCommand(program, {
    name: "completion",
    summary: "print a script that completes commands and options in a shell",
    details:
      "Append the script to ~/.bashrc or ~/.zshrc, or write it to ~/.config/fish/completions/factory.fish.",
    args: { shell: { value: "SHELL", description: "bash, zsh or fish", required: true } },
    options: {},
    example: "completion bash >> ~/.bashrc",
    run: async ({ shell }) => (await import("./completion")).completion(program, shell),
  });
  program.helpCommand("help [COMMAND]", "print the help of a command");
}
