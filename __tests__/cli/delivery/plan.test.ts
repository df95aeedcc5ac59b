import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { minimalFactory, withFolderAsync } from "../../../tools/fixtures/factory-file";
import { runInProcess } from "../run-in-process";
import { copyOutput, FakeTerraform, NO_BUCKET, synthesizeExample } from "./fake-terraform";

const folder = mkdtempSync(join(tmpdir(), "plan-"));
const outdir = join(folder, "base", "cdktf.out");
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => synthesizeExample(outdir));

const out = () => copyOutput(outdir, folder);

const PLAN_ROLE = "arn:aws:iam::111111111111:role/golden-image-factory-plan";

describe("factory plan", () => {
  test("plans all stacks of an account in order, passes on Terraform's output, and exits with 2 if anything changes", async () => {
    const terraform = FakeTerraform.in(folder, { unchanged: ["state-payments"] });
    expect(await terraform.run(out(), ["plan", "--account", "payments"])).toEqual({
      status: 2,
      stdout: `
1 of 2  state-payments  (payments, 222222222222)
plan of state-payments

2 of 2  payments-eu-west-1  (payments, 222222222222)
plan of payments-eu-west-1

state-payments      no changes
payments-eu-west-1  changes: 1 to create

Apply with: npx --no factory apply --account payments
`,
      stderr: "",
    });
    expect(terraform.calls()).toEqual([
      "state-payments init -input=false -no-color -reconfigure",
      "state-payments plan -input=false -no-color -lock-timeout=5m -out=tfplan",
      "state-payments show -json tfplan",
      "payments-eu-west-1 init -input=false -no-color",
      "payments-eu-west-1 plan -input=false -no-color -lock-timeout=5m -out=tfplan",
      "payments-eu-west-1 show -json tfplan",
    ]);
  });

  test("prints the command that applies the same stacks, with the same profiles and factory file", async () => {
    const args = [
      "shared-us-east-1",
      "--profiles",
      "shared=golden",
      "--config",
      "examples/complete/factory.yaml",
    ];
    expect((await FakeTerraform.in(folder).run(out(), ["plan", ...args])).stdout).toContain(
      `\nApply with: npx --no factory apply ${args.join(" ")}\n`,
    );
  });

  test("quotes the words of the command that need it for a shell", async () => {
    const args = ["plan", "shared-us-east-1", "--profiles", "shared=Ann's admin"];
    expect((await FakeTerraform.in(folder).run(out(), args)).stdout).toContain(
      "\nApply with: npx --no factory apply shared-us-east-1 --profiles 'shared=Ann'\\''s admin'\n",
    );
  });

  test("shows in a terminal that Terraform is initializing a stack, which downloads providers", () => {
    const terraform = FakeTerraform.in(folder);
    const program = join(terraform.bin, "terraform");
    const script = readFileSync(program, "utf8");
    const shown = join(terraform.bin, "shown");
    // Terraform initializes the stack until the command shows that it waits.
    const init = `  init*) until grep -q initializing "${shown}"; do sleep 0.1; done;;`;
    writeFileSync(program, script.replace("  plan*)", `${init}\n  plan*)`));
    const env = {
      ...process.env,
      PATH: `${terraform.bin}:${process.env["PATH"]}`,
      CDKTF_OUTDIR: out(),
      TERM: "xterm",
      CI: undefined,
      GITHUB_ACTIONS: undefined,
    };
    const command = `"${process.execPath}" dist/factory.js plan shared-us-east-1`;
    const { stdout, status } = spawnSync("script", ["-qefc", command, shown], {
      env,
      encoding: "utf8",
      timeout: 10 * 60_000,
    });
    expect(stdout).toMatch(/initializing shared-us-east-1 … \d+ s/);
    expect(status).toBe(2);
  });

  test("exits with 0 with --allow-changes, but not if a stack can't be planned", async () => {
    const terraform = FakeTerraform.in(folder);
    const args = ["plan", "shared-us-east-1", "--allow-changes"];
    expect((await terraform.run(out(), args)).status).toBe(0);
    terraform.behave({ errors: { "plan shared-us-east-1": "Error: no" } });
    expect((await terraform.run(out(), args)).status).toBe(1);
  });

  test("exits with 0 if nothing changes", async () => {
    const terraform = FakeTerraform.in(folder, { unchanged: ["shared-us-east-1"] });
    const { status, stdout } = await terraform.run(out(), ["plan", "shared-us-east-1"]);
    expect([status, stdout]).toEqual([
      0,
      `
1 of 1  shared-us-east-1  (shared, 111111111111)
plan of shared-us-east-1

shared-us-east-1  no changes
`,
    ]);
  });

  test("continues after a stack that can't be planned, exits with 1, and plan-summary names that stack", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder, {
      errors: { "plan shared-eu-west-1": "Error: no" },
    });
    const { status, stdout, stderr } = await terraform.run(copy, [
      "plan",
      "shared-eu-west-1",
      "payments-eu-west-1",
    ]);
    expect([status, stderr]).toEqual([1, "shared-eu-west-1 failed:\nError: no\n\n"]);
    expect(stdout).toContain(
      "\nshared-eu-west-1    failed: no\npayments-eu-west-1  changes: 1 to create\n",
    );
    const files = ["shared-eu-west-1", "payments-eu-west-1"].map((id) =>
      join(copy, "plans", `${id}.json`),
    );
    const summary = (await terraform.run(copy, ["plan-summary", ...files])).stdout;
    expect(summary).toContain("**Plan failed**\n\n- shared-eu-west-1: Error: no\n");
    expect(summary).toContain("| payments-eu-west-1 | 1 |");
  });

  test("prints only the result on stdout with --json", async () => {
    const terraform = FakeTerraform.in(folder);
    const { stdout, stderr } = await terraform.run(out(), ["plan", "shared-us-east-1", "--json"]);
    expect(JSON.parse(stdout)).toEqual({
      stacks: [
        {
          stack: "shared-us-east-1",
          account: "shared",
          accountId: "111111111111",
          region: "us-east-1",
          result: "changes",
          reason: "1 to create",
        },
      ],
    });
    expect(stderr).toBe(
      "\n1 of 1  shared-us-east-1  (shared, 111111111111)\nplan of shared-us-east-1\n",
    );
  });

  test("plan-summary without files and without any plan reports that plans are missing, except in GitHub Actions", async () => {
    const summarize = (GITHUB_ACTIONS: string) =>
      runInProcess(["plan-summary"], { CDKTF_OUTDIR: outdir, GITHUB_ACTIONS });
    expect(await summarize("")).toEqual({
      status: 1,
      stdout: "",
      stderr: "there are no plans: run `npx --no factory plan` first\n",
    });
    expect((await summarize("true")).stdout).toContain(
      "- shared-eu-west-1: Error: the job ended without a plan\n",
    );
  });

  test("plan-summary without files covers every synthesized stack, with or without a plan", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder);
    await terraform.run(copy, ["plan", "state-shared"]);
    const summary = (await terraform.run(copy, ["plan-summary"])).stdout;
    expect(summary).toContain("- shared-eu-west-1: Error: the job ended without a plan\n");
    expect(summary).toContain("| state-shared | 1 |");
  });

  test("plans a state stack with a local state if its bucket doesn't exist, and leaves the account's other stacks for later", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder, { createsBuckets: true });
    const { status, stdout, stderr } = await terraform.run(copy, ["plan", "--account", "payments"]);
    expect([status, stderr]).toEqual([2, ""]);
    expect(stdout).toContain(
      `
state-payments      changes: 1 to create
payments-eu-west-1  not planned: apply state-payments first, which creates the bucket for its state

Apply with: npx --no factory apply --account payments
`,
    );
    const override = join(copy, "stacks", "state-payments", "state_override.tf.json");
    expect(JSON.parse(readFileSync(override, "utf8"))).toEqual({
      terraform: { backend: { local: { path: "../../../terraform.state-payments.tfstate" } } },
    });
    expect(terraform.calls().slice(0, 2)).toEqual([
      "state-payments init -input=false -no-color -reconfigure",
      "state-payments init -input=false -no-color -reconfigure",
    ]);
  });

  test("keeps the state in the bucket if an old local state is left", async () => {
    const copy = out();
    writeFileSync(join(copy, "..", "terraform.state-shared.tfstate"), '{"resources":[]}');
    const terraform = FakeTerraform.in(folder);
    expect((await terraform.run(copy, ["plan", "state-shared"])).status).toBe(2);
    expect(terraform.calls()).toContain("state-shared state pull");
    expect(existsSync(join(copy, "stacks", "state-shared", "state_override.tf.json"))).toBe(false);
  });

  test("uses the profile of the stack's account in place of keys", async () => {
    const terraform = FakeTerraform.in(folder);
    const profiles = "shared=golden,payments=payments-admin";
    const args = ["plan", "shared-us-east-1", "warehouse-us-east-1", "--profiles", profiles];
    await terraform.run(out(), args, {
      AWS_ACCESS_KEY_ID: "AKIAKEY",
      AWS_SECRET_ACCESS_KEY: "key",
      AWS_SESSION_TOKEN: "token",
    });
    const calls = terraform.calls();
    expect(calls[0]).toBe("shared-us-east-1 init -input=false -no-color profile=golden");
    expect(calls[3]).toBe(
      "warehouse-us-east-1 init -input=false -no-color key=AKIAKEY secret session",
    );
  });

  test.each<[string, string, string]>([
    [
      "credentials of another account",
      "AWS account ID not allowed: 999999999999",
      "Terraform has credentials of account 999999999999, and this stack belongs to shared (111111111111). Pass a profile of the account with --profiles shared=PROFILE, or set AWS_PROFILE and add --account shared.",
    ],
    [
      "missing credentials",
      "Error: No valid credential sources found",
      "Terraform found no credentials, and needs those of shared (111111111111). Pass a profile of the account with --profiles shared=PROFILE, or set AWS_PROFILE and add --account shared.",
    ],
    [
      "a profile that does not exist",
      "Error: failed to get shared config profile, nix",
      "There is no AWS profile nix. `aws configure list-profiles` lists those that exist.",
    ],
    [
      "expired credentials",
      "ExpiredToken: The security token included in the request is expired",
      "The credentials of shared (111111111111) have expired or aren't valid. Sign in again, such as with `aws sso login`.",
    ],
    [
      "a role that can not be assumed",
      "Error: Cannot assume IAM Role",
      "Your credentials can't assume the deployRole of shared (111111111111). Check that the role exists and trusts you, or use other credentials.",
    ],
    [
      "a missing state bucket",
      NO_BUCKET,
      "The bucket for the state of shared (111111111111) doesn't exist. Create it first: `npx --no factory apply state-shared`.",
    ],
    [
      "a parent without builds",
      "InvalidParameterValueException: arn:aws:imagebuilder:eu-west-1:111111111111:image/base/x.x.x",
      "If the parent image has no build yet that this account can use, build it with `npx --no factory build IMAGE --wait`, and then apply this stack again.",
    ],
  ])("explains %s", async (_what, error, explanation) => {
    const terraform = FakeTerraform.in(folder, { errors: { "init shared-us-east-1": error } });
    const { status, stderr } = await terraform.run(out(), ["plan", "shared-us-east-1"]);
    expect([status, stderr]).toEqual([
      1,
      `shared-us-east-1 failed:\n${error}\n\n${explanation}\n\n`,
    ]);
  });

  test("assumes the plan role with a token of the job in GitHub Actions, in place of the runner's credentials", async () => {
    const terraform = FakeTerraform.in(folder);
    const runner = {
      AWS_ACCESS_KEY_ID: "AKIAKEY",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "token",
      AWS_PROFILE: "runner",
    };
    const { stderr } = await terraform.runInJob(out(), ["plan", "state-shared"], { runner });
    expect(stderr).toBe("");
    expect(terraform.calls()).toEqual([
      `state-shared init -input=false -no-color -reconfigure ${PLAN_ROLE}`,
      `state-shared plan -input=false -no-color -lock-timeout=5m -out=tfplan ${PLAN_ROLE}`,
      `state-shared show -json tfplan ${PLAN_ROLE}`,
    ]);
  });

  test("explains a role that can't be assumed in GitHub Actions", async () => {
    const error = "Not authorized to perform: sts:AssumeRoleWithWebIdentity".replace("Not", "not");
    const terraform = FakeTerraform.in(folder, { errors: { "init shared-us-east-1": error } });
    const { stderr } = await terraform.runInJob(out(), ["plan", "shared-us-east-1"]);
    expect(stderr).toBe(
      `shared-us-east-1 failed:\n${error}\n\nGitHub Actions can't assume the role in shared (111111111111). The state stack of the account creates it: deploy state-shared by hand.\n\n`,
    );
  });

  test("reports that GitHub rejected the request for a token", async () => {
    const terraform = FakeTerraform.in(folder);
    const { status, stderr } = await terraform.runInJob(out(), ["plan", "state-shared"], {
      tokenStatus: 403,
    });
    expect([status, stderr]).toEqual([
      1,
      "state-shared failed:\nGitHub rejected the request for a token: HTTP 403\n\n",
    ]);
  });

  test("rejects credentials of the runner in GitHub Actions", async () => {
    const env = { GITHUB_ACTIONS: "true" };
    expect(await FakeTerraform.in(folder).run(out(), ["plan", "state-shared"], env)).toEqual({
      status: 1,
      stdout: "\n1 of 1  state-shared  (shared, 111111111111)\n",
      stderr: "this job gets no token from GitHub: add `id-token: write` to its permissions\n",
    });
  });

  test("reports that Terraform isn't installed", async () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    const env = { PATH: empty };
    expect(await FakeTerraform.in(folder).run(out(), ["plan", "state-shared"], env)).toEqual({
      status: 1,
      stdout: "\n1 of 1  state-shared  (shared, 111111111111)\n",
      stderr:
        "terraform can't be started (spawn terraform ENOENT): install Terraform and add it to the PATH\n",
    });
  });

  test.each<[string, readonly string[], string]>([
    [
      "an unknown stack, and lists the known ones",
      ["shard", "state-shared"],
      "STACK: must be a synthesized stack: state-payments, state-shared, state-warehouse, shared-eu-central-1, shared-us-east-1, shared-eu-west-1, shared-eu-west-1-web-server, warehouse-us-east-1, payments-eu-west-1, got: shard",
    ],
    [
      "a mistyped stack, and suggests the one that it means",
      ["state-shraed"],
      "STACK: must be a synthesized stack, did you mean 'state-shared'?, got: state-shraed",
    ],
    [
      "an unknown account",
      ["--account", "orders"],
      "--account: must be an account of the factory: payments, shared, warehouse, got: orders",
    ],
    [
      "an account that has none of the named stacks",
      ["state-shared", "--account", "payments"],
      "--account: must be the account of a STACK (shared), got: payments",
    ],
    [
      "a profile of an unknown account",
      ["--profiles", "orders=x"],
      "--profiles: must be a list of ACCOUNT=PROFILE with accounts of the factory (payments, shared, warehouse), got: orders=x",
    ],
  ])("rejects %s", async (_what, args, message) => {
    expect(await FakeTerraform.in(folder).run(out(), ["plan", ...args])).toEqual({
      status: 1,
      stdout: "",
      stderr: `${message}\n`,
    });
  });
});

describe("factory plan in a folder with a factory file", () => {
  test("synthesizes if nothing is synthesized, and again after a change, but not otherwise", async () => {
    await withFolderAsync({ file: minimalFactory() }, async (path) => {
      const terraform = FakeTerraform.in(folder);
      const target = join(path, "..", "cdktf.out");
      const plan = async () =>
        (await terraform.run(target, ["plan", "state-shared", "--config", path])).stderr;
      const synthesized = `synthesized 5 stacks from ${path}\n`;
      expect(await plan()).toBe(synthesized);
      expect(await plan()).toBe("");
      appendFileSync(path, "# edited\n");
      expect(await plan()).toBe(synthesized);
    });
  });

  test("reports a factory file that doesn't exist", async () => {
    const { status, stderr } = await FakeTerraform.in(folder).run(join(folder, "none"), [
      "plan",
      "--config",
      join(folder, "nowhere.yaml"),
    ]);
    expect(stderr).toMatch(/\/nowhere\.yaml doesn't exist: .*\n$/);
    expect(status).toBe(1);
  });
});
