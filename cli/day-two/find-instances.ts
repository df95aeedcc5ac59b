/** Finds instances by ID in the shared account and in app accounts. */
import { type Account, accountsOf, type Factory } from "../../config/model";
import { batchesOf } from "../../lambda/common/batches";
import { isNotEnabled } from "../credentials";
import type { Context } from "../deployed/context";
import { type FleetAccess, fleetAccess, fleetRegions, ownAccess } from "../deployed/fleet-access";
import type { Instance } from "../deployed/fleet-join";
import { type AccountMessage, readParents } from "../deployed/read-fleet";
import type { Profiles } from "../profiles";
import { withProgress } from "../progress";
import { firstLineOrThrow } from "../report";

/** Accounts that are asked at the same time. */
const CONCURRENT_ACCOUNTS = 10;

/** An instance, and where it is. */
export interface FoundInstance extends Instance {
  /** Name of its account in the factory file. */
  readonly account: string;
  readonly region: string;
  /** ARN of the golden parent of its AMI, by the ID of the AMI. Empty if it isn't known. */
  readonly parents: ReadonlyMap<string, string>;
  /** Why the parent couldn't be read. @default - it could, or the AMI isn't one of the account */
  readonly unread?: string | undefined;
}

/** The instances that were found, and what couldn't be read. */
export interface FoundInstances {
  readonly instances: readonly FoundInstance[];
  readonly problems: readonly AccountMessage[];
}

/** Looks in the shared account, and in app accounts with `fleet: true` or a profile. */
export async function findInstances(
  contexts: readonly Context[],
  ids: readonly string[],
  profiles: Profiles,
): Promise<FoundInstances> {
  const factory = contexts[0]?.factory;
  if (!factory || ids.length === 0) return { instances: [], problems: [] };
  const { shared, apps } = factory;
  const open = fleetAccess(profiles);
  const isOpen = (account: Account): boolean =>
    account === shared ||
    profiles.has(account.name) ||
    apps.some((app) => app === account && app.fleet);
  const find = (account: Account): Promise<FoundInstances> =>
    findInAccount(factory, account, ids, async () =>
      account === shared ? ownAccess() : await open(account),
    );
  const accounts = accountsOf(factory).filter(isOpen);
  const found = await withProgress("looking for instances", findInBatches(accounts, find));
  return {
    instances: found.flatMap(({ instances }) => instances),
    problems: found.flatMap(({ problems }) => problems),
  };
}

async function findInBatches(
  accounts: readonly Account[],
  find: (account: Account) => Promise<FoundInstances>,
): Promise<FoundInstances[]> {
  const found: FoundInstances[] = [];
  for (const batch of batchesOf(accounts, CONCURRENT_ACCOUNTS))
    found.push(...(await Promise.all(batch.map(find))));
  return found;
}

/** Looks in every Region of an account. A Region that fails doesn't hide the others. */
async function findInAccount(
  factory: Factory,
  account: Account,
  ids: readonly string[],
  open: () => Promise<FleetAccess>,
): Promise<FoundInstances> {
  const instances: FoundInstance[] = [];
  const problems: AccountMessage[] = [];
  try {
    const access = await open();
    for (const region of fleetRegions(factory, account))
      try {
        for await (const page of access.instances(region, ids))
          for (const instance of page)
            instances.push(await withParent(factory.shared, account, region, instance, access));
      } catch (error) {
        if (!isNotEnabled(error)) problems.push(problemOf(error, account, region));
      }
  } catch (error) {
    problems.push(problemOf(error, account));
  }
  return { instances, problems };
}

/** Returns the first line of a known error. Throws others again. */
function problemOf(error: unknown, { name }: Account, region?: string): AccountMessage {
  return { account: name, ...(region && { region }), message: firstLineOrThrow(error) };
}

/** Returns an instance, with the parent of its AMI if that is an app image. */
async function withParent(
  { id: sharedAccount }: Account,
  account: Account,
  region: string,
  instance: Instance,
  access: FleetAccess,
): Promise<FoundInstance> {
  const { ami, amiOwner } = instance;
  const found = { ...instance, account: account.name, region };
  if (amiOwner !== account.id || amiOwner === sharedAccount)
    return { ...found, parents: new Map() };
  return { ...found, ...(await readParents(account, access, [ami])) };
}
