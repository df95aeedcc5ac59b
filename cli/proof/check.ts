/** The form of a check. */
import { type Account, type Buildable, buildablesOf, type Factory } from "../../config/model";
import type { AccountRegion } from "../../contract/account-region";
import type { Action } from "../aws-operations";
import type { Reader, RegionReader } from "../aws-reader";

/** Results of a check, the most important first. */
export const RESULTS = ["failed", "warning", "not-allowed", "ok", "not-applicable"] as const;

export type Result = (typeof RESULTS)[number];

/** A statement about what a check looked at. */
export interface Observation {
  readonly result: Result;
  /** Lower case, without a full stop. */
  readonly message: string;
  /** Instruction in words. @default - nothing, or to run the command */
  readonly fix?: string;
  /** Command that fixes it, or shows more. @default - there is none */
  readonly command?: string;
}

/** Fix of an observation: words, or a command and its purpose. */
type Fix = string | { readonly run: string; readonly why?: string };

/**
 * Where a check runs: once with the credentials of the caller, or in accounts, or in each Region of
 * accounts.
 */
export type Scope = "organization" | "account" | "region";

/** The accounts that a check runs in. */
export type Accounts = "all" | "shared" | "app";

/** Target of a check: an account and Region, and how to read them. */
export interface Target<A extends Action> extends RegionReader<A> {
  readonly factory: Factory;
  readonly account: Account;
  readonly isShared: boolean;
  readonly at: AccountRegion;
  /** A Region that is enabled in the account. Others don't answer. */
  readonly enabledRegion: string;
  /** The images and containers that the account builds in the Region. */
  readonly buildables: readonly Buildable[];
}

interface Definition<A extends Action> {
  /** Appears in the output. */
  readonly id: string;
  /** Description of the state in which the check is ok. A sentence without a full stop. */
  readonly title: string;
  readonly scope: Scope;
  /** @default "all" */
  readonly accounts?: Accounts;
  /** Whether it also runs in Regions that only get copies of AMIs. @default false */
  readonly inCopyRegions?: boolean;
  /** The only operations that `run` can call, by the IAM actions that they need. */
  readonly calls: readonly A[];
  /** Returns the observations. None means that everything is as it should be. */
  readonly run: (target: Target<A>) => Promise<readonly Observation[]>;
}

export type Check = Definition<Action>;

/** Creates a check. Its function can only call the operations that it declares. */
export function check<const A extends Action>(definition: Definition<A>): Check {
  return definition as unknown as Check;
}

/**
 * Creates the target of checks of an account in a Region.
 *
 * @param enabledRegion a Region that is enabled in the account. @default - `region`
 */
export function targetOf(
  factory: Factory,
  account: Account,
  region: string,
  reader: Reader,
  enabledRegion = region,
): Target<Action> {
  return {
    factory,
    account,
    isShared: account === factory.shared,
    at: { accountId: account.id, region },
    enabledRegion,
    buildables: buildablesOf(account).filter(({ regions }) => regions.includes(region)),
    ...reader.in(region),
  };
}

function observation(result: Result, message: string, fix: Fix): Observation {
  if (typeof fix === "string") return { result, message, fix };
  return { result, message, ...(fix.why && { fix: fix.why }), command: fix.run };
}

export function failed(message: string, fix: Fix): Observation {
  return observation("failed", message, fix);
}

export function warning(message: string, fix: Fix): Observation {
  return observation("warning", message, fix);
}

export function notApplicable(message: string): Observation {
  return { result: "not-applicable", message };
}

/** Returns a value, or `undefined` if AWS answers that the thing doesn't exist. */
export async function ifExists<T>(
  value: Promise<T>,
  ...errors: readonly string[]
): Promise<T | undefined> {
  try {
    return await value;
  } catch (error) {
    if (errors.includes((error as Error).name)) return undefined;
    throw error;
  }
}
