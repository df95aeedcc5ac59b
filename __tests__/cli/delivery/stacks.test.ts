import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { matrixOf, type Stack, synthesizedStacks } from "../../../cli/delivery/stack-manifest";
import { type Result, runFactory } from "../run-factory";

const folder = mkdtempSync(join(tmpdir(), "stacks-"));
const outdir = join(folder, "cdktf.out");
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => {
  const env = {
    ...process.env,
    FACTORY_CONFIG: "examples/complete/factory.yaml",
    CDKTF_OUTDIR: outdir,
  };
  execFileSync(process.execPath, ["dist/main.js"], { env });
});

describe("synthesizedStacks", () => {
  test("orders stacks for deployment: shared account, images on its images, app accounts", () => {
    expect(
      synthesizedStacks(outdir).map(({ id, accountId, region, dependencies }) => [
        id,
        accountId,
        region,
        dependencies,
      ]),
    ).toEqual([
      ["shared-eu-central-1", "111111111111", "eu-central-1", []],
      ["shared-us-east-1", "111111111111", "us-east-1", []],
      ["shared-eu-west-1", "111111111111", "eu-west-1", ["shared-eu-central-1"]],
      ["shared-eu-west-1-web-server", "111111111111", "eu-west-1", ["shared-eu-west-1"]],
      ["state-payments", "222222222222", "eu-west-1", []],
      ["state-shared", "111111111111", "eu-west-1", []],
      ["state-warehouse", "333333333333", "eu-west-1", []],
      ["warehouse-us-east-1", "333333333333", "us-east-1", ["shared-us-east-1"]],
      ["payments-eu-west-1", "222222222222", "eu-west-1", ["shared-eu-west-1"]],
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
    const provider = { aws: [{ region: "eu-west-1", allowed_account_ids: ["222222222222"] }] };
    writeFileSync(join(copying, "a", "cdk.tf.json"), JSON.stringify({ provider }));
    expect(synthesizedStacks(copying).map(({ id }) => id)).toEqual([
      "payments-us-east-1",
      "payments-eu-west-1",
    ]);
  });
});

function someStacks(count: number): Stack[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `s-${index}`,
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

const PLAN_ROLE = "arn:aws:iam::111111111111:role/golden-image-factory-plan";

/** Runs `factory stacks` like a job of GitHub Actions, whose token endpoint answers with a status. */
async function runInJob(
  args: readonly string[],
  bin: string,
  out: string,
  tokenStatus: number,
): Promise<Result> {
  const tokens = createServer((_request, response) =>
    response.writeHead(tokenStatus).end(JSON.stringify({ value: "a.job.token" })),
  );
  await new Promise<void>((listening) => tokens.listen(0, "127.0.0.1", listening));
  const { port } = tokens.address() as AddressInfo;
  const env = {
    PATH: `${bin}:${process.env["PATH"]}`,
    CDKTF_OUTDIR: out,
    GITHUB_ACTIONS: "true",
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "job",
  };
  try {
    return await new Promise((resolve) => {
      const command = ["dist/factory.js", "stacks", ...args];
      execFile(process.execPath, command, { env }, (error, stdout, stderr) =>
        resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  } finally {
    tokens.close();
  }
}

describe("factory stacks", () => {
  /**
   * Creates a terraform that logs its calls and fails to plan and apply the `failing` stacks;
   * returns its folder.
   */
  const fakeTerraform = (failing: readonly string[]): string => {
    const bin = mkdtempSync(join(folder, "bin-"));
    const script = `#!/bin/sh
echo "$(basename "$PWD") $* $AWS_ROLE_ARN" >>"${bin}/calls"
case "$1 $(basename "$PWD")" in ${failing.map((stack) => `"apply ${stack}"|"plan ${stack}"`).join("|") || "none"}) echo "Error: no" >&2; exit 1;; esac
[ "$1" != plan ] || touch tfplan
[ "$1" != show ] || echo '{"format_version":"1.2","applyable":true}'
`;
    writeFileSync(join(bin, "terraform"), script, { mode: 0o755 });
    return bin;
  };

  const run = (
    args: readonly string[],
    { bin = "", out = outdir, env = {} as NodeJS.ProcessEnv } = {},
  ): Result =>
    runFactory(["stacks", ...args], {
      PATH: `${bin}:${process.env["PATH"]}`,
      CDKTF_OUTDIR: out,
      GITHUB_ACTIONS: undefined,
      ...env,
    });

  const copyOutput = (): string => {
    const out = mkdtempSync(join(folder, "out-"));
    cpSync(outdir, out, { recursive: true });
    return out;
  };

  const PLANNED = [
    "shared-eu-west-1",
    "shared-us-east-1",
    "payments-eu-west-1",
    "state-shared",
    "warehouse-us-east-1",
  ];

  test("apply skips stacks that depend on a failed stack and state stacks, deploys the others, and reports each", () => {
    const out = copyOutput();
    expect(run(["plan", ...PLANNED], { bin: fakeTerraform([]), out }).status).toBe(0);
    expect(run(["changes"], { out }).stdout).toBe("true\n");
    const { status, stdout, stderr } = run(["apply"], {
      bin: fakeTerraform(["shared-eu-west-1"]),
      out,
    });
    expect(stderr).toBe("shared-eu-west-1 failed:\nError: no\n\n");
    expect(stdout.split("\n").slice(-10, -1)).toEqual([
      "shared-eu-central-1          not planned",
      "shared-us-east-1             deployed",
      "shared-eu-west-1             failed: completed changes are in its state; plan and apply again",
      "shared-eu-west-1-web-server  not planned",
      "state-payments               not planned",
      "state-shared                 skipped: deploy it by hand, because it creates the deploy roles",
      "state-warehouse              not planned",
      "warehouse-us-east-1          deployed",
      "payments-eu-west-1           skipped: it depends on shared-eu-west-1, which wasn't deployed",
    ]);
    expect(status).toBe(1);
  });

  test("apply reports stacks whose plans change nothing, and exits with 0", () => {
    const out = copyOutput();
    run(["plan", "shared-us-east-1"], { bin: fakeTerraform([]), out });
    const plan = join(out, "plans", "shared-us-east-1.json");
    writeFileSync(plan, JSON.stringify({ format_version: "1.2", applyable: false }));
    expect(run(["changes"], { out }).stdout).toBe("false\n");
    const { status, stdout } = run(["apply"], { out });
    expect(stdout).toContain("shared-us-east-1             no changes\n");
    expect(status).toBe(0);
  });

  test("plan continues after a stack that can't be planned, and the summary names that stack", () => {
    const out = copyOutput();
    const { status } = run(["plan", "shared-eu-west-1", "payments-eu-west-1"], {
      bin: fakeTerraform(["shared-eu-west-1"]),
      out,
    });
    expect(status).toBe(1);
    const files = ["shared-eu-west-1", "payments-eu-west-1"].map((id) =>
      join(out, "plans", `${id}.json`),
    );
    const summary = runFactory(["plan-summary", ...files]).stdout;
    expect(summary).toContain("**Plan failed**\n\n- shared-eu-west-1: Error: no\n");
    expect(summary).toContain("No changes in 1 of 2 stacks.");
  });

  test("apply skips a stack whose last plan failed, even if an older plan exists, and the stacks that depend on it", () => {
    const out = copyOutput();
    expect(run(["plan", ...PLANNED], { bin: fakeTerraform([]), out }).status).toBe(0);
    expect(
      run(["plan", "shared-eu-west-1"], { bin: fakeTerraform(["shared-eu-west-1"]), out }).status,
    ).toBe(1);
    const { status, stdout } = run(["apply"], { bin: fakeTerraform([]), out });
    expect(stdout).toContain("shared-eu-west-1             skipped: its plan failed\n");
    expect(stdout).toContain(
      "payments-eu-west-1           skipped: it depends on shared-eu-west-1, which wasn't deployed\n",
    );
    expect(stdout).toContain("warehouse-us-east-1          deployed\n");
    expect(status).toBe(1);
  });

  test("plan rejects credentials of the runner in GitHub Actions", () => {
    expect(
      run(["plan", "state-shared"], {
        bin: fakeTerraform([]),
        out: copyOutput(),
        env: { GITHUB_ACTIONS: "true" },
      }),
    ).toEqual({
      status: 1,
      stdout: "\nstate-shared\n",
      stderr: "this job gets no token from GitHub: add `id-token: write` to its permissions\n",
    });
  });

  test("plan assumes the plan role with a token of the job in GitHub Actions", async () => {
    const [bin, out] = [fakeTerraform([]), copyOutput()];
    const { stderr } = await runInJob(["plan", "state-shared"], bin, out, 200);
    expect(stderr).toBe("");
    expect(readFileSync(join(bin, "calls"), "utf8")).toBe(
      `state-shared init -input=false -no-color ${PLAN_ROLE}
state-shared plan -input=false -no-color -lock-timeout=5m -out=tfplan ${PLAN_ROLE}
state-shared show -json tfplan ${PLAN_ROLE}
`,
    );
  });

  test("plan reports that GitHub rejected the request for a token", async () => {
    const { status, stderr } = await runInJob(
      ["plan", "state-shared"],
      fakeTerraform([]),
      copyOutput(),
      403,
    );
    expect(stderr).toBe(
      "state-shared failed:\nGitHub rejected the request for a token: HTTP 403\n\n",
    );
    expect(status).toBe(1);
  });

  test("apply takes a missing plan for a failed plan in GitHub Actions", () => {
    const out = copyOutput();
    run(["plan", "payments-eu-west-1"], { bin: fakeTerraform([]), out });
    const { stdout, status } = run(["apply"], { out, env: { GITHUB_ACTIONS: "true" } });
    expect(stdout).toContain(
      "payments-eu-west-1           skipped: it depends on shared-eu-west-1, which wasn't deployed\n",
    );
    expect(status).toBe(1);
  });

  test("plan-summary without files covers every synthesized stack, with or without a plan", () => {
    const out = copyOutput();
    run(["plan", "state-shared"], { bin: fakeTerraform([]), out });
    const summary = runFactory(["plan-summary"], { CDKTF_OUTDIR: out }).stdout;
    expect(summary).toContain("- shared-eu-west-1: Error: the job ended without a plan\n");
    expect(summary).toContain("No changes in 1 of 9 stacks.");
  });

  test("matrix prints a job for each stack", () => {
    const { status, stdout } = run(["matrix"]);
    expect(JSON.parse(stdout).include.map(({ name }: { name: string }) => name)).toEqual(
      synthesizedStacks(outdir).map(({ id }) => id),
    );
    expect(status).toBe(0);
  });

  test("plan rejects an unknown stack and lists the known ones", () => {
    expect(run(["plan", "shard", "state-shared"])).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "STACK: must be a synthesized stack: shared-eu-central-1, shared-us-east-1, shared-eu-west-1, shared-eu-west-1-web-server, state-payments, state-shared, state-warehouse, warehouse-us-east-1, payments-eu-west-1, got: shard\n",
    });
  });

  test("plan suggests the stack that a mistyped one means", () => {
    expect(run(["plan", "state-shraed"]).stderr).toBe(
      "STACK: must be a synthesized stack, did you mean 'state-shared'?, got: state-shraed\n",
    );
  });

  test("plan rejects an empty list of stacks", () => {
    expect(run(["plan"])).toEqual({
      status: 1,
      stdout: "",
      stderr: "missing STACK\nSee `npx --no factory stacks plan --help`.\n",
    });
  });

  test("stacks without a subcommand prints its usage and exits with 1", () => {
    const { status, stdout, stderr } = run([]);
    expect(stderr).toMatch(/^Usage: npx --no factory stacks \[options\] \[command\]\n/);
    expect([status, stdout]).toEqual([1, ""]);
  });

  test("matrix reports that nothing has been synthesized", () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    expect(run(["matrix"], { out: empty })).toEqual({
      status: 1,
      stdout: "",
      stderr: `${empty}/manifest.json doesn't exist: run \`npx --no factory synth\` first\n`,
    });
  });

  test("matrix reports a damaged manifest", () => {
    const out = copyOutput();
    writeFileSync(join(out, "manifest.json"), "{");
    expect(run(["matrix"], { out })).toEqual({
      status: 1,
      stdout: "",
      stderr: `${out}/manifest.json is damaged: run \`npx --no factory synth\` again\n`,
    });
  });

  test("apply reports that there are no saved plans", () => {
    expect(run(["apply"], { out: copyOutput() })).toEqual({
      status: 1,
      stdout: "",
      stderr: "there are no saved plans: run `npx --no factory stacks plan STACK...` first\n",
    });
  });

  test("plan reports that Terraform isn't installed", () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    expect(run(["plan", "state-shared"], { out: copyOutput(), env: { PATH: empty } })).toEqual({
      status: 1,
      stdout: "\nstate-shared\n",
      stderr:
        "terraform can't be started (spawn terraform ENOENT): install Terraform and add it to the PATH\n",
    });
  });
});
