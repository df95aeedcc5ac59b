/** Runs checks side by side. */
import type { Account, Factory } from "../../config/model";
import { isUnknownCredentials } from "../credentials";
import { describeKnownError } from "../report";
import { type Check, type Finding, RESULTS, type Result, type Target } from "./check";
import type { Action } from "./operations";

/** Checks that run at the same time. */
const CONCURRENCY = 16;

/** Names of errors about missing permissions. EC2, S3 and IAM answer with the status 403 too. */
const DENIED =
  /^(AccessDenied|AccessDeniedException|AuthorizationError|AuthorizationErrorException|UnauthorizedOperation|Forbidden)$/;

/** A check and what it looks at. */
export interface Job {
  readonly check: Check;
  readonly target: Target<Action>;
  /** @default - the check is about the organization */
  readonly account?: Account;
  /** @default - the check is about the whole account or the organization */
  readonly region?: string;
}

/** The outcome of a check. */
export interface CheckResult {
  readonly id: string;
  readonly title: string;
  /** Name of the account. @default - the check is about the organization */
  readonly account?: string;
  readonly region?: string;
  /** The most important of the findings. */
  readonly result: Result;
  readonly findings: readonly Finding[];
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
  const findings = await run(target).catch((error: unknown) => [findingOf(error)]);
  const found = findings.map(({ result }) => result);
  return {
    id,
    title,
    ...(account && { account: account.name }),
    ...(region && { region }),
    result: RESULTS.find((result) => found.includes(result)) ?? "ok",
    findings,
  };
}

/** Throws an error that is a defect. */
function findingOf(error: unknown): Finding {
  const message = describeKnownError(error);
  if (message === undefined) throw error;
  const [line = ""] = message.split("\n");
  if (isUnknownCredentials(error) || (error as Error).name === "OptInRequired")
    return {
      result: "not-applicable",
      message: `the Region doesn't accept the credentials: ${line}`,
    };
  if (isDenied(error as Error)) return { result: "not-allowed", message: line };
  return { result: "failed", message: line, fix: "run the command again; AWS may be unavailable" };
}

function isDenied(
  error: Error & { readonly $metadata?: { readonly httpStatusCode?: number } },
): boolean {
  return DENIED.test(error.name) || error.$metadata?.httpStatusCode === 403;
}
