import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError } from "../../config/problems";
import { readLockFile } from "../../config/versions/lock-file";
import type { CommandResult } from "../command";
import { factoryFile, outputFolder } from "../environment";
import { factoryCommand } from "../factory-command";
import { lockFileAt } from "../lock-file-from-git";
import { assertCurrent } from "../synthesis-inputs";
import { isGitHubJob } from "./credentials";
import { kindOf, type Plan, readPlan } from "./plan";
import { planFileOf } from "./saved-plan";
import { synthesizedStacks } from "./stack-manifest";
import { planSummary } from "./summary";

interface Options {
  readonly config?: string | undefined;
  /** Git commit to compare the version lock file with. @default - versions aren't listed */
  readonly base?: string | undefined;
  /** Plan files, each named after its stack. If empty, the plans of all synthesized stacks. */
  readonly files: readonly string[];
}

/** Summarizes the plans of several stacks as Markdown. */
export function summarizePlans({ config, base, files }: Options): CommandResult {
  const plans = files.length > 0 ? files.map(readPlan) : plansIn(outputFolder(), config);
  const path = factoryFile(config);
  const text =
    base === undefined
      ? planSummary(plans)
      : planSummary(plans, [lockFileAt(base, path), readLockFile(path)]);
  return { text, data: { stacks: plans.map(planAsJson), markdown: text } };
}

function planAsJson({ stack, failed, changes }: Plan) {
  return {
    stack,
    failed,
    changes: changes.flatMap((change) => {
      const kind = kindOf(change);
      return kind === undefined ? [] : [{ address: change.address, change: kind }];
    }),
  };
}

/** Reads the plan of every synthesized stack. A stack without a plan couldn't be planned. */
function plansIn(outdir: string, config: string | undefined): Plan[] {
  const stacks = synthesizedStacks(resolve(outdir));
  assertCurrent(outdir, config);
  // In GitHub Actions, the summary reports jobs that ended without a plan.
  if (!isGitHubJob() && !stacks.some((stack) => existsSync(planFileOf(stack, outdir))))
    throw new ConfigError(`there are no plans: run \`${factoryCommand("plan")}\` first`);
  return stacks.map(({ id }) => {
    const file = planFileOf({ id }, outdir);
    if (existsSync(file)) return readPlan(file);
    return { stack: id, changes: [], failed: "Error: the job ended without a plan" };
  });
}
