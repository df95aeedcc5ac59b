import { isBuildOf, newestFirst } from "../../contract/build-arn";
import type { Principal } from "../../contract/manifest";
import { sharedTag } from "../../contract/tags";
import { assertTimeLeft } from "../common/deadline";
import { type Ami, amiAtHome, type Build, hasOutput } from "./build";
import type { Channel } from "./channel";
import { associatedArns, type Decision, decide, isAllowed, isEligible } from "./decide";
import { type Exclusions, type ListedBuilds, noExclusions } from "./list-builds";
import type { Association, Aws, Ram, Share } from "./ports";
import type { Associations, ScanReader } from "./read-scans";

/** The shares of channels, as RAM has them. */
export interface RamState {
  readonly shares: readonly Share[];
  readonly associations: Associations;
  /** @default - they couldn't be read */
  readonly principals?: ReadonlyMap<string, readonly Principal[]> | undefined;
  /** Failures to read principals. Nothing but the report depends on them. */
  readonly errors: readonly unknown[];
}

/** Reads the shares of channels, in as many calls for many shares as for one. */
export async function readRam(ram: Ram, channels: readonly Channel[]): Promise<RamState> {
  const shares = await ram.shares(channels.map(({ share }) => share));
  const arns = shares.map(({ arn }) => arn);
  const associations = await ram.associations(arns);
  try {
    return { shares, associations, principals: await ram.principals(arns), errors: [] };
  } catch (error) {
    return { shares, associations, errors: [error] };
  }
}

/** A channel with its share as RAM has it. */
export interface ChannelState {
  readonly channel: Channel;
  /** @default - the share doesn't exist */
  readonly share?: Share | undefined;
  readonly associations: readonly Association[];
  /** How the share differs from the manifest, for operators. */
  readonly mismatches: readonly string[];
}

/** Actor that added a build to a share, as far as its mark and launch permissions show it. */
export type SharedBy = "updater" | "operator" | "unclear";

/** A channel, and the changes that its share needs. */
export interface ObservedChannel extends ChannelState, Decision {
  /** Actors that added shared builds that aren't eligible, by the build's ARN. */
  readonly sharedBy: ReadonlyMap<string, SharedBy>;
}

/** The builds of an image that matter, and its channels. */
export interface ObservedBuilds {
  readonly builds: readonly Build[];
  readonly channels: readonly ChannelState[];
  /** ARNs of shared builds that couldn't be read. They may still exist. */
  readonly unreadable: ReadonlySet<string>;
  /** Times at which shared builds turned out to be deleted, by ARN, in milliseconds since 1970. */
  readonly deletedAt: ReadonlyMap<string, number>;
  /** ARNs of builds whose AMI at home is deregistered, although Image Builder still lists it. */
  readonly withoutAmis: ReadonlySet<string>;
  /** Regions in which builds name AMIs, also deregistered ones. */
  readonly regions: ReadonlySet<string>;
  /** Failures to read builds or launch permissions. */
  readonly errors: readonly unknown[];
  /**
   * ARN of the oldest build that was looked for. Of older builds, only the shared ones are known.
   * @default - every build that matters was looked for
   */
  readonly downTo?: string | undefined;
}

/** The state of an image and its channels before the updater changes anything. */
export interface ObservedImage extends ObservedBuilds {
  /** The builds, without those AMIs that turned out to be deregistered. */
  readonly builds: readonly Build[];
  readonly channels: readonly ObservedChannel[];
  /** Launch permissions of the AMIs of builds that are desired or shared, by the build's ARN. */
  readonly launchers: ReadonlyMap<string, readonly AmiLaunchers[]>;
}

/** The principals that can launch an AMI. */
export interface AmiLaunchers {
  readonly ami: Ami;
  /** @default - they couldn't be read */
  readonly principals?: readonly Principal[] | undefined;
}

/** Reads the launch permissions of AMIs, without deregistered AMIs. Adds failures to `errors`. */
async function readLaunchers(
  aws: Aws,
  amis: readonly Ami[],
  errors: unknown[],
): Promise<AmiLaunchers[]> {
  const launchers: AmiLaunchers[] = [];
  for (const ami of amis) {
    assertTimeLeft(aws);
    try {
      const principals = await aws.amis.launchPermission(ami);
      if (principals) launchers.push({ ami, principals });
    } catch (error) {
      launchers.push({ ami });
      errors.push(error);
    }
  }
  return launchers;
}

function stateOf(channel: Channel, ram: RamState): ChannelState {
  const share = ram.shares.find(({ arn }) => arn === channel.share);
  return {
    channel,
    share,
    associations: ram.associations.get(channel.share) ?? [],
    mismatches: mismatchesOf(channel, share, ram.principals?.get(channel.share)),
  };
}

function mismatchesOf(
  { audience }: Channel,
  share: Share | undefined,
  principals: readonly Principal[] | undefined,
): string[] {
  if (!share) return ["its resource share doesn't exist"];
  if (share.status !== "ACTIVE")
    return [`its resource share is ${share.status}, and RAM changes only ACTIVE ones`];
  if (!principals) return [];
  const missing = audience.filter((principal) => !principals.includes(principal));
  const unknown = principals.filter((principal) => !audience.includes(principal));
  return [
    ...missing.map((principal) => `${principal} isn't in its resource share`),
    ...unknown.map((principal) => `${principal} is in its resource share, but not in the audience`),
  ];
}

/**
 * Returns the builds that a channel may share. Newer builds than a known one may be unknown, if it
 * is older than the builds that were looked for. So it counts only in the share that contains it.
 */
export function candidatesOf(
  builds: readonly Build[],
  { associations }: ChannelState,
  { downTo }: Pick<ObservedBuilds, "downTo">,
): readonly Build[] {
  if (downTo === undefined) return builds;
  const associated = associatedArns(associations);
  return builds.filter(({ arn }) => newestFirst(arn, downTo) <= 0 || associated.includes(arn));
}

/** Returns the associations that take up places in shares. */
export function withoutAddedByHand(
  associations: Associations,
  addedByHand: Exclusions["addedByHand"],
): Associations {
  return new Map(
    [...associations].map(([share, all]) => [
      share,
      all.filter(({ arn }) => !addedByHand.has(`${share} ${arn}`)),
    ]),
  );
}

/** The channels of an image, and what was read of it. */
export interface ImageReadings {
  readonly channels: readonly Channel[];
  readonly ram: RamState;
  readonly listed: ListedBuilds;
  readonly scans: Pick<ScanReader, "read">;
}

/** Reads the shared builds that aren't among those listed, and returns all of them. */
export async function observeBuilds(
  aws: Aws,
  image: string,
  { channels: channelsOfImage, ram, listed, scans }: ImageReadings,
  { withoutAmis, unshareable, addedByHand }: Exclusions = noExclusions(),
): Promise<ObservedBuilds> {
  const channels = channelsOfImage.map((channel) => stateOf(channel, ram));
  const builds = new Map(listed.builds.map((build) => [build.arn, build]));
  const unreadable = new Set<string>();
  const deletedAt = new Map<string, number>();
  const errors = [...ram.errors, ...listed.errors];
  const associated = new Set(channels.flatMap(({ associations }) => associatedArns(associations)));
  for (const arn of associated) {
    // Any other ARN was added by hand. It isn't read, and so is removed like a deleted build.
    if (builds.has(arn) || !isBuildOf(image, aws.home, arn)) continue;
    assertTimeLeft(aws);
    const readAt = aws.now();
    try {
      const build = await aws.images.build(arn);
      if (build) builds.set(arn, build);
      else deletedAt.set(arn, readAt);
    } catch (error) {
      errors.push(error);
      unreadable.add(arn);
    }
  }
  const counted = withoutAddedByHand(ram.associations, addedByHand);
  const all = await scans.read(aws, [...builds.values()], counted, unshareable);
  const regions = new Set(all.flatMap(({ amis }) => amis.map(({ region }) => region)));
  return { builds: all, channels, unreadable, deletedAt, withoutAmis, regions, errors };
}

/** Decides what each share should contain. */
export function decideAll(
  observed: Pick<ObservedBuilds, "builds" | "channels" | "downTo">,
  now: number,
  unshareable: ReadonlySet<string>,
  launchers: ObservedImage["launchers"] = new Map(),
): ObservedChannel[] {
  return observed.channels.map((state) => {
    const { associations, channel } = state;
    const candidates = candidatesOf(observed.builds, state, observed);
    const shared = associatedArns(associations);
    const sharedBy = new Map(
      candidates
        .filter((build) => shared.includes(build.arn) && !isEligible(build, channel, now))
        .map((build) => [
          build.arn,
          sharedByOf(build, channel, observed.channels, launchers.get(build.arn), now),
        ]),
    );
    const isKnown = ({ arn }: Build): boolean => sharedBy.get(arn) !== "operator";
    return {
      ...state,
      ...decide(candidates, associations, channel, now, unshareable, isKnown),
      sharedBy,
    };
  });
}

/**
 * Returns who added a build to a channel's share. While the channel has limits for findings, the
 * updater marks the builds that it shares. It gives the launch permission at home before it shares
 * a build. Permissions of accounts that get them from another channel show nothing.
 */
function sharedByOf(
  build: Build,
  channel: Channel,
  states: readonly ChannelState[],
  launchers: readonly AmiLaunchers[] | undefined,
  now: number,
): SharedBy {
  if (Object.hasOwn(build.tags, sharedTag(channel.name))) return "updater";
  const home = amiAtHome(build);
  const principals = launchers?.find(({ ami }) => ami.id === home?.id)?.principals;
  if (!principals) return "unclear";
  const canLaunch = (audience: readonly Principal[]): boolean =>
    audience.some((principal) => principals.includes(principal));
  const entitled = states
    .filter((one) => one.channel !== channel && isAllowed(build, one.channel, now))
    .flatMap((one) => one.channel.audience);
  const own = channel.audience.filter((principal) => !entitled.includes(principal));
  if (own.length > 0) return canLaunch(own) ? "updater" : "operator";
  return canLaunch(channel.audience) ? "unclear" : "operator";
}

/**
 * Decides what each share should contain, and reads the launch permissions of the builds that are
 * desired or shared.
 *
 * If the AMI of a desired build turns out to be deregistered, an older build is desired instead. So
 * this decides and reads until no permission is left to read.
 *
 * @param unshareable - ARNs of builds that RAM couldn't add
 */
export async function observeChannels(
  aws: Aws,
  observed: ObservedBuilds,
  unshareable: ReadonlySet<string> = new Set(),
): Promise<ObservedImage> {
  const now = aws.now();
  const builds = new Map(observed.builds.map((build) => [build.arn, build]));
  const launchers = new Map<string, readonly AmiLaunchers[]>();
  const withoutAmis = new Set(observed.withoutAmis);
  const errors = [...observed.errors];
  for (;;) {
    const all = [...builds.values()];
    const channels = decideAll({ ...observed, builds: all }, now, unshareable, launchers);
    const relevant = new Set(
      channels.flatMap(({ desired, associations }) => [
        ...desired,
        ...associatedArns(associations),
      ]),
    );
    const unread = all.filter(({ arn }) => relevant.has(arn) && !launchers.has(arn));
    if (unread.length === 0)
      return { ...observed, builds: all, channels, launchers, withoutAmis, errors };

    for (const build of unread) {
      const found = await readLaunchers(aws, build.amis, errors);
      const existing = { ...build, amis: found.map(({ ami }) => ami) };
      launchers.set(build.arn, found);
      builds.set(build.arn, existing);
      if (hasOutput(build) && !hasOutput(existing)) withoutAmis.add(build.arn);
    }
  }
}
