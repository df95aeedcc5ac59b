import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { DEFECT, type Result, runFactory } from "./run-factory";
import { runInProcess } from "./run-in-process";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

const EXIT_CODES = `
Exit codes:
  0  success: everything is as it should be
  1  error: the input is wrong, or a file, Git, Terraform or AWS returned an
     error
  2  difference: AWS isn't as the factory file describes it, or a check failed
     (only plan, status, explain, which, fleet, doctor, prove, findings, keys
     and verify)
`;

const USAGE = `Usage: npx --no factory COMMAND [arguments] [options]

Build golden images with EC2 Image Builder and share them with AWS RAM.

Options:
  --version     print the version
  -h, --help    print this help

Write a factory file (needs only files, except with --from-aws):
  init          create a repository for golden images
  add           copy a component or workflow of the library
  check         validate a factory file and its version lock file
  versions      give changed components, recipes and workflows a new version
  synth         generate the Terraform configuration of a factory file
  diagram       draw the synthesized stacks as SVG and Mermaid

Deploy the synthesized stacks (needs Terraform):
  plan          plan stacks and save their plans
  apply         apply stacks in the order of their dependencies
  plan-summary  summarize the plans of several stacks as Markdown
  stacks        list the synthesized stacks, or print input of GitHub workflows

Check your AWS accounts (needs AWS credentials):
  doctor        check what the factory needs in each account and Region
  prove         show in an app account whether it can use a golden image

Operate a deployed factory (needs credentials of the shared account):
  status        compare the desired and the shared builds of each channel
  builds        list the builds, AMIs, parents and approvals of an image
  which         find the build of an AMI or instance, and whether it is revoked
  fleet         list which golden builds the instances of app accounts run
  explain       explain which build an account gets, and why not a newer one
  build         start the pipeline of an image
  update        run the updater for an image now
  approve       approve a build for a channel that requires approval
  unapprove     withdraw the approval of a build for a channel
  revoke        remove a build from all shares and disable its AMIs
  unrevoke      withdraw a revocation, also one that is scheduled
  waiting       list the builds that are paused until you run resume or stop
  resume        resume a waiting build
  stop          fail a waiting build

Check what is in images (needs credentials of the shared account, except verify):
  findings      list what Amazon Inspector found in builds of an image
  notes         print what changed between two builds of an image
  record        store the package list and the signed statement of a build now
  keys          trust the keys that sign statements about builds
  verify        verify the signed statement of where a build comes from

Show images to others (needs credentials of the shared account):
  catalogue     write a page with all images, builds, findings and audiences

Other:
  completion    print a script that completes commands and options in a shell
  help          print the help of a command
${EXIT_CODES}`;

/** Every command with its subcommands, as arguments. */
const COMMANDS = [
  ...["init", "add", "check", "versions", "synth", "diagram", "plan", "apply", "plan-summary"],
  ...["stacks", "stacks list", "stacks matrix", "stacks changes"],
  ...[
    "status",
    "builds",
    "which",
    "fleet",
    "explain",
    "build",
    "update",
    "approve",
    "unapprove",
    "revoke",
    "unrevoke",
  ],
  ...["waiting", "resume", "stop", "doctor", "prove"],
  ...["findings", "notes", "record", "keys", "verify", "catalogue", "completion"],
];

function helpOf(command: string): Promise<Result> {
  return runInProcess([...command.split(" "), "--help"], process.env);
}

describe("factory", () => {
  test("prints its usage and exits with 1 without a command", () => {
    expect(runFactory([])).toEqual({ status: 1, stdout: "", stderr: USAGE });
  });

  test.each(["--help", "-h", "help"])("%s prints the usage and exits with 0", (option) => {
    expect(runFactory([option])).toEqual({ status: 0, stdout: USAGE, stderr: "" });
  });

  test("--version prints the version of the package", () => {
    expect(runFactory(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  test.each(COMMANDS)("docs/reference/cli.md lists %s and describes it", (command) => {
    const page = readFileSync("docs/reference/cli.md", "utf8");
    expect(page).toMatch(new RegExp(`^\\| .*\\[.*\`${command}[ \`].*\\]\\(#`, "m"));
    const [name = ""] = command.split(" ");
    expect(page).toMatch(new RegExp(`^## (.* and )?${name}( and .*)?$`, "m"));
  });

  test("help COMMAND prints the same as COMMAND --help", async () => {
    const help = runFactory(["help", "synth"]);
    expect(help).toEqual(await helpOf("synth"));
    expect(help.stdout).toMatch(/^Usage: npx --no factory synth /);
  });

  test("prints nothing more when its reader has ended", () => {
    const command = `"${process.execPath}" dist/factory.js --help | head -1`;
    const { status, stdout, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", command], {
      encoding: "utf8",
    });
    expect([status, stdout.split("\n")[0], stderr]).toEqual([0, USAGE.split("\n")[0], ""]);
  });

  test("prints one line about Node.js if that is older than the package allows, and exits with 1", () => {
    const code = `Object.defineProperty(process.versions, "node", { value: "20.18.3" }); require("./dist/factory.js")`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", code], {
      encoding: "utf8",
    });
    expect([status, stdout, stderr]).toEqual([
      1,
      "",
      "factory needs Node.js 20.19 or later, and this is Node.js 20.18.3: install a newer version\n",
    ]);
  });

  test("suggests the nearest command, and prints no stack trace", () => {
    expect(runFactory(["stacks", "matrx"])).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "unknown command 'matrx'\n(Did you mean matrix?)\nSee `npx --no factory stacks --help`.\n",
    });
  });

  test("approve --help prints required inputs in the usage line, an example and the exit codes", async () => {
    expect(await helpOf("approve")).toEqual({
      status: 0,
      stdout: `Usage: npx --no factory approve IMAGE BUILD --channel CHANNEL --reason REASON [options]

approve a build for a channel that requires approval

Arguments:
  IMAGE                golden image or golden container of the factory
  BUILD                version and build number, such as 1.0.3/2

Options:
  --channel <CHANNEL>  channel with \`approval: required\`
  --reason <REASON>    reason, for people who look at the build later
  --region <REGION>    Region to change, repeatable; required if there are
                       several
  --all-regions        change all Regions of the image
  --config <FILE>      factory file (default: $FACTORY_CONFIG, else
                       factory.yaml)
  --profile <NAME>     AWS profile with credentials of the shared account
                       (default: $AWS_PROFILE)
  --json               print the result as JSON
  --yes                don't ask for confirmation
  -h, --help           print this help

Example:
  npx --no factory approve amazon-linux-2023 1.0.3/2 --channel stable --reason CHG-1234
${EXIT_CODES}`,
      stderr: "",
    });
  });

  test("verify and findings describe the credentials and the images that they accept", async () => {
    const text = async (command: string): Promise<string> =>
      (await helpOf(command)).stdout.replace(/\s+/g, " ");
    expect(await text("verify")).toContain(
      "--profile <NAME> AWS profile of the shared account, or of one that the image is shared with (default: $AWS_PROFILE)",
    );
    expect(await text("findings")).toContain("IMAGE golden image of the factory");
  });

  test.each(COMMANDS)("%s --help prints its usage and exits with 0", async (command) => {
    const { status, stdout, stderr } = await helpOf(command);
    expect(stdout.split("\n")[0]).toMatch(new RegExp(`^Usage: npx --no factory ${command} `));
    expect(stdout).toContain(EXIT_CODES);
    expect([status, stderr]).toEqual([0, ""]);
  });
});

/**
 * Runs the command in a pseudo terminal and returns what it prints there. In an environment without
 * the variables of a CI system, for which Node.js doesn't use colors.
 */
function runInTerminal(command: string, variables: NodeJS.ProcessEnv = {}): string {
  const env = { PATH: process.env["PATH"], TERM: "xterm-256color", ...variables };
  const line = `"${process.execPath}" dist/factory.js ${command}`;
  const { stdout } = spawnSync("script", ["-qec", line, "/dev/null"], { env, encoding: "utf8" });
  // A terminal ends lines with CRLF.
  return stdout.replaceAll("\r\n", "\n");
}

const CHECK_PASSED = "factory.yaml is valid, and factory.lock.json is up to date";

describe("factory in a terminal", () => {
  test("colors the headings and terms of the help", () => {
    const help = runInTerminal("--help");
    expect(help).toContain(
      "\u001b[1mUsage:\u001b[22m npx --no factory COMMAND [arguments] [options]\n",
    );
    expect(help).toContain("  \u001b[36mcheck\u001b[39m         validate a factory file");
  });

  test("colors the result of a check", () => {
    expect(runInTerminal("check")).toBe(`\u001b[32m${CHECK_PASSED}\u001b[39m\n`);
  });

  test.each(["NO_COLOR", "NODE_DISABLE_COLORS"])("prints no colors if %s is set", (variable) => {
    expect(runInTerminal("check", { [variable]: "1" })).toBe(`${CHECK_PASSED}\n`);
  });

  test("prints the help without colors if NO_COLOR is set", () => {
    expect(runInTerminal("--help", { NO_COLOR: "1" })).toBe(USAGE);
  });

  test("colors only the first line of an error", () => {
    expect(runInTerminal("chek")).toBe(
      "\u001b[31munknown command 'chek'\u001b[39m\n(Did you mean check?)\nSee `npx --no factory help`.\n",
    );
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
