import { DEFECT, runFactory } from "./run-factory";

const EXIT_CODES = `
Exit codes:
  0  success: everything is as it should be
  1  error: the input is wrong, or a file, Git, Terraform or AWS returned an error
  2  difference: AWS isn't as the factory file describes it (status and explain only)
`;

const USAGE = `Usage: npx factory [options] [command]

Build golden images with EC2 Image Builder and share them with AWS RAM.

Options:
  -h, --help    display help for command

Write a factory file (needs neither Terraform nor AWS):
  check         validate a factory file and its version lock file
  versions      give changed components, recipes and workflows a new version
  diagram       draw the synthesized stacks as SVG and Mermaid

Deploy the synthesized stacks (needs Terraform):
  stacks        plan and apply several stacks
  plan-summary  summarize the plans of several stacks as Markdown

Operate a deployed factory (needs credentials of the shared account):
  status        compare the desired and the shared builds of each channel
  builds        list the builds of an image with their parents and approvals
  explain       explain which build an account gets, and why not a newer one
  build         start the pipeline of an image
  update        reconcile the shares of an image now
  approve       approve a build for a channel that requires approval
  revoke        remove a build from all shares and disable its AMIs
  waiting       list the builds that are paused until you run resume or stop
  resume        resume a waiting build
  stop          fail a waiting build
${EXIT_CODES}`;

/** Every command with its subcommands, as arguments. */
const COMMANDS = [
  ...["check", "versions", "diagram", "stacks", "plan-summary"],
  ...["stacks matrix", "stacks plan", "stacks changes", "stacks apply"],
  ...["status", "builds", "explain", "build", "update", "approve", "revoke"],
  ...["waiting", "resume", "stop"],
];

describe("factory", () => {
  test("prints its usage and exits with 1 without a command", () => {
    expect(runFactory([])).toEqual({ status: 1, stdout: "", stderr: USAGE });
  });

  test.each(["--help", "-h"])("%s prints the usage and exits with 0", (option) => {
    expect(runFactory([option])).toEqual({ status: 0, stdout: USAGE, stderr: "" });
  });

  test("suggests the nearest command, and prints no stack trace", () => {
    expect(runFactory(["stacks", "aply"])).toEqual({
      status: 1,
      stdout: "",
      stderr: "unknown command 'aply'\n(Did you mean apply?)\nSee `npx factory stacks --help`.\n",
    });
  });

  test("approve --help prints required inputs in the usage line, an example and the exit codes", () => {
    expect(runFactory(["approve", "--help"])).toEqual({
      status: 0,
      stdout: `Usage: npx factory approve IMAGE BUILD --channel CHANNEL --reason REASON [options]

approve a build for a channel that requires approval

Arguments:
  IMAGE                golden image or golden container of the factory
  BUILD                version and build number, such as 1.0.3/2

Options:
  --channel <CHANNEL>  channel with \`approval: required\`
  --reason <REASON>    reason, for people who look at the build later
  --config <FILE>      factory file (default: $FACTORY_CONFIG, else
                       factory.yaml)
  --profile <NAME>     AWS profile with credentials of the shared account
                       (default: $AWS_PROFILE)
  --region <REGION>    Region of the shared account (default: the first in the
                       factory file)
  --json               print the result as JSON
  --yes                don't ask for confirmation
  -h, --help           display help for command

Example:
  npx factory approve amazon-linux-2023 1.0.3/2 --channel stable --reason CHG-1234
${EXIT_CODES}`,
      stderr: "",
    });
  });

  test.each(COMMANDS)("%s --help prints its usage and exits with 0", (command) => {
    const { status, stdout, stderr } = runFactory([...command.split(" "), "--help"]);
    expect(stdout.split("\n")[0]).toMatch(new RegExp(`^Usage: npx factory ${command} `));
    expect(stdout).toContain(EXIT_CODES);
    expect([status, stderr]).toEqual([0, ""]);
  });
});

describe("factory prints an error", () => {
  test("without a stack trace if it is a mistake of the user", () => {
    const { status, stderr } = runFactory(["versions", "--config", "nowhere.yaml"]);
    expect(stderr).toMatch(/^nowhere\.yaml doesn't exist: .*\n$/);
    expect(status).toBe(1);
  });

  test("with a stack trace that names the sources if it is a defect", () => {
    const { status, stderr } = runFactory(["versions", "--check"], DEFECT);
    expect(stderr).toMatch(/^Error: a defect\n/);
    expect(stderr).toContain(`(${process.cwd()}/config/load.ts:`);
    expect(stderr).toContain(`(${process.cwd()}/cli/authoring/versions.ts:`);
    expect(status).toBe(1);
  });
});
