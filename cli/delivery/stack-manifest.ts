/** The synthesized stacks: their accounts and Regions, and the order in which to deploy them. */
import { join } from "node:path";
import { appStackId, SHARED_ACCOUNT, sharedStackId, stateStackId } from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import { readSynthesizedJson } from "../synthesized-json";

export interface Stack extends AccountRegion {
  readonly id: string;
  /** Name of the account in the factory file; `shared` is the shared account. */
  readonly account: string;
  /** Folder with the stack's Terraform configuration. */
  readonly folder: string;
  /** Ids of the stacks that must be deployed before this one. */
  readonly dependencies: readonly string[];
  /** Whether the stack creates the deploy roles. People deploy such a stack. */
  readonly isStateStack: boolean;
}

/** CDKTF's manifest.json. */
interface Manifest {
  readonly stacks: Readonly<
    Record<string, { readonly workingDirectory: string; readonly dependencies: readonly string[] }>
  >;
}

/**
 * Reads the stacks in `outdir`, in an order in which they can be deployed.
 *
 * Throws a `ConfigError` if nothing has been synthesized there.
 */
export function synthesizedStacks(outdir: string): Stack[] {
  const { stacks: entries }: Manifest = readSynthesizedJson(join(outdir, "manifest.json"));
  const stacks = Object.entries(entries).map(([id, { workingDirectory, dependencies }]): Stack => {
    const folder = join(outdir, workingDirectory);
    const [{ region, allowed_account_ids: [accountId] = [] }] = readSynthesizedJson(
      join(folder, "cdk.tf.json"),
    ).provider.aws;
    const account = accountOf(id, region);
    const isStateStack = id === stateStackId(account);
    const needed = isStateStack ? [] : [sharedStackId(region), stateStackId(account)];
    const existing = needed.filter((other) => other !== id && other in entries);
    return {
      id,
      account,
      accountId,
      region,
      folder,
      dependencies: [...new Set([...dependencies, ...existing])],
      isStateStack,
    };
  });
  const depth = depthIn(stacks);
  return stacks.sort(
    (one, other) =>
      Number(other.isStateStack) - Number(one.isStateStack) ||
      Number(isShared(other)) - Number(isShared(one)) ||
      depth(one) - depth(other) ||
      (one.id < other.id ? -1 : 1),
  );
}

/**
 * Returns a function that counts how many stacks must be deployed one after the other before a
 * stack.
 */
function depthIn(stacks: readonly Stack[]) {
  const depth = ({ dependencies }: Stack): number =>
    1 +
    Math.max(-1, ...stacks.filter(({ id }) => dependencies.includes(id)).map((one) => depth(one)));
  return depth;
}

/** Returns the name of a stack's account. */
function accountOf(id: string, region: string): string {
  if (id.startsWith(stateStackId(""))) return id.slice(stateStackId("").length);
  return isShared({ id }) ? SHARED_ACCOUNT : id.slice(0, -appStackId("", region).length);
}

/**
 * Stacks of the shared account are deployed before those of app accounts, which build on its
 * images.
 */
function isShared({ id }: Pick<Stack, "id">): boolean {
  return id.startsWith(sharedStackId(""));
}

/** Maximum number of jobs in a matrix. https://docs.github.com/en/actions/reference/limits */
const MAX_JOBS = 256;

/** A job of a GitHub Actions matrix, with the IDs of its stacks, separated by spaces. */
interface MatrixJob {
  readonly name: string;
  readonly stacks: string;
}

/**
 * Returns a matrix of jobs for GitHub Actions: one per stack, or more stacks per job if there are
 * too many.
 */
export function matrixOf(
  stacks: readonly Stack[],
  maxJobs = MAX_JOBS,
): { readonly include: readonly MatrixJob[] } {
  const size = Math.ceil(stacks.length / maxJobs);
  const include: MatrixJob[] = [];
  for (let start = 0; start < stacks.length; start += size) {
    const [first = "", ...more] = stacks.slice(start, start + size).map(({ id }) => id);
    include.push({
      name: more.length > 0 ? `${first} and ${more.length} more` : first,
      stacks: [first, ...more].join(" "),
    });
  }
  return { include };
}
