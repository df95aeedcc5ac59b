// Prints what plans of several stacks change, as Markdown: npm run plan-summary -- [--base REF] [STACK.json…]; without files, those of
// every stack in cdktf.out.
import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ConfigError } from "../../config/problems";
import { lockFilePath, readLockFile } from "../../config/versions/lock-file";
import { lockFileAt } from "../lock-file-from-git";
import { synthesizedStacks } from "./stack-manifest";
import { type Plan, planSummary, type ResourceChange } from "./summary";

const USAGE =
  "usage: npm run plan-summary -- [--base REF] [STACK.json…], each from `npm run stacks -- plan` or `terraform show -json`";

function planOf(file: string): Plan {
  let plan: {
    readonly resource_changes?: readonly ResourceChange[];
    readonly format_version?: string;
    readonly failed?: string;
  };
  try {
    plan = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new ConfigError(`${file} can't be read as a plan: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (plan.failed !== undefined)
    return { stack: basename(file, ".json"), changes: [], failed: plan.failed };
  if (plan.format_version === undefined)
    throw new ConfigError(`${file} isn't what \`terraform show -json\` prints of a plan`);
  return { stack: basename(file, ".json"), changes: plan.resource_changes ?? [] };
}

/** The plan of every stack that was synthesized; a stack without one couldn't be planned. */
function plansIn(outdir: string): Plan[] {
  return synthesizedStacks(resolve(outdir)).map(({ id }) => {
    const file = join(outdir, "plans", `${id}.json`);
    return existsSync(file)
      ? planOf(file)
      : { stack: id, changes: [], failed: "Error: its job ended without a plan" };
  });
}

function options() {
  try {
    return parseArgs({ options: { base: { type: "string" } }, allowPositionals: true });
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}\n${USAGE}`, { cause });
  }
}

function main(): void {
  const { values, positionals } = options();
  const plans =
    positionals.length > 0
      ? positionals.map(planOf)
      : plansIn(process.env["CDKTF_OUTDIR"] ?? "cdktf.out");
  const file = lockFilePath(process.env["FACTORY_CONFIG"] ?? "factory.yaml");
  const ledgers =
    values.base === undefined
      ? undefined
      : ([lockFileAt(values.base, file), readLockFile(file)] as const);
  console.log(planSummary(plans, ledgers));
}

try {
  main();
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
