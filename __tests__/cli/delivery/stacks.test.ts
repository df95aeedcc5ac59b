import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { matrixOf, type Stack, synthesizedStacks } from "../../../cli/delivery/stack-manifest";

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

test("stacks come in an order in which they can be deployed: the shared account's, those on its images, the apps'", () => {
  expect(
    synthesizedStacks(outdir).map(({ id, accountId, region, dependencies: after }) => [
      id,
      accountId,
      region,
      after,
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

test("an app's key for copies is deployed before what makes them", () => {
  const copying = mkdtempSync(join(folder, "copying-"));
  const app = { workingDirectory: "a", dependencies: ["payments-us-east-1"] };
  const stacks = { "payments-eu-west-1": app, "payments-us-east-1": { ...app, dependencies: [] } };
  writeFileSync(join(copying, "manifest.json"), JSON.stringify({ stacks }));
  mkdirSync(join(copying, "a"));
  const provider = { aws: [{ region: "eu-west-1", allowed_account_ids: ["222222222222"] }] };
  writeFileSync(join(copying, "a", "cdk.tf.json"), JSON.stringify({ provider }));
  expect(synthesizedStacks(copying).map(({ id }) => id)).toEqual([
    "payments-us-east-1",
    "payments-eu-west-1",
  ]);
});

function some(count: number): Stack[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ id: `s-${index}`, accountId: "111111111111", region: "eu-west-1" },
    ...{ folder: "", dependencies: [], isStateStack: false },
  }));
}

test("a matrix has a job for each stack", () => {
  expect(matrixOf(some(2))).toEqual({
    include: [
      { name: "s-0", stacks: "s-0" },
      { name: "s-1", stacks: "s-1" },
    ],
  });
});

test("a matrix of more stacks than GitHub takes jobs has several a job, each once", () => {
  const { include } = matrixOf(some(600));
  expect(include.length).toBeLessThanOrEqual(256);
  expect(include[0]).toEqual({ name: "s-0 and 2 more", stacks: "s-0 s-1 s-2" });
  expect(include.flatMap(({ stacks }) => stacks.split(" "))).toEqual(some(600).map(({ id }) => id));
});

describe("npm run stacks", () => {
  /** A terraform that writes down how it was called, and fails in the folders of `failing`. */
  const terraform = (failing: readonly string[]): string => {
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

  const run = (args: readonly string[], { bin = "", out = outdir } = {}) => {
    const env = { PATH: `${bin}:${process.env["PATH"]}`, CDKTF_OUTDIR: out };
    return spawnSync(process.execPath, ["dist/stacks.js", ...args], { env, encoding: "utf8" });
  };

  const copy = (): string => {
    const out = mkdtempSync(join(folder, "out-"));
    cpSync(outdir, out, { recursive: true });
    return out;
  };

  const EVERY = [
    "shared-eu-west-1",
    "shared-us-east-1",
    "payments-eu-west-1",
    "state-shared",
    "warehouse-us-east-1",
  ];

  test("goes on after a stack that fails with those that don't need it, leaves the state stacks to people, and says what became of each", () => {
    const out = copy();
    expect(run(["plan", ...EVERY], { bin: terraform([]), out }).status).toBe(0);
    expect(run(["changes"], { out }).stdout).toBe("true\n");
    const { status, stdout, stderr } = run(["apply"], {
      bin: terraform(["shared-eu-west-1"]),
      out,
    });
    expect(stderr).toBe("shared-eu-west-1 failed:\nError: no\n\n");
    expect(stdout.split("\n").slice(-10, -1)).toEqual([
      "shared-eu-central-1          not planned",
      "shared-us-east-1             deployed",
      "shared-eu-west-1             failed; what it did is in its state, so plan and deploy again",
      "shared-eu-west-1-web-server  not planned",
      "state-payments               not planned",
      "state-shared                 left to people: it makes the roles that deploy",
      "state-warehouse              not planned",
      "warehouse-us-east-1          deployed",
      "payments-eu-west-1           left out, because shared-eu-west-1 isn't deployed",
    ]);
    expect(status).toBe(1);
  });

  test("a plan that fails keeps none of the others from being made, and is told in their summary", () => {
    const out = copy();
    const { status } = run(["plan", "shared-eu-west-1", "payments-eu-west-1"], {
      bin: terraform(["shared-eu-west-1"]),
      out,
    });
    expect(status).toBe(1);
    const files = ["shared-eu-west-1", "payments-eu-west-1"].map((id) =>
      join(out, "plans", `${id}.json`),
    );
    const summary = spawnSync(process.execPath, ["dist/plan-summary.js", ...files], {
      encoding: "utf8",
    }).stdout;
    expect(summary).toContain("**Couldn't be planned**\n\n- shared-eu-west-1: Error: no\n");
    expect(summary).toContain("Nothing changes in 1 of 2 stacks.");
  });

  test("what couldn't be planned is left out with what needs it, and an older plan of it isn't applied", () => {
    const out = copy();
    expect(run(["plan", ...EVERY], { bin: terraform([]), out }).status).toBe(0);
    expect(
      run(["plan", "shared-eu-west-1"], { bin: terraform(["shared-eu-west-1"]), out }).status,
    ).toBe(1);
    const { status, stdout } = run(["apply"], { bin: terraform([]), out });
    expect(stdout).toContain(
      "shared-eu-west-1             left out, because it couldn't be planned\n",
    );
    expect(stdout).toContain(
      "payments-eu-west-1           left out, because shared-eu-west-1 isn't deployed\n",
    );
    expect(stdout).toContain("warehouse-us-east-1          deployed\n");
    expect(status).toBe(1);
  });

  test("in GitHub Actions nothing is done with credentials that lie about", () => {
    const env = {
      PATH: `${terraform([])}:${process.env["PATH"]}`,
      CDKTF_OUTDIR: copy(),
      GITHUB_ACTIONS: "true",
    };
    const { stderr } = spawnSync(process.execPath, ["dist/stacks.js", "plan", "state-shared"], {
      env,
      encoding: "utf8",
    });
    expect(stderr).toBe("GitHub gives this job no token: it needs `id-token: write`\n");
  });

  test("in GitHub Actions a stack whose job ended without a plan is one that failed", () => {
    const out = copy();
    run(["plan", "payments-eu-west-1"], { bin: terraform([]), out });
    const env = { PATH: process.env["PATH"], CDKTF_OUTDIR: out, GITHUB_ACTIONS: "true" };
    const { stdout, status } = spawnSync(process.execPath, ["dist/stacks.js", "apply"], {
      env,
      encoding: "utf8",
    });
    expect(stdout).toContain(
      "payments-eu-west-1           left out, because shared-eu-west-1 isn't deployed\n",
    );
    expect(status).toBe(1);
  });

  test("the summary tells of every stack that was synthesized, planned or not", () => {
    const out = copy();
    run(["plan", "state-shared"], { bin: terraform([]), out });
    const env = { ...process.env, CDKTF_OUTDIR: out };
    const summary = spawnSync(process.execPath, ["dist/plan-summary.js"], {
      env,
      encoding: "utf8",
    }).stdout;
    expect(summary).toContain("- shared-eu-west-1: Error: its job ended without a plan\n");
    expect(summary).toContain("Nothing changes in 1 of 9 stacks.");
  });

  test.each<[string, string[], string]>([
    ["no command", [], "usage: npm run stacks -- matrix | plan STACK… | changes | apply\n"],
    [
      "a stack that there isn't",
      ["plan", "shard"],
      "there is no stack shard: there are shared-eu-central-1, ",
    ],
    ["no stack to plan", ["plan"], "usage: "],
  ])("refuses %s", (_what, args, message) => {
    const { status, stderr } = run(args);
    expect(stderr.slice(0, message.length)).toBe(message);
    expect(status).toBe(1);
  });

  test("says what to do where nothing is synthesized, and where there is no terraform", () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    expect(run(["matrix"], { out: empty }).stderr).toBe(
      `there is no ${empty}/manifest.json: run \`npm run synth\` first\n`,
    );
    mkdirSync(join(empty, "bin"));
    const env = { PATH: join(empty, "bin"), CDKTF_OUTDIR: copy() };
    const { stderr } = spawnSync(process.execPath, ["dist/stacks.js", "plan", "state-shared"], {
      env,
      encoding: "utf8",
    });
    expect(stderr).toMatch(/^terraform can't be run: spawn terraform ENOENT\n$/);
  });
});
