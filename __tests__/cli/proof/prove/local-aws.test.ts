/** The command on the local AWS, which knows shares, launch permissions and instances. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { ResetImageAttributeCommand } from "@aws-sdk/client-ec2";
import { paginateListImageRecipes } from "@aws-sdk/client-imagebuilder";
import type { ProveReport } from "../../../../cli/proof/prove/render";
import { Fault } from "../../../../tools/local-aws/protocol/rest-json";
import { SharedAccount } from "../../day-two/shared-account";

const SUBNET = "subnet-0123456789abcdef0";

let account: SharedAccount;

beforeAll(async () => {
  account = await SharedAccount.start();
});
afterAll(() => account.stop());

interface Proof {
  readonly report: ProveReport;
  readonly status: number | null;
  readonly stderr: string;
}

const COMMAND = ["prove", "base", "--account", "payments", "--json"];

/** Runs `prove --json` as payments. */
async function prove(args: readonly string[]): Promise<Proof> {
  const { stdout, ...result } = await account.run([...COMMAND, ...args], "payments");
  if (stdout === "") throw new Error(result.stderr);
  return { ...result, report: JSON.parse(stdout) };
}

interface Interrupted {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the bundled `prove --json` as payments. Calls `stop` as soon as it is time. */
function interrupt(
  args: readonly string[],
  isTime: (operations: readonly string[]) => boolean,
  stop: (child: ChildProcessWithoutNullStreams) => void,
): Promise<Interrupted> {
  const { environment } = account.factory.as("payments");
  const config = ["--config", join(account.folder, "factory.yaml")];
  const command = ["--no-warnings", "dist/factory.js", ...COMMAND, ...config, ...args];
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env["PATH"], AWS_EC2_METADATA_DISABLED: "true", ...environment },
  });
  const { calls } = account.factory.aws.emulator;
  const before = calls.length;
  const timer = setInterval(() => {
    if (!isTime(calls.slice(before).map(({ operation }) => operation))) return;
    clearInterval(timer);
    stop(child);
  }, 1);
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].on("data", (data) => {
      output[stream] += data;
    });
  return new Promise((resolve) =>
    child.on("close", (status) => {
      clearInterval(timer);
      resolve({ status, ...output });
    }),
  );
}

/** Whether the instance was launched. The first call of RunInstances is the dry run. */
function isLaunched(operations: readonly string[]): boolean {
  return operations.filter((operation) => operation === "RunInstances").length === 2;
}

function isWaiting(operations: readonly string[]): boolean {
  return operations.includes("DescribeInstanceStatus");
}

function outcomes({ steps }: ProveReport): string[] {
  return steps.map(({ id, outcome, reason }) =>
    [outcome, id, ...(reason ? [reason] : [])].join(" "),
  );
}

async function proofRecipes(): Promise<string[]> {
  const client = account.factory.as("payments").imageBuilder;
  const arns: string[] = [];
  for await (const { imageRecipeSummaryList = [] } of paginateListImageRecipes(
    { client },
    { owner: "Self" },
  ))
    arns.push(...imageRecipeSummaryList.flatMap(({ arn }) => arn ?? []));
  return arns;
}

describe("factory prove on the local AWS", () => {
  test("fails as long as no build is shared with the account", async () => {
    const { report, status } = await prove(["--recipe"]);
    expect(outcomes(report)).toEqual([
      "failed resolve not-shared",
      "skipped launch-permission",
      "ok key",
      "skipped dry-run",
      "skipped recipe",
    ]);
    expect(status).toBe(2);
  });

  test("proves a shared build with a recipe and an instance, and leaves nothing", async () => {
    await account.build();
    await account.command("approve base 1.0.0/1 --channel stable --reason ok --yes");
    const launch = ["--recipe", "--launch", "--subnet", SUBNET, "--yes"];
    const { report, status } = await prove(launch);
    expect(outcomes(report)).toEqual([
      "ok resolve",
      "ok launch-permission",
      "ok key",
      "ok dry-run",
      "ok recipe",
      "ok launch",
      "ok cleanup",
    ]);
    expect(report.build).toBe("arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/1");
    expect(status).toBe(0);
    expect(account.factory.aws.amis.instances.launched).toEqual([]);
    expect(await proofRecipes()).toEqual([]);
  });

  const LAUNCH = ["--recipe", "--launch", "--subnet", SUBNET, "--yes"];

  // interruptions.test.ts interrupts the command at every moment, but not the process.
  test.each([
    ["SIGINT", "after the launch", isLaunched],
    ["SIGINT", "while it waits", isWaiting],
    ["SIGQUIT", "while it waits", isWaiting],
  ] as const)(
    "leaves nothing when the bundled command receives %s %s",
    async (signal, _moment, isTime) => {
      const { status, stdout, stderr } = await interrupt(LAUNCH, isTime, (child) =>
        child.kill(signal),
      );
      expect(stderr).toBe(
        "\nInterrupted. Removing what was created; this takes up to a few minutes.\n",
      );
      const report: ProveReport = JSON.parse(stdout);
      expect(report.steps.some(({ reason }) => reason === "interrupted")).toBe(true);
      expect(status).toBe(1);
      expect(account.factory.aws.amis.instances.launched).toEqual([]);
      expect(await proofRecipes()).toEqual([]);
    },
  );

  // Ctrl-C also ends `tee` in `prove … 2>&1 | tee log`. A terminal that is closed sends SIGHUP.
  test.each(["SIGINT", "SIGHUP"] as const)(
    "leaves nothing when the bundled command receives %s after its output was closed",
    async (signal) => {
      const { status } = await interrupt(LAUNCH, isLaunched, (child) => {
        child.stdout.destroy();
        child.stderr.destroy();
        child.kill(signal);
      });
      expect(status).toBe(1);
      expect(account.factory.aws.amis.instances.launched).toEqual([]);
      expect(await proofRecipes()).toEqual([]);
    },
  );

  test("is inconclusive if a quota of the account is reached", async () => {
    account.factory.aws.emulator.fail(
      "CreateSecurityGroup",
      new Fault("SecurityGroupLimitExceeded", "The maximum number has been reached."),
    );
    const { report, status } = await prove(["--launch", "--subnet", SUBNET, "--yes"]);
    expect(outcomes(report).slice(-2)).toEqual(["inconclusive launch quota", "ok cleanup"]);
    expect(status).toBe(0);
  });

  test("fails without a launch permission", async () => {
    const { ec2 } = account.factory.as("shared");
    for (const ImageId of account.factory.aws.amis.ids())
      await ec2.send(new ResetImageAttributeCommand({ ImageId, Attribute: "launchPermission" }));
    const { report, status } = await prove([]);
    expect(outcomes(report)).toEqual([
      "ok resolve",
      "failed launch-permission launch-permission",
      "ok key",
      "skipped dry-run",
    ]);
    expect(status).toBe(2);
  });

  test("asks for a confirmation before it launches, which needs a terminal", async () => {
    await expect(prove(["--launch", "--subnet", SUBNET])).rejects.toThrow(
      `Launch a t3.medium in ${SUBNET} of payments (222222222222) in eu-west-1? On-demand, it costs USD 0.0416 an hour in us-east-1 as of 2026-07-20, and its volumes. It is terminated after a few minutes, at most 30.\nstdin is not a terminal: pass --yes to confirm`,
    );
  });
});
