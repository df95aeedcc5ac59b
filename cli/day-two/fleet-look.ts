/** Looks at the instances of many app accounts, and joins them with golden builds. */
import type { Account } from "../../config/model";
import { isUnknownCredentials } from "../credentials";
import { isMember, type Membership } from "../organization";
import { withProgress } from "../progress";
import { describeKnownError } from "../report";
import type { FleetAccess, OpenFleetAccount } from "./fleet-access";
import {
  type AmiGroup,
  addToGroups,
  type FleetRow,
  GoldenBuilds,
  joinFleet,
  type NewestBuild,
  newestBuilds,
} from "./fleet-join";
import type { Golden } from "./golden-builds";

/** Accounts that are looked at the same time. */
const CONCURRENT_ACCOUNTS = 10;

/** A message about an account, or one of its Regions. */
export interface AccountMessage {
  readonly account: string;
  /** @default - the whole account */
  readonly region?: string;
  readonly message: string;
}

/** Renders what couldn't be looked at, in a line. */
export function accountProblemLine({ account, region, message }: AccountMessage): string {
  return `problem: ${account}${region === undefined ? "" : ` in ${region}`}: ${message}`;
}

/** The instances of accounts. */
export interface Fleet {
  readonly rows: readonly FleetRow[];
  /** Accounts and Regions that couldn't be looked at. */
  readonly problems: readonly AccountMessage[];
  /** Instances of which it isn't known whether they run a golden build. */
  readonly notes: readonly AccountMessage[];
}

/** What is looked at, and with what it is joined. */
export interface FleetQuery {
  readonly accounts: readonly Account[];
  readonly golden: Pick<Golden, "builds" | "channels" | "lists">;
  readonly sharedAccount: string;
  readonly regionsOf: (account: Account) => readonly string[];
  readonly open: OpenFleetAccount;
  /** Returns the OUs of an account. @default - not known */
  readonly membershipOf: (account: Account) => Promise<Membership | undefined>;
  readonly now: number;
}

/** Looks at ten accounts at a time. One that can't be looked at doesn't stop the others. */
export async function lookAtFleet(query: FleetQuery): Promise<Fleet> {
  const { accounts, golden, sharedAccount, now } = query;
  const builds = new GoldenBuilds(sharedAccount, golden, now);
  const looks: AccountLook[] = [];
  const queue = accounts.entries();
  let done = 0;
  let instances = 0;
  const work = async (): Promise<void> => {
    for (const [index, account] of queue) {
      const look = new AccountLook(query, account, builds, (count) => {
        instances += count;
      });
      looks[index] = look;
      await look.run();
      done += 1;
    }
  };
  await withProgress(
    () => `looking at instances: ${done} of ${accounts.length} accounts, ${instances} instances`,
    Promise.all(Array.from({ length: CONCURRENT_ACCOUNTS }, work)),
  );
  return {
    rows: looks.flatMap(({ rows }) => rows),
    problems: looks.flatMap(({ problems }) => problems),
    notes: looks.flatMap(({ notes }) => notes),
  };
}

/** Instances of an AMI of the account itself, whose parent may be known. */
interface OwnAmi {
  readonly region: string;
  readonly group: AmiGroup;
}

/** Looks at an account. */
class AccountLook {
  readonly rows: FleetRow[] = [];
  readonly problems: AccountMessage[] = [];
  readonly notes: AccountMessage[] = [];

  constructor(
    private readonly query: FleetQuery,
    private readonly account: Account,
    private readonly builds: GoldenBuilds,
    private readonly onInstances: (count: number) => void,
  ) {}

  async run(): Promise<void> {
    try {
      const access = await this.query.open(this.account);
      const newest = await this.newestBuilds();
      const own = await this.lookAtRegions(access, newest);
      if (own.length > 0) await this.assign(access, newest, own);
    } catch (error) {
      this.report(error);
    }
  }

  private report(error: unknown, region?: string): void {
    const message = firstLineOf(error);
    this.problems.push({ account: this.account.name, ...(region && { region }), message });
  }

  /** Asks AWS Organizations only if a channel is for OUs or the organization. */
  private async newestBuilds(): Promise<NewestBuild> {
    const { golden, membershipOf } = this.query;
    const { id } = this.account;
    const needsMembership = golden.channels.some(({ audience }) =>
      audience.some((principal) => principal.startsWith("arn:")),
    );
    const membership = needsMembership ? await membershipOf(this.account) : undefined;
    return newestBuilds(
      golden.channels.map(({ audience, ...channel }) => {
        const found = audience.map((principal) => isMember(principal, id, membership));
        if (found.some((one) => one === true)) return { ...channel, isMember: true };
        const isKnown = found.every((one) => one === false);
        return { ...channel, isMember: isKnown ? false : undefined };
      }),
    );
  }

  private async lookAtRegions(access: FleetAccess, newest: NewestBuild): Promise<OwnAmi[]> {
    const own: OwnAmi[] = [];
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
      for (const group of groups.values())
        if (group.example.amiOwner === this.account.id) own.push({ region, group });
        else this.add(region, group, newest, new Map());
    }
    // Otherwise it is the credentials that aren't valid.
    if (regions.length > 0 && disabled.length === regions.length) this.report(disabled[0]);
    return own;
  }

  /** Assigns instances of app images by the parents of their builds. */
  private async assign(
    access: FleetAccess,
    newest: NewestBuild,
    own: readonly OwnAmi[],
  ): Promise<void> {
    const parents = await this.parentsOf(access, own);
    for (const { region, group } of own) this.add(region, group, newest, parents);
  }

  private async parentsOf(
    access: FleetAccess,
    own: readonly OwnAmi[],
  ): Promise<ReadonlyMap<string, string>> {
    if (!this.account.images.some(({ parent }) => parent.kind === "golden")) return new Map();
    try {
      return await access.parents(new Set(own.map(({ group }) => group.example.ami)));
    } catch (error) {
      const message = firstLineOf(error);
      const unassigned = own.filter(({ group }) => !this.builds.locate(group.example));
      if (unassigned.length === 0) return new Map();
      const count = unassigned.reduce((sum, { group }) => sum + group.ids.length, 0);
      const subject = count === 1 ? "1 instance runs an AMI" : `${count} instances run AMIs`;
      this.notes.push({
        account: this.account.name,
        message: `${subject} of the account without a watermark, and the parents of its builds can't be read: ${message}`,
      });
      return new Map();
    }
  }

  private add(
    region: string,
    group: AmiGroup,
    newest: NewestBuild,
    parents: ReadonlyMap<string, string>,
  ): void {
    const { name: account, id: accountId } = this.account;
    this.rows.push(
      ...joinFleet({ account, accountId, region }, [group], (instance) =>
        this.builds.classify(instance, newest, parents),
      ),
    );
  }
}

/** Returns whether an account hasn't enabled a Region, so that it has no instances there. */
export function isNotEnabled(error: unknown): boolean {
  return isUnknownCredentials(error) || (error as Error).name === "OptInRequired";
}

/** Throws an error that is a defect. */
function firstLineOf(error: unknown): string {
  const message = describeKnownError(error);
  if (message === undefined) throw error;
  return message.split("\n")[0] ?? "";
}
