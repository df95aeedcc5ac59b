// What a workflow does with the stacks in cdktf.out: `matrix` says which there are, `plan STACK…` plans some of them, `changes` whether
// anything is to be deployed, and `apply` does what was planned, in order. In GitHub Actions each with its account's own role; elsewhere with the caller's credentials.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { roleArn } from "../../config/aws/arns";
import { DEPLOY_ROLE_NAME, PLAN_ROLE_NAME } from "../../config/names";
import { ConfigError } from "../../config/problems";
import { table } from "../table";
import { matrixOf, type Stack, synthesizedStacks } from "./stack-manifest";

const USAGE = "usage: npm run stacks -- matrix | plan STACK… | changes | apply";

const OUTDIR = process.env["CDKTF_OUTDIR"] ?? "cdktf.out";

/** Where the plans are, as `terraform show -json` prints them: what `npm run plan-summary` reads. */
const PLANS = join(OUTDIR, "plans");

function planFile({ id }: Stack): string {
  return join(PLANS, `${id}.json`);
}

/** GitHub's token for this job; it lives for five minutes. https://docs.github.com/en/actions/reference/security/oidc */
async function token(): Promise<string | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env;
  if (url === undefined) {
    // Outside GitHub the caller has credentials of its own; a runner's own are nobody's to deploy with.
    if (process.env["GITHUB_ACTIONS"] === "true")
      throw new ConfigError("GitHub gives this job no token: it needs `id-token: write`");
    return undefined;
  }
  const answer = await fetch(`${url}&audience=sts.amazonaws.com`, {
    headers: { Authorization: `bearer ${bearer}` },
  });
  if (!answer.ok) throw new Error(`GitHub gives no token: ${answer.status}`);
  return ((await answer.json()) as { readonly value: string }).value;
}

/** Not synchronous: a connection that GitHub closes meanwhile has to be noticed before the next token is fetched. */
function run(
  folder: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  isKept: boolean,
): Promise<string> {
  return new Promise((done, failed) => {
    const terraform = spawn("terraform", args, {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    terraform.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      if (!isKept) process.stdout.write(chunk);
    });
    terraform.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    // Terraform gives back the state's lock before it ends.
    const hand = (signal: NodeJS.Signals): void => void terraform.kill(signal);
    const signals = ["SIGINT", "SIGTERM"] as const;
    for (const signal of signals) process.on(signal, hand);
    terraform.on("error", (cause) =>
      failed(new ConfigError(`terraform can't be run: ${cause.message}`, { cause })),
    );
    terraform.on("close", (status) => {
      for (const signal of signals) process.off(signal, hand);
      if (status === 0) done(stdout);
      else failed(new Error(stderr.trim()));
    });
  });
}

/** Runs terraform in a stack's folder, as `role` of its account; answers with what it prints where `isKept`, else shows it. */
async function terraform(
  stack: Stack,
  role: string,
  args: readonly string[],
  isKept = false,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "token-"));
  try {
    const given = await token();
    const env: NodeJS.ProcessEnv = { ...process.env, TF_IN_AUTOMATION: "1" };
    if (given !== undefined) {
      const file = join(folder, "token");
      writeFileSync(file, given, { mode: 0o600 });
      env["AWS_ROLE_ARN"] = roleArn(stack, role);
      env["AWS_WEB_IDENTITY_TOKEN_FILE"] = file;
      env["AWS_ROLE_SESSION_NAME"] = stack.id.slice(0, 64);
    }
    return await run(stack.folder, env, args, isKept);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What failed, as a workflow's log shows it. */
function complain({ id }: Stack, error: unknown): void {
  console.error(`${id} failed:\n${(error as Error).message}\n`);
}

async function plan(stacks: readonly Stack[]): Promise<number> {
  mkdirSync(PLANS, { recursive: true });
  let failed = 0;
  for (const stack of stacks) {
    console.log(`\n${stack.id}`);
    // An older plan is nobody's to apply.
    for (const file of [join(stack.folder, "tfplan"), planFile(stack)])
      rmSync(file, { force: true });
    try {
      await terraform(stack, PLAN_ROLE_NAME, ["init", "-input=false", "-no-color"], true);
      await terraform(stack, PLAN_ROLE_NAME, [
        "plan",
        "-input=false",
        "-no-color",
        "-lock-timeout=5m",
        "-out=tfplan",
      ]);
      writeFileSync(
        planFile(stack),
        await terraform(stack, PLAN_ROLE_NAME, ["show", "-json", "tfplan"], true),
      );
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      complain(stack, error);
      writeFileSync(planFile(stack), JSON.stringify({ failed: (error as Error).message }));
      failed += 1;
    }
  }
  return failed === 0 ? 0 : 1;
}

type Planned = "changes" | "nothing" | "failed" | "never";

/** What a stack's plan came to. */
function planned(stack: Stack): Planned {
  // A workflow plans every stack, so that what has no plan there lost it.
  if (!existsSync(planFile(stack)))
    return process.env["GITHUB_ACTIONS"] === "true" ? "failed" : "never";
  const { applyable = true, failed } = JSON.parse(readFileSync(planFile(stack), "utf8")) as {
    readonly applyable?: boolean;
    readonly failed?: string;
  };
  if (failed !== undefined || !existsSync(join(stack.folder, "tfplan"))) return "failed";
  return applyable ? "changes" : "nothing";
}

/** Goes on after a stack that fails with those that don't need it, and says in the end what became of each. */
async function apply(stacks: readonly Stack[]): Promise<number> {
  const became = new Map<string, string>();
  const lost = (id: string): boolean => /^(failed|left out)/.test(became.get(id) ?? "");
  for (const stack of stacks) {
    const missing = stack.dependencies.find(lost);
    const plan = planned(stack);
    if (plan === "nothing") became.set(stack.id, "nothing to do");
    else if (plan === "never") became.set(stack.id, "not planned");
    else if (plan === "failed") became.set(stack.id, "left out, because it couldn't be planned");
    else if (stack.isStateStack)
      became.set(stack.id, "left to people: it makes the roles that deploy");
    else if (missing !== undefined)
      became.set(stack.id, `left out, because ${missing} isn't deployed`);
    else {
      console.log(`\n${stack.id}`);
      try {
        // The backend is the plan's own, and so are the providers' versions.
        const init = ["init", "-input=false", "-no-color", "-backend=false", "-lockfile=readonly"];
        await terraform(stack, DEPLOY_ROLE_NAME, init, true);
        await terraform(stack, DEPLOY_ROLE_NAME, [
          "apply",
          "-input=false",
          "-no-color",
          "-lock-timeout=5m",
          "tfplan",
        ]);
        became.set(stack.id, "deployed");
      } catch (error) {
        if (error instanceof ConfigError) throw error;
        complain(stack, error);
        became.set(stack.id, "failed; what it did is in its state, so plan and deploy again");
      }
    }
  }
  console.log(`\n${table([...became])}`);
  return [...became.keys()].some(lost) ? 1 : 0;
}

async function main(): Promise<number> {
  const [command, ...names] = process.argv.slice(2);
  const stacks = synthesizedStacks(resolve(OUTDIR));
  const unknown = names.filter((name) => !stacks.some(({ id }) => id === name));
  if (unknown.length > 0)
    throw new ConfigError(
      `there is no stack ${unknown.join(", ")}: there are ${stacks.map(({ id }) => id).join(", ")}`,
    );
  if (command === "matrix" && names.length === 0) console.log(JSON.stringify(matrixOf(stacks)));
  else if (command === "plan" && names.length > 0)
    return plan(stacks.filter(({ id }) => names.includes(id)));
  else if (command === "changes" && names.length === 0)
    console.log(stacks.some((stack) => !stack.isStateStack && planned(stack) === "changes"));
  else if (command === "apply" && names.length === 0) return apply(stacks);
  else throw new ConfigError(USAGE);
  return 0;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exitCode = 1;
  },
);
