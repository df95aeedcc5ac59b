/** Looks at the instances of many app accounts, and joins them with golden builds. */
import type { Account } from "../../config/model";
import { isNotEnabled } from "../credentials";
import { isMember, type Membership, type Organization } from "../organization";
import { withProgress } from "../progress";
import { firstLineOrThrow } from "../report";
import type { FleetAccess, OpenFleetAccount } from "./fleet-access";
import {
  type AmiGroup,
  addToGroups,
  type BuildListKey,
  type FleetRow,
  type FleetTarget,
  GoldenBuilds,
  joinFleet,
  UNKNOWN,
} from "./fleet-join";
import { type GoldenImages, mergeGolden } from "./golden-builds";
import { type GrantedBuilds, grantedBuilds } from "./granted-builds";
import type { RegionMessage } from "./regions";
import type { UnlistedBuilds } from "./unlisted-builds";

/** Accounts that are looked at the same time. */
const CONCURRENT_ACCOUNTS = 10;

/** Stands in messages that are about every account. */
export const ALL_ACCOUNTS = "all accounts";

/** A message about an account, or one of its Regions. */
export interface AccountMessage {
  /** Name in the factory file, or {@link ALL_ACCOUNTS}. */
  readonly account: string;
  /** @default - the whole account */
  readonly region?: string;
  readonly message: string;
}

/** Renders what couldn't be looked at, in a line. */
export function accountProblemLine({ account, region, message }: AccountMessage): string {
  return `problem: ${account}${region === undefined ? "" : ` in ${region}`}: ${message}`;
}

export interface Fleet {
  readonly rows: readonly FleetRow[];
  /** Accounts and Regions that couldn't be looked at. */
  readonly problems: readonly AccountMessage[];
  /** Images, Regions and AMIs of the shared account that couldn't be read. */
  readonly unread: readonly RegionMessage[];
  /** Facts that aren't known although nothing failed, such as what instances of app images run. */
  readonly notes: readonly AccountMessage[];
}

/** Accounts to read, and the golden builds with which their instances are joined. */
export interface FleetQuery {
  readonly accounts: readonly Account[];
  readonly golden: GoldenImages;
  readonly sharedAccount: string;
  readonly regionsOf: (account: Account) => readonly string[];
  readonly open: OpenFleetAccount;
  readonly organization: Pick<Organization, "membershipOf" | "problem">;
  readonly now: number;
  /** Reads builds that `golden` lacks. @default - these don't matter */
  readonly unlisted?: UnlistedBuilds | undefined;
}

/** Looks at ten accounts at a time. One that can't be looked at doesn't stop the others. */
export async function readFleet(query: FleetQuery): Promise<Fleet> {
  const { accounts, golden, sharedAccount, now } = query;
  const builds = new GoldenBuilds(sharedAccount, golden, now);
  const readers: AccountFleetReader[] = [];
  const queue = accounts.entries();
  let done = 0;
  let instances = 0;
  const work = async (): Promise<void> => {
    for (const [index, account] of queue) {
      const reader = new AccountFleetReader(query, account, builds, (count) => {
        instances += count;
      });
      readers[index] = reader;
      await reader.run();
      done += 1;
    }
  };
  await withProgress(
    () => `looking at instances: ${done} of ${accounts.length} accounts, ${instances} instances`,
    Promise.all(Array.from({ length: CONCURRENT_ACCOUNTS }, work)),
  );
  const seen = readers.flatMap((reader) => reader.seen);
  const complete = await withProgress("reading more builds", readUnlisted(query, builds, seen));
  const all = new GoldenBuilds(sharedAccount, complete.golden, now);
  const rows = readers.flatMap((reader) => reader.rows(all, complete));
  return {
    rows,
    unread: complete.problems,
    problems: [...readers.flatMap(({ problems }) => problems), ...unlistedProblems(rows)],
    notes: [...readers.flatMap(({ notes }) => notes), ...organizationNotes(query)],
  };
}

function organizationNotes({ organization: { problem } }: FleetQuery): AccountMessage[] {
  if (problem === undefined) return [];
  const consequence =
    "newer builds are looked for only in channels that name the account, or else in those for OUs and the organization";
  return [
    {
      account: ALL_ACCOUNTS,
      message: `AWS Organizations doesn't answer in which OUs they are (${problem}): ${consequence}`,
    },
  ];
}

/** All golden builds that instances run, as far as they could be read. */
interface Complete {
  readonly golden: GoldenImages;
  /** ARNs of the builds of AMIs of the shared account, by the ID of the AMI. */
  readonly origins: ReadonlyMap<string, string>;
  readonly problems: readonly RegionMessage[];
}

/**
 * Reads the builds that instances run and that aren't listed: their images left the factory file.
 */
async function readUnlisted(
  { golden, sharedAccount, unlisted }: FleetQuery,
  builds: GoldenBuilds,
  seen: readonly Seen[],
): Promise<Complete> {
  if (!unlisted) return { golden, origins: new Map(), problems: [] };
  const amis = new Map<string, Set<string>>();
  for (const { target, group } of seen) {
    const { ami, amiOwner } = group.example;
    if (amiOwner !== sharedAccount || builds.hasAmi(ami)) continue;
    amis.set(target.region, (amis.get(target.region) ?? new Set()).add(ami));
  }
  const origins = await unlisted.origins(amis);
  const keys: BuildListKey[] = seen.flatMap(({ group, parents }) =>
    builds.unlisted(group.example, merge(parents, origins.value)),
  );
  const read = await unlisted.read(keys);
  return {
    golden: mergeGolden([golden, read.value]),
    origins: origins.value,
    problems: [...origins.problems, ...read.problems],
  };
}

function merge(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  if (one.size === 0) return other;
  return other.size === 0 ? one : new Map([...one, ...other]);
}

/** Reports instances whose builds weren't found because the factory file lacks their images. */
function unlistedProblems(rows: readonly FleetRow[]): AccountMessage[] {
  return rows.flatMap(({ account, region, running, unknown, instances }) => {
    if (!running || unknown !== UNKNOWN.image) return [];
    const { image, build } = running;
    const subject =
      instances.length === 1 ? "1 instance runs" : `${instances.length} instances run`;
    return {
      account,
      region,
      message: `${subject} ${image} ${build}, which wasn't found: factory.yaml doesn't contain the image ${image}`,
    };
  });
}

/** Instances of an AMI in a Region of an account. */
interface Seen {
  readonly target: FleetTarget;
  readonly group: AmiGroup;
  /** ARNs of the golden parents of AMIs, by the ID of the AMI. */
  readonly parents: ReadonlyMap<string, string>;
}

class AccountFleetReader {
  readonly seen: Seen[] = [];
  readonly problems: AccountMessage[] = [];
  readonly notes: AccountMessage[] = [];
  private membership: Membership | undefined;

  constructor(
    private readonly query: FleetQuery,
    private readonly account: Account,
    private readonly builds: GoldenBuilds,
    private readonly onInstances: (count: number) => void,
  ) {}

  async run(): Promise<void> {
    try {
      const access = await this.query.open(this.account);
      const own = await this.lookAtRegions(access);
      this.membership = await this.readMembership();
      if (own.length === 0) return;
      const parents = await this.parentsOf(access, own);
      for (const one of own) this.seen.push({ ...one, parents });
    } catch (error) {
      this.report(error);
    }
  }

  /** Returns the instances with the golden builds that they run. */
  rows(builds: GoldenBuilds, { golden, origins }: Complete): FleetRow[] {
    const granted = this.grantedBuilds(golden);
    return this.seen.flatMap(({ target, group, parents }) => {
      const known = merge(parents, origins);
      return joinFleet(target, [group], (instance) => builds.classify(instance, granted, known));
    });
  }

  private report(error: unknown, region?: string): void {
    const message = firstLineOrThrow(error);
    this.problems.push({ account: this.account.name, ...(region && { region }), message });
  }

  /** Asks AWS Organizations only if a channel is for OUs or the organization. */
  private async readMembership(): Promise<Membership | undefined> {
    const { golden, organization } = this.query;
    const isNeeded = golden.channels.some(({ audience }) =>
      audience.some((principal) => principal.startsWith("arn:")),
    );
    return isNeeded ? organization.membershipOf(this.account.id) : undefined;
  }

  private grantedBuilds({ channels }: GoldenImages): GrantedBuilds {
    return grantedBuilds(
      channels.map(({ audience, ...channel }) => {
        const found = audience.map((one) => isMember(one, this.account.id, this.membership));
        if (found.some((one) => one === true)) return { ...channel, isMember: true };
        const isKnown = found.every((one) => one === false);
        return { ...channel, isMember: isKnown ? false : undefined };
      }),
    );
  }

  private async lookAtRegions(access: FleetAccess): Promise<Omit<Seen, "parents">[]> {
    const { name: account, id: accountId } = this.account;
    const own: Omit<Seen, "parents">[] = [];
    const regions = this.query.regionsOf(this.account);
    const disabled: unknown[] = [];
    for (const region of regions) {
      const groups = new Map<string, AmiGroup>();
      try {
        for await (const instances of access.instances(region)) {
          addToGroups(groups, instances);
          this.onInstances(instances.length);
        }
      } catch (error) {
        // A Region that the account hasn't enabled has no instances.
        if (isNotEnabled(error)) disabled.push(error);
        else this.report(error, region);
      }
      // Only AMIs of the account itself can be app images.
      for (const group of groups.values()) {
        const target = { account, accountId, region };
        if (group.example.amiOwner === accountId) own.push({ target, group });
        else this.seen.push({ target, group, parents: new Map() });
      }
    }
    // Otherwise it is the credentials that aren't valid.
    if (regions.length > 0 && disabled.length === regions.length) this.report(disabled[0]);
    return own;
  }

  private async parentsOf(
    access: FleetAccess,
    own: readonly Omit<Seen, "parents">[],
  ): Promise<ReadonlyMap<string, string>> {
    const amis = own.map(({ group }) => group.example.ami);
    const { parents, unread } = await readParents(this.account, access, amis);
    const unassigned = own.filter(({ group }) => !this.builds.locate(group.example));
    if (unread === undefined || unassigned.length === 0) return parents;
    const count = unassigned.reduce((sum, { group }) => sum + group.ids.length, 0);
    const subject = count === 1 ? "1 instance runs an AMI" : `${count} instances run AMIs`;
    this.notes.push({
      account: this.account.name,
      message: `${subject} of the account without a watermark, and ${unread}`,
    });
    return parents;
  }
}

/**
 * Reads the golden parents of AMIs of an account, by the ID of the AMI, or why they can't be read.
 */
export async function readParents(
  account: Account,
  access: FleetAccess,
  amis: readonly string[],
): Promise<{ readonly parents: ReadonlyMap<string, string>; readonly unread?: string }> {
  if (!account.images.some(({ parent }) => parent.kind === "golden")) return { parents: new Map() };
  try {
    return { parents: await access.parents(new Set(amis)) };
  } catch (error) {
    const unread = `the parents of its builds can't be read: ${firstLineOrThrow(error)}`;
    return { parents: new Map(), unread };
  }
}
