/** Runs checks side by side. */
import type { Account, Factory } from "../../config/model";
import type { Action } from "../aws-operations";
import { type Check, type Observation, RESULTS, type Result, type Target } from "./check";
import { observationOf } from "./find-each";

/** Checks that run at the same time. */
const CONCURRENCY = 16;

export interface Job {
  readonly check: Check;
  readonly target: Target<Action>;
  /** @default - the check is about the organization */
  readonly account?: Account;
  /** @default - the check is about the whole account or the organization */
  readonly region?: string;
}

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  /** Name of the account. @default - the check is about the organization */
  readonly account?: string;
  readonly region?: string;
  /** The most important of the observations. */
  readonly result: Result;
  readonly observations: readonly Observation[];
}

/** Whether a check applies to an account. */
export function isFor({ accounts = "all" }: Check, account: Account, { shared }: Factory): boolean {
  return accounts === "all" || (accounts === "shared") === (account === shared);
}

/**
 * Runs jobs, and returns their results in the order of the jobs.
 *
 * @param onResult called after each job
 */
export async function runChecks(
  jobs: readonly Job[],
  onResult: () => void,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const queue = jobs.entries();
  const work = async (): Promise<void> => {
    for (const [index, job] of queue) {
      results[index] = await runCheck(job);
      onResult();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return results;
}

async function runCheck({
  check: { id, title, run },
  target,
  account,
  region,
}: Job): Promise<CheckResult> {
  const observations = await run(target).catch((error: unknown) => [observationOf(error)]);
  const found = observations.map(({ result }) => result);
  return {
    id,
    title,
    ...(account && { account: account.name }),
    ...(region && { region }),
    result: RESULTS.find((result) => found.includes(result)) ?? "ok",
    observations,
  };
}
