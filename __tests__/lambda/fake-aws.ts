import type { Build } from "../../lambda/share-updater/build";
import type { Association, Policy } from "../../lambda/share-updater/decide";
import { type Aws, type Principal, type Share, ShareBusyError, UnshareRefusedError } from "../../lambda/share-updater/ports";

export const IMAGE = "base";
const PREFIX = `arn:aws:imagebuilder:eu-west-1:111111111111:image/${IMAGE}`;

export const arnOf = (version: string, build: number): string => `${PREFIX}/${version}/${build}`;

// What the updater is judged by is written here a second time, so that a mistake in the updater's own isn't its own judge.

const REVOKED = "golden-image:revoked";
const approvedFor = (channel: string): string => `golden-image:approved-${channel}`;

/** A number that is higher for a newer build. */
const rank = (arn: string): bigint =>
  (arn.split(":image/")[1] ?? "")
    .split(/[/.]/)
    .slice(1)
    .reduce((sum, part) => (sum << 30n) + BigInt(part), 0n);

const newestFirst = (one: string, other: string): number => (rank(one) > rank(other) ? -1 : rank(one) < rank(other) ? 1 : 0);

const isEligible = ({ status, tags, createdAt }: Build, policy: Policy, now: number): boolean => {
  if (status !== "AVAILABLE" || tags[REVOKED] !== undefined) return false;
  if (policy.approvalRequired && tags[approvedFor(policy.channel)] === undefined) return false;
  return now - createdAt >= policy.bakeHours * 3_600_000;
};

interface Moving extends Association {
  /** When it is settled, and as what; `undefined` is gone. */
  readonly until: number;
  readonly becomes: string | undefined;
}

interface FakeShare extends Share {
  status: string;
  principals: readonly Principal[];
  readonly associations: Map<string, Moving>;
}

/** A run of the function was cut off between two calls. */
export class Crash extends Error {}

/** Small numbers that look random and come from a seed. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** How the services behave while the updater runs. */
export interface Weather {
  /** Chance that a call fails with a fault that passes. */
  readonly faults: number;
  /** Chance that an association ends FAILED. */
  readonly failures: number;
  /** Chance that taking a build out is refused. */
  readonly refusals: number;
  /** Chance that a write is done and its answer lost. */
  readonly lost?: number;
  /** After how many calls the run is cut off. */
  readonly crashAfter?: number | undefined;
}

export const FAIR: Weather = { faults: 0, failures: 0, refusals: 0 };

/**
 * Image Builder, RAM and EC2 as far as the updater uses them, with time of its own. Every write of the updater is judged when it
 * comes: what it may never do is thrown as `broken`.
 */
export class FakeAws {
  time = Date.UTC(2026, 0, 1);
  weather: Weather = FAIR;
  readonly builds = new Map<string, Build & { readonly listedAt: number }>();
  readonly shares: FakeShare[];
  readonly permissions = new Map<string, Set<Principal>>();
  readonly broken: string[] = [];
  writes = 0;
  calls = 0;
  /** Runs whenever the updater waits. */
  meanwhile: () => void = () => undefined;
  /** Runs before every call; two runs take turns by it. */
  gate: () => Promise<void> = async () => undefined;

  constructor(
    policies: readonly (Policy & { readonly principals: readonly Principal[] })[],
    private readonly random: () => number,
    /** What the image's builds come to. */
    private readonly makes: "ami" | "container" = "ami",
  ) {
    this.shares = policies.map(({ principals, ...policy }) => ({
      arn: `share-${policy.channel}`,
      status: "ACTIVE",
      createdAt: this.time,
      image: IMAGE,
      policy,
      principals,
      associations: new Map(),
    }));
  }

  // What happens in the world

  bake(version: string, status: string, lag: number): string {
    const number = [...this.builds.keys()].filter((arn) => arn.startsWith(`${PREFIX}/${version}/`)).length + 1;
    const arn = arnOf(version, number);
    const ami = { region: "eu-west-1", id: `ami-${version}-${number}` };
    const output =
      this.makes === "ami" ? { amis: [ami], containers: [] } : { amis: [], containers: [`ecr/${IMAGE}:${version}-${number}`] };
    this.builds.set(arn, { arn, status, createdAt: this.time, tags: {}, ...output, listedAt: this.time + lag });
    if (this.makes === "ami") this.permissions.set(ami.id, new Set());
    return arn;
  }

  tag(arn: string, key: string, isSet: boolean): void {
    const build = this.builds.get(arn);
    if (!build) return;
    const { [key]: _old, ...tags } = build.tags;
    this.builds.set(arn, { ...build, tags: isSet ? { ...tags, [key]: "because" } : tags });
  }

  approve = (arn: string, channel: string, isSet: boolean): void => this.tag(arn, approvedFor(channel), isSet);
  revoke = (arn: string): void => this.tag(arn, REVOKED, true);

  edit(channel: number, arn: string, isIn: boolean): void {
    const share = this.shares[channel % this.shares.length];
    if (isIn) share?.associations.set(arn, { arn, status: "ASSOCIATED", until: 0, becomes: "ASSOCIATED" });
    else share?.associations.delete(arn);
  }

  // What can be asked of it

  private settle(): void {
    for (const { associations } of this.shares) {
      for (const [arn, { until, becomes }] of associations) {
        if (until > this.time) continue;
        if (becomes === undefined) associations.delete(arn);
        else associations.set(arn, { arn, status: becomes, until: 0, becomes });
      }
    }
  }

  sharedIn(share: FakeShare, statuses: readonly string[] = ["ASSOCIATED"]): string[] {
    this.settle();
    return [...share.associations.values()]
      .filter(({ status }) => statuses.includes(status))
      .map(({ arn }) => arn)
      .sort(newestFirst);
  }

  eligibleFor({ policy }: FakeShare): string[] {
    return [...this.builds.values()]
      .filter((build) => isEligible(build, policy, this.time) && this.isThere(build))
      .map(({ arn }) => arn)
      .sort(newestFirst);
  }

  /** Whether what a build came to is there still: nothing that the updater sees tells of a container. */
  private isThere({ amis, containers }: Build): boolean {
    return containers.length > 0 || amis.some(({ id }) => this.permissions.has(id));
  }

  private isListed(arn: string): boolean {
    return (this.builds.get(arn)?.listedAt ?? 0) <= this.time;
  }

  launchersOf(arn: string): Principal[] {
    return (this.builds.get(arn)?.amis ?? []).flatMap(({ id }) => [...(this.permissions.get(id) ?? [])]);
  }

  // The ports

  private async call(isWrite: boolean): Promise<void> {
    await this.gate();
    this.time += 20;
    this.settle();
    this.calls += 1;
    if (this.weather.crashAfter !== undefined && this.calls > this.weather.crashAfter) throw new Crash("cut off");
    if (this.random() < this.weather.faults) throw new Error("ThrottlingException");
    if (isWrite) this.writes += 1;
  }

  private answer(): void {
    if (this.random() < (this.weather.lost ?? 0)) throw new Error("TimeoutError");
  }

  private mustHold(holds: boolean, what: string): void {
    if (!holds) this.broken.push(what);
  }

  private shareOf(arn: string): FakeShare {
    const share = this.shares.find((one) => one.arn === arn);
    this.mustHold(share !== undefined, `touched ${arn}, which isn't the factory's (6)`);
    if (!share) throw new Error("not found");
    return share;
  }

  private mustBeStill(share: FakeShare): void {
    if ([...share.associations.values()].some(({ status }) => /ING$/.test(status)))
      throw new ShareBusyError("At least one of the associations in the resource share is in ASSOCIATING status.");
  }

  private associate(share: FakeShare, arns: readonly string[]): void {
    this.mustBeStill(share);
    this.mustHold(arns.length > 0 && arns.length <= 100, "associates 1 to 100 at a time");
    for (const arn of arns) {
      this.mustHold(this.eligibleFor(share).includes(arn), `${arn} isn't eligible for ${share.policy.channel} (1)`);
      const launchers = this.launchersOf(arn);
      this.mustHold(
        this.makes === "container" || share.principals.every((one) => launchers.includes(one)),
        `${arn} is seen before it can be launched (5)`,
      );
      const becomes = this.random() < this.weather.failures ? "FAILED" : "ASSOCIATED";
      share.associations.set(arn, { arn, status: "ASSOCIATING", until: this.time + 200 + this.random() * 5_000, becomes });
    }
  }

  private disassociate(share: FakeShare, arns: readonly string[]): void {
    this.mustBeStill(share);
    if (this.random() < this.weather.refusals) throw new UnshareRefusedError("a consumer depends on it");
    const eligible = this.eligibleFor(share);
    for (const arn of arns) {
      const stays = this.sharedIn(share).filter((other) => other !== arn && eligible.includes(other));
      if (eligible.includes(arn)) {
        this.mustHold(stays.length > 0, `${arn} was the last eligible build of ${share.policy.channel} (2)`);
        this.mustHold(
          stays.some((other) => newestFirst(other, arn) < 0),
          `x.x.x goes down from ${arn} (4)`,
        );
      }
      const build = this.builds.get(arn);
      const isUsable = build?.status === "AVAILABLE" && build.tags[REVOKED] === undefined && this.isThere(build);
      this.mustHold(eligible.length > 0 || !isUsable, `${arn} is taken from ${share.policy.channel}, which has nothing better`);
      share.associations.set(arn, {
        arn,
        status: "DISASSOCIATING",
        until: this.time + 200 + this.random() * 5_000,
        becomes: undefined,
      });
    }
  }

  private permit(id: string, add: readonly Principal[], remove: readonly Principal[]): void {
    const build = [...this.builds.values()].find(({ amis }) => amis.some((ami) => ami.id === id));
    const launchers = this.permissions.get(id);
    this.mustHold(build !== undefined, `touched ${id}, which isn't the factory's (6)`);
    if (!build || !launchers) return;
    for (const principal of add) {
      const reaches = this.shares.some((share) => {
        const eligible = this.eligibleFor(share);
        // What lists don't show yet can't be counted.
        const newer = eligible.filter((arn) => newestFirst(arn, build.arn) < 0 && this.isListed(arn));
        const isDesired = eligible.includes(build.arn) && newer.length < share.policy.keep;
        const sees = this.sharedIn(share, ["ASSOCIATED", "ASSOCIATING"]).includes(build.arn);
        return share.principals.includes(principal) && (isDesired || sees);
      });
      const isRevoked = build.tags[REVOKED] !== undefined;
      this.mustHold(reaches && !isRevoked, `${principal} may launch ${build.arn}, which reaches none of its channels (5)`);
      launchers.add(principal);
    }
    for (const principal of remove) {
      const sees = this.shares.some(
        (share) =>
          share.principals.includes(principal) && this.sharedIn(share).includes(build.arn) && build.status === "AVAILABLE",
      );
      this.mustHold(
        !sees || build.tags[REVOKED] !== undefined,
        `${principal} sees ${build.arn} and can't launch it any more (5)`,
      );
      launchers.delete(principal);
    }
  }

  readonly aws: Aws = {
    home: { region: "eu-west-1", accountId: "111111111111" },
    now: () => this.time,
    deadline: Number.POSITIVE_INFINITY,
    sleep: async (milliseconds) => {
      await this.gate();
      this.time += milliseconds;
      this.settle();
      this.meanwhile();
    },
    ram: {
      shares: async () => {
        await this.call(false);
        const shares = this.shares.map(({ associations: _associations, principals: _principals, ...share }) => share);
        return { shares, unreadable: [] };
      },
      associations: async (share) => {
        await this.call(false);
        return [...this.shareOf(share).associations.values()].map(({ arn, status }) => ({ arn, status }));
      },
      principals: async (share) => {
        await this.call(false);
        return [...this.shareOf(share).principals];
      },
      associate: async (share, arns) => {
        await this.call(true);
        this.associate(this.shareOf(share), arns);
        this.answer();
      },
      disassociate: async (share, arns) => {
        await this.call(true);
        this.disassociate(this.shareOf(share), arns);
        this.answer();
      },
    },
    images: {
      versions: async () => {
        await this.call(false);
        const listed = [...this.builds.values()].filter(({ listedAt }) => listedAt <= this.time);
        return [...new Set(listed.map(({ arn }) => arn.replace(/\/\d+$/, "")))].reverse();
      },
      builds: async (version) => {
        await this.call(false);
        return [...this.builds.values()].filter(({ arn, listedAt }) => arn.startsWith(`${version}/`) && listedAt <= this.time);
      },
      build: async (arn) => {
        await this.call(false);
        this.mustHold(arn.startsWith(`${PREFIX}/`), `${arn} isn't the image's, and is looked at (6)`);
        return this.builds.get(arn);
      },
    },
    launchPermissions: {
      get: async (_region, ami) => {
        await this.call(false);
        const launchers = this.permissions.get(ami);
        return launchers && [...launchers];
      },
      change: async (_region, ami, add, remove) => {
        await this.call(true);
        this.permit(ami, add, remove);
        this.answer();
      },
    },
  };
}
