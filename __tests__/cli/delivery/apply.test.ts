import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
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
import type { Readable } from "node:stream";
import { copyOutput, FakeTerraform, synthesizeExample } from "./fake-terraform";

const folder = mkdtempSync(join(tmpdir(), "apply-"));
const outdir = join(folder, "base", "cdktf.out");
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => synthesizeExample(outdir));

const out = () => copyOutput(outdir, folder);

/** The table at the end of an output, and what follows it. */
function summaryOf(stdout: string): string {
  return stdout.slice(stdout.lastIndexOf("\n\nstate-payments") + 2);
}

/** The table at the end of the output of a command that succeeded. */
function summaryIn(stdout: string): string {
  return stdout.slice(stdout.lastIndexOf("\n\n") + 2);
}

const APPLY_AGAIN =
  "Fix the error. Then run `npx --no factory apply` again: it applies only what has changes.";

describe("factory apply", () => {
  test("plans and applies the stacks of an account in order, and removes the plans", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder, { unchanged: ["shared-us-east-1"] });
    const stacks = ["shared-eu-west-1", "shared-us-east-1", "shared-eu-central-1"];
    expect(await terraform.run(copy, ["apply", ...stacks, "--yes"])).toEqual({
      status: 0,
      stdout: `
1 of 3  shared-eu-central-1  (shared, 111111111111)
plan of shared-eu-central-1

2 of 3  shared-us-east-1  (shared, 111111111111)
plan of shared-us-east-1

3 of 3  shared-eu-west-1  (shared, 111111111111)
plan of shared-eu-west-1

shared-eu-central-1  applied
shared-us-east-1     no changes
shared-eu-west-1     applied
`,
      stderr: "",
    });
    expect(terraform.calls().filter((call) => /^\S+ (plan|apply)/.test(call))).toEqual([
      "shared-eu-central-1 plan -input=false -no-color -lock-timeout=5m -out=tfplan",
      "shared-eu-central-1 apply -input=false -no-color -lock-timeout=5m tfplan",
      "shared-us-east-1 plan -input=false -no-color -lock-timeout=5m -out=tfplan",
      "shared-eu-west-1 plan -input=false -no-color -lock-timeout=5m -out=tfplan",
      "shared-eu-west-1 apply -input=false -no-color -lock-timeout=5m tfplan",
    ]);
    expect(existsSync(join(copy, "stacks", "shared-eu-west-1", "tfplan"))).toBe(false);
    expect(existsSync(join(copy, "plans", "shared-eu-west-1.json"))).toBe(false);
  });

  test("stops at the first failure, and prints what was applied, what failed, what wasn't begun and how to continue", async () => {
    const error = "Error: no permission";
    const terraform = FakeTerraform.in(folder, { errors: { "apply shared-us-east-1": error } });
    const { status, stdout, stderr } = await terraform.run(out(), ["apply", "--yes"]);
    expect(summaryOf(stdout)).toBe(`state-payments               applied
state-shared                 applied
state-warehouse              applied
shared-eu-central-1          applied
shared-us-east-1             failed: no permission; completed changes are in its state
shared-eu-west-1             not begun
shared-eu-west-1-web-server  not begun
warehouse-us-east-1          not begun
payments-eu-west-1           not begun

${APPLY_AGAIN}
`);
    expect([status, stderr]).toEqual([1, `shared-us-east-1 failed:\n${error}\n\n`]);
  });

  test("stops at a stack that can't be planned, and prints that nothing was changed in it", async () => {
    const errors = { "plan state-payments": "Error: no" };
    const { status, stdout } = await FakeTerraform.in(folder, { errors }).run(out(), [
      "apply",
      "--yes",
    ]);
    expect(summaryOf(stdout)).toContain(
      "state-payments               failed: no; nothing was changed\nstate-shared                 not begun\n",
    );
    expect(status).toBe(1);
  });

  test("applies the stacks that don't depend on a failed one with --keep-going", async () => {
    const errors = { "apply shared-us-east-1": "Error: no" };
    const terraform = FakeTerraform.in(folder, { errors });
    const { status, stdout } = await terraform.run(out(), ["apply", "--yes", "--keep-going"]);
    expect(summaryOf(stdout)).toBe(`state-payments               applied
state-shared                 applied
state-warehouse              applied
shared-eu-central-1          applied
shared-us-east-1             failed: no; completed changes are in its state
shared-eu-west-1             applied
shared-eu-west-1-web-server  applied
warehouse-us-east-1          skipped: it depends on shared-us-east-1, which wasn't applied
payments-eu-west-1           applied

${APPLY_AGAIN}
`);
    expect(status).toBe(1);
  });

  test("shows and applies a saved plan, and plans again if the plan is outdated or changes nothing", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder, { unchanged: ["shared-eu-west-1"] });
    const stacks = ["shared-us-east-1", "shared-eu-central-1", "shared-eu-west-1"];
    await terraform.run(copy, ["plan", ...stacks]);
    appendFileSync(join(copy, "stacks", "shared-eu-central-1", "cdk.tf.json"), "\n");
    terraform.calls();
    terraform.behave({});
    expect((await terraform.run(copy, ["apply", ...stacks, "--yes"])).status).toBe(0);
    expect(terraform.calls()).toEqual([
      "shared-eu-central-1 init -input=false -no-color",
      "shared-eu-central-1 plan -input=false -no-color -lock-timeout=5m -out=tfplan",
      "shared-eu-central-1 show -json tfplan",
      "shared-eu-central-1 apply -input=false -no-color -lock-timeout=5m tfplan",
      "shared-us-east-1 init -input=false -no-color -backend=false -lockfile=readonly",
      "shared-us-east-1 show -no-color tfplan",
      "shared-us-east-1 apply -input=false -no-color -lock-timeout=5m tfplan",
      "shared-eu-west-1 init -input=false -no-color",
      "shared-eu-west-1 plan -input=false -no-color -lock-timeout=5m -out=tfplan",
      "shared-eu-west-1 show -json tfplan",
      "shared-eu-west-1 apply -input=false -no-color -lock-timeout=5m tfplan",
    ]);
  });

  test("plans a stack again whose saved plan can't be read", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder);
    const stacks = ["shared-eu-west-1", "shared-us-east-1"];
    await terraform.run(copy, ["plan", ...stacks]);
    writeFileSync(join(copy, "plans", "shared-us-east-1.json"), '{"format_ver');
    const { status, stdout } = await terraform.run(copy, ["apply", ...stacks, "--yes"]);
    expect(summaryIn(stdout)).toBe("shared-us-east-1  applied\nshared-eu-west-1  applied\n");
    expect(status).toBe(0);
  });

  test("prints the outcomes with --json after an error that isn't about one stack", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder);
    const program = join(terraform.bin, "terraform");
    const script = readFileSync(program, "utf8");
    // Terraform is uninstalled after the first apply.
    writeFileSync(
      program,
      script.replace("  plan*)", `  apply*) /bin/rm "${program}";;\n  plan*)`),
    );
    // Other folders can contain another Terraform.
    const PATH = terraform.bin;
    const args = ["apply", "shared-us-east-1", "shared-eu-west-1", "--yes", "--json"];
    const { status, stdout, stderr } = await terraform.run(copy, args, { PATH });
    const message =
      "terraform can't be started (spawn terraform ENOENT): install Terraform and add it to the PATH";
    expect(JSON.parse(stdout).stacks).toMatchObject([
      { stack: "shared-us-east-1", result: "applied" },
      { stack: "shared-eu-west-1", result: "failed", reason: `${message}; nothing was changed` },
    ]);
    expect(stderr).toContain(`\n${message}\n\n`);
    expect(status).toBe(1);
  });

  test("needs --yes without a terminal, and reports it before it plans", async () => {
    expect(await FakeTerraform.in(folder).run(out(), ["apply", "shared-us-east-1"])).toEqual({
      status: 1,
      stdout: "",
      stderr: "stdin is not a terminal: pass --yes to confirm\n",
    });
  });

  test.each([
    ["Ctrl-C", "\u0003", "you pressed Ctrl-C"],
    ["Ctrl-D", "\u0004", "the input ended"],
  ])(
    "stops at a confirmation that is answered with %s, even with --keep-going, and prints the outcomes",
    async (_key, input, reason) => {
      const terraform = FakeTerraform.in(folder);
      const env = {
        ...process.env,
        PATH: `${terraform.bin}:${process.env["PATH"]}`,
        CDKTF_OUTDIR: out(),
        NO_COLOR: "1",
        GITHUB_ACTIONS: undefined,
      };
      const command = `"${process.execPath}" dist/factory.js apply shared-us-east-1 shared-eu-west-1 --keep-going`;
      const child = spawn("script", ["-qec", command, "/dev/null"], { env });
      let text = "";
      let isAnswered = false;
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk.replaceAll("\r\n", "\n");
        // A chunk can end in the middle of the question.
        if (isAnswered || !text.includes("[y/N]")) return;
        isAnswered = true;
        child.stdin.write(input);
      });
      const status = await new Promise((resolve) => child.on("close", resolve));
      expect(text).toContain(`
shared-us-east-1: stopped: ${reason}


shared-us-east-1  stopped: ${reason}; nothing was changed
shared-eu-west-1  not begun

To continue, run \`npx --no factory apply shared-us-east-1 shared-eu-west-1\` again: it applies only what has changes.
`);
      expect(status).toBe(1);
    },
  );

  test("asks in a terminal, and skips a stack and those that depend on it if the answer is no", () => {
    const terraform = FakeTerraform.in(folder);
    const env = {
      ...process.env,
      PATH: `${terraform.bin}:${process.env["PATH"]}`,
      CDKTF_OUTDIR: out(),
      NO_COLOR: "1",
      GITHUB_ACTIONS: undefined,
    };
    const command = `"${process.execPath}" dist/factory.js apply shared-us-east-1 warehouse-us-east-1`;
    const { status, stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
      env,
      encoding: "utf8",
      input: "n\n",
    });
    const text = stdout.replaceAll("\r\n", "\n");
    expect(text).toContain("Apply this plan of shared-us-east-1 to shared (111111111111)? [y/N] ");
    expect(text).toContain(`
shared-us-east-1     not applied: you didn't confirm
warehouse-us-east-1  skipped: it depends on shared-us-east-1, which wasn't
                     applied

To continue, run \`npx --no factory apply shared-us-east-1 warehouse-us-east-1\` again: it applies only what has changes.
`);
    expect(status).toBe(1);
  });

  test("prints only the result on stdout with --json", async () => {
    const terraform = FakeTerraform.in(folder);
    const args = ["apply", "shared-us-east-1", "--yes", "--json"];
    expect(JSON.parse((await terraform.run(out(), args)).stdout)).toEqual({
      stacks: [
        {
          stack: "shared-us-east-1",
          account: "shared",
          accountId: "111111111111",
          region: "us-east-1",
          result: "applied",
        },
      ],
    });
  });

  /** Applies two stacks. Calls `stop` while Terraform applies the first one. */
  async function applyAndStop(
    stop: (child: ChildProcessByStdio<null, Readable, null>) => void,
  ): Promise<{ status: unknown; stdout: string; log: string }> {
    const copy = out();
    const terraform = FakeTerraform.in(folder);
    const program = join(terraform.bin, "terraform");
    const log = join(terraform.bin, "log");
    const script = readFileSync(program, "utf8").replace(
      "  plan*)",
      `  apply*) trap 'echo stopping >>"${log}"' INT; echo ready
    for i in $(seq 10000); do [ ! -f "${log}" ] || break; sleep 0.02; echo more; done
    for i in 1 2 3 4 5; do sleep 0.04; echo more; done
    echo finished >>"${log}"; exit 1;;\n  plan*)`,
    );
    writeFileSync(program, script);
    const args = ["apply", "shared-us-east-1", "shared-eu-west-1", "--yes", "--keep-going"];
    const env = {
      ...process.env,
      PATH: `${terraform.bin}:${process.env["PATH"]}`,
      CDKTF_OUTDIR: copy,
      GITHUB_ACTIONS: undefined,
    };
    const child = spawn(process.execPath, ["dist/factory.js", ...args], {
      env,
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      if (chunk.includes("ready")) stop(child);
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    return { status, stdout, log: readFileSync(log, "utf8") };
  }

  // As a terminal does, the signal is sent to the whole process group.
  test.each(["SIGINT", "SIGHUP", "SIGQUIT"] as const)(
    "passes %s to Terraform as one interrupt, and begins no other stack, even with --keep-going",
    async (signal) => {
      const { status, stdout, log } = await applyAndStop(({ pid = 0 }) =>
        process.kill(-pid, signal),
      );
      expect(stdout).toContain(`
shared-us-east-1  stopped: received the signal ${signal}; completed changes are in its state
shared-eu-west-1  not begun
`);
      expect(log).toBe("stopping\nfinished\n");
      expect(status).toBe(1);
    },
  );

  test("interrupts Terraform once if its output is closed, waits until it has finished, and exits with 1", async () => {
    const { status, log } = await applyAndStop(({ stdout }) => stdout.destroy());
    expect(log).toBe("stopping\nfinished\n");
    expect(status).toBe(1);
  });
});

describe("factory apply of a state stack whose bucket doesn't exist", () => {
  const MOVE = [
    "state-shared init -input=false -no-color -reconfigure",
    "state-shared state pull",
    "state-shared state push -lock-timeout=5m ../../../terraform.state-shared.tfstate",
    "state-shared state pull",
  ];
  const localState = (copy: string) => join(copy, "..", "terraform.state-shared.tfstate");

  test("applies with a local state, moves it into the bucket and deletes the local file", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder, { createsBuckets: true });
    const { status, stderr } = await terraform.run(copy, ["apply", "state-shared", "--yes"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(terraform.calls().slice(-5)).toEqual([
      "state-shared apply -input=false -no-color -lock-timeout=5m tfplan",
      ...MOVE,
    ]);
    expect(existsSync(localState(copy))).toBe(false);
    expect(existsSync(join(copy, "stacks", "state-shared", "state_override.tf.json"))).toBe(false);
  });

  test("keeps the local file if the bucket doesn't contain the state, and moves it when it is run again", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder, { createsBuckets: true });
    const program = join(terraform.bin, "terraform");
    const script = readFileSync(program, "utf8");
    writeFileSync(program, script.replace(/push\).*/, "push) ;;"));
    const { status, stdout, stderr } = await terraform.run(copy, [
      "apply",
      "state-shared",
      "--yes",
    ]);
    const message =
      "the state in the bucket has 0 resources, and terraform.state-shared.tfstate has 2: keep this file";
    expect([status, stderr]).toEqual([1, `state-shared failed:\n${message}\n\n`]);
    expect(stdout).toContain(
      `state-shared  failed: ${message}; completed changes are in its state\n`,
    );
    expect(existsSync(localState(copy))).toBe(true);

    writeFileSync(program, script);
    terraform.calls();
    expect(await terraform.run(copy, ["apply", "state-shared", "--yes"])).toMatchObject({
      status: 0,
      stderr: "",
    });
    expect(terraform.calls()).toEqual([
      "state-shared init -input=false -no-color -reconfigure",
      "state-shared state pull",
      "state-shared init -input=false -no-color -reconfigure",
      "state-shared plan -input=false -no-color -lock-timeout=5m -out=tfplan",
      "state-shared show -json tfplan",
      "state-shared apply -input=false -no-color -lock-timeout=5m tfplan",
      ...MOVE,
    ]);
    expect(existsSync(localState(copy))).toBe(false);
  });

  test.each([[[]], [["--saved"]]])(
    "keeps the local file and the state in the bucket if the bucket has got another state meanwhile (options: %j)",
    async (options) => {
      const copy = out();
      const terraform = FakeTerraform.in(folder, { createsBuckets: true });
      await terraform.run(copy, ["plan", "state-shared"]);
      const inBucket = join(terraform.bin, "pushed-state-shared");
      const other = '{"lineage":"other","resources":[{}]}';
      writeFileSync(inBucket, other);
      const args = ["apply", "state-shared", "--yes", ...options];
      const { status, stderr } = await terraform.run(copy, args);
      expect([status, stderr]).toEqual([
        1,
        "state-shared failed:\nthe bucket already contains another state than terraform.state-shared.tfstate: compare both, and import the resources that only this file has\n\n",
      ]);
      expect(readFileSync(inBucket, "utf8")).toBe(other);
      expect(existsSync(localState(copy))).toBe(true);
    },
  );
});

describe("factory apply --saved", () => {
  const PLANNED = [
    "shared-eu-west-1",
    "shared-us-east-1",
    "payments-eu-west-1",
    "state-shared",
    "warehouse-us-east-1",
  ];
  const SAVED = ["apply", "--saved", "--yes"];

  test("applies only saved plans in GitHub Actions: skips state stacks and what depends on a failed stack, and reports each", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder);
    expect((await terraform.runInJob(copy, ["plan"])).status).toBe(2);
    terraform.behave({ errors: { "apply shared-eu-west-1": "Error: no" } });
    const job = await terraform.runInJob(copy, [...SAVED, "--keep-going"]);
    expect(job.stderr).toBe("shared-eu-west-1 failed:\nError: no\n\n");
    expect(
      summaryOf(job.stdout),
    ).toBe(`state-payments               skipped: deploy it by hand, because it creates the deploy roles
state-shared                 skipped: deploy it by hand, because it creates the deploy roles
state-warehouse              skipped: deploy it by hand, because it creates the deploy roles
shared-eu-central-1          applied
shared-us-east-1             applied
shared-eu-west-1             failed: no; completed changes are in its state
shared-eu-west-1-web-server  skipped: it depends on shared-eu-west-1, which wasn't applied
warehouse-us-east-1          applied
payments-eu-west-1           skipped: it depends on shared-eu-west-1, which wasn't applied

Fix the error. Then plan again, and apply the new plans.
`);
    expect(job.status).toBe(1);
    expect(terraform.calls().at(-1)).toBe(
      "warehouse-us-east-1 apply -input=false -no-color -lock-timeout=5m tfplan arn:aws:iam::333333333333:role/golden-image-factory-deploy",
    );
  });

  test("reports stacks without plans and without changes, and exits with 0", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder, { unchanged: ["shared-us-east-1"] });
    await terraform.run(copy, ["plan", "shared-us-east-1"]);
    const { status, stdout } = await terraform.run(copy, SAVED);
    expect(stdout).toContain("shared-us-east-1             no changes\n");
    expect(stdout).toContain("shared-eu-west-1             not planned\n");
    expect(status).toBe(0);
  });

  test("skips a stack whose last plan failed, even if an older plan exists, and the stacks that depend on it", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder);
    await terraform.run(copy, ["plan", ...PLANNED]);
    terraform.behave({ errors: { "plan shared-eu-west-1": "Error: no" } });
    expect((await terraform.run(copy, ["plan", "shared-eu-west-1"])).status).toBe(1);
    const { status, stdout } = await terraform.run(copy, [...SAVED, "--keep-going"]);
    expect(stdout).toContain("shared-eu-west-1             failed: its plan failed\n");
    expect(stdout).toContain(
      "payments-eu-west-1           skipped: it depends on shared-eu-west-1, which wasn't applied\n",
    );
    expect(stdout).toContain("warehouse-us-east-1          applied\n");
    expect(status).toBe(1);
  });

  test("rejects the plan of another configuration", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder);
    await terraform.run(copy, ["plan", "shared-us-east-1"]);
    appendFileSync(join(copy, "stacks", "shared-us-east-1", "cdk.tf.json"), "\n");
    const { status, stdout } = await terraform.run(copy, [...SAVED, "shared-us-east-1"]);
    expect([status, stdout]).toEqual([
      1,
      `
shared-us-east-1  failed: its plan is outdated: plan again

Fix the error. Then plan again, and apply the new plans.
`,
    ]);
  });

  test("takes a missing plan for a failed plan in GitHub Actions", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder);
    await terraform.run(copy, ["plan", "payments-eu-west-1"]);
    const { stdout, status } = await terraform.runInJob(copy, [...SAVED, "--keep-going"]);
    expect(stdout).toContain("state-payments               failed: its plan failed\n");
    expect(stdout).toContain(
      "payments-eu-west-1           skipped: it depends on shared-eu-west-1, which wasn't applied\n",
    );
    expect(status).toBe(1);
  });

  test("reports a saved plan that can't be read, and applies what doesn't depend on it", async () => {
    const copy = out();
    const terraform = FakeTerraform.in(folder);
    const stacks = ["shared-eu-west-1", "shared-us-east-1"];
    await terraform.run(copy, ["plan", ...stacks]);
    writeFileSync(join(copy, "plans", "shared-us-east-1.json"), '{"format_ver');
    expect((await terraform.run(copy, ["stacks", "list"])).stdout).toMatch(
      /shared-us-east-1 .*unreadable\n/,
    );
    expect((await terraform.run(copy, ["stacks", "changes"])).stdout).toBe("true\n");
    const { status, stdout } = await terraform.run(copy, [...SAVED, ...stacks, "--keep-going"]);
    expect([status, stdout]).toEqual([
      1,
      expect.stringContaining(`
shared-us-east-1  failed: its plan can't be read: plan again
shared-eu-west-1  applied
`),
    ]);
  });

  test("reports that there are no saved plans", async () => {
    expect(await FakeTerraform.in(folder).run(out(), SAVED)).toEqual({
      status: 1,
      stdout: "",
      stderr: "there are no saved plans: run `npx --no factory plan` first\n",
    });
  });
});
