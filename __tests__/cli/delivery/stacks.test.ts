import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { matrixOf, type Stack, synthesizedStacks } from "../../../cli/delivery/stack-manifest";
import type { Result } from "../run-factory";
import { runInProcess } from "../run-in-process";
import { copyOutput, FakeTerraform, synthesizeExample } from "./fake-terraform";

const folder = mkdtempSync(join(tmpdir(), "stacks-"));
const outdir = join(folder, "base", "cdktf.out");
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => synthesizeExample(outdir));

const PROVIDER = JSON.stringify({
  provider: { aws: [{ region: "eu-west-1", allowed_account_ids: ["222222222222"] }] },
});

describe("synthesizedStacks", () => {
  test("orders stacks for deployment: state, shared account, images on its images, app accounts", () => {
    expect(
      synthesizedStacks(outdir).map(({ id, account, accountId, region, dependencies }) => [
        id,
        account,
        accountId,
        region,
        dependencies,
      ]),
    ).toEqual([
      ["state-payments", "payments", "222222222222", "eu-west-1", []],
      ["state-shared", "shared", "111111111111", "eu-west-1", []],
      ["state-warehouse", "warehouse", "333333333333", "eu-west-1", []],
      ["shared-eu-central-1", "shared", "111111111111", "eu-central-1", ["state-shared"]],
      ["shared-us-east-1", "shared", "111111111111", "us-east-1", ["state-shared"]],
      [
        "shared-eu-west-1",
        "shared",
        "111111111111",
        "eu-west-1",
        ["shared-eu-central-1", "state-shared"],
      ],
      [
        "shared-eu-west-1-web-server",
        "shared",
        "111111111111",
        "eu-west-1",
        ["shared-eu-west-1", "state-shared"],
      ],
      [
        "warehouse-us-east-1",
        "warehouse",
        "333333333333",
        "us-east-1",
        ["shared-us-east-1", "state-warehouse"],
      ],
      [
        "payments-eu-west-1",
        "payments",
        "222222222222",
        "eu-west-1",
        ["shared-eu-west-1", "state-payments"],
      ],
    ]);
  });

  test("orders the key for copies of an app account before the stack that copies", () => {
    const copying = mkdtempSync(join(folder, "copying-"));
    const app = { workingDirectory: "a", dependencies: ["payments-us-east-1"] };
    const stacks = {
      "payments-eu-west-1": app,
      "payments-us-east-1": { ...app, dependencies: [] },
    };
    writeFileSync(join(copying, "manifest.json"), JSON.stringify({ stacks }));
    mkdirSync(join(copying, "a"));
    writeFileSync(join(copying, "a", "cdk.tf.json"), PROVIDER);
    expect(synthesizedStacks(copying).map(({ id }) => id)).toEqual([
      "payments-us-east-1",
      "payments-eu-west-1",
    ]);
  });
});

function someStacks(count: number): Stack[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `s-${index}`,
    account: "shared",
    accountId: "111111111111",
    region: "eu-west-1",
    folder: "",
    dependencies: [],
    isStateStack: false,
  }));
}

describe("matrixOf", () => {
  test("returns a job for each stack", () => {
    expect(matrixOf(someStacks(2))).toEqual({
      include: [
        { name: "s-0", stacks: "s-0" },
        { name: "s-1", stacks: "s-1" },
      ],
    });
  });

  test("returns several stacks per job if there are more stacks than GitHub allows jobs", () => {
    const { include } = matrixOf(someStacks(600));
    expect(include.length).toBeLessThanOrEqual(256);
    expect(include[0]).toEqual({ name: "s-0 and 2 more", stacks: "s-0 s-1 s-2" });
    expect(include.flatMap(({ stacks }) => stacks.split(" "))).toEqual(
      someStacks(600).map(({ id }) => id),
    );
  });
});

describe("factory stacks", () => {
  function run(args: readonly string[], out = outdir): Promise<Result> {
    return runInProcess(["stacks", ...args], { CDKTF_OUTDIR: out });
  }

  test("list prints each stack with its account, Region and saved plan", async () => {
    const out = copyOutput(outdir, folder);
    const terraform = FakeTerraform.in(folder, { errors: { "plan state-shared": "Error: no" } });
    await terraform.run(out, ["plan", "shared-us-east-1", "state-shared", "state-payments"]);
    writeFileSync(join(out, "stacks", "state-payments", "cdk.tf.json"), PROVIDER);
    expect(await run(["list"], out)).toEqual({
      status: 0,
      stdout: `stack                        account                   Region        saved plan
state-payments               payments (222222222222)   eu-west-1     outdated
state-shared                 shared (111111111111)     eu-west-1     failed
state-warehouse              warehouse (333333333333)  eu-west-1     not planned
shared-eu-central-1          shared (111111111111)     eu-central-1  not planned
shared-us-east-1             shared (111111111111)     us-east-1     changes
shared-eu-west-1             shared (111111111111)     eu-west-1     not planned
shared-eu-west-1-web-server  shared (111111111111)     eu-west-1     not planned
warehouse-us-east-1          warehouse (333333333333)  us-east-1     not planned
payments-eu-west-1           payments (222222222222)   eu-west-1     not planned
`,
      stderr: "",
    });
    expect(JSON.parse((await run(["list", "--json"], out)).stdout).stacks[4]).toEqual({
      stack: "shared-us-east-1",
      account: "shared",
      accountId: "111111111111",
      region: "us-east-1",
      dependencies: ["state-shared"],
      plan: "changes",
    });
  });

  test("matrix prints a job for each stack", async () => {
    const { status, stdout } = await run(["matrix"]);
    expect(JSON.parse(stdout).include.map(({ name }: { name: string }) => name)).toEqual(
      synthesizedStacks(outdir).map(({ id }) => id),
    );
    expect(status).toBe(0);
  });

  test("matrix reports that nothing has been synthesized", async () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    expect(await run(["matrix"], empty)).toEqual({
      status: 1,
      stdout: "",
      stderr: `${empty}/manifest.json doesn't exist: run \`npx --no factory synth\` first\n`,
    });
  });

  test("matrix reports a damaged manifest", async () => {
    const out = copyOutput(outdir, folder);
    writeFileSync(join(out, "manifest.json"), "{");
    expect(await run(["matrix"], out)).toEqual({
      status: 1,
      stdout: "",
      stderr: `${out}/manifest.json is damaged: run \`npx --no factory synth\` again\n`,
    });
  });

  test("changes prints whether the plans of stacks other than state stacks change anything", async () => {
    const out = copyOutput(outdir, folder);
    const terraform = FakeTerraform.in(folder, { unchanged: ["shared-us-east-1"] });
    await terraform.run(out, ["plan", "shared-us-east-1", "state-shared"]);
    expect((await run(["changes"], out)).stdout).toBe("false\n");
    await terraform.run(out, ["plan", "shared-eu-west-1"]);
    expect((await run(["changes"], out)).stdout).toBe("true\n");
  });

  test("without a subcommand prints the usage and exits with 1", async () => {
    const { status, stdout, stderr } = await run([]);
    expect(stderr).toMatch(/^Usage: npx --no factory stacks \[options\] \[command\]\n/);
    expect([status, stdout]).toEqual([1, ""]);
  });
});
