import type { Command } from "commander";
import { addCommand, CONFIG, JSON_OUTPUT } from "../command";
import { outputFolder } from "../environment";

/** Adds the commands that only read and write files. */
export function addAuthoringCommands(program: Command): void {
  program.commandsGroup("Write a factory file (needs neither Terraform nor AWS):");

  addCommand(program, {
    name: "check",
    summary: "validate a factory file and its version lock file",
    details: "Prints every error and warning. Warnings don't fail the check.",
    args: { file: CONFIG },
    options: {
      strict: { description: "treat warnings as errors" },
      json: JSON_OUTPUT,
    },
    example: "check --strict",
    run: async (values) => (await import("./check")).check(values),
  });

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
          "AWS profiles of accounts, with --from-aws (default: your credentials, which may assume each deployRole)",
      },
      config: CONFIG,
    },
    example: "versions --check --base origin/main",
    run: async (values) =>
      (await import("./versions")).versions({ ...values, fromAws: values["from-aws"] }),
  });

  addCommand(program, {
    name: "diagram",
    summary: "draw the synthesized stacks as SVG and Mermaid",
    args: {
      outdir: {
        value: "OUTDIR",
        description: "folder of the synthesized stacks (default: $CDKTF_OUTDIR, else cdktf.out)",
      },
      target: {
        value: "TARGET",
        description: "path of the .svg and .mmd files, without extension (default: factory)",
      },
    },
    options: {},
    example: "diagram cdktf.out docs/factory",
    run: async ({ outdir = outputFolder(), target }) =>
      (await import("./diagram")).diagram({ outdir, target }),
  });
}
