/**
 * Finds out which golden builds an account gets from the channels that it is in. Pure: reads
 * nothing.
 */
import { newestFirst } from "../../contract/build-arn";
import { sharedTag } from "../../contract/tags";
import { type Build, isUsable } from "../../lambda/share-updater/build";
import type { Channel } from "../../lambda/share-updater/channel";
import { bakeTimeEndsAt, isAllowed } from "../../lambda/share-updater/decide";
import type { ChannelState } from "../../lambda/share-updater/observe";
import type { Association } from "../../lambda/share-updater/ports";

/** Properties of a channel that decide which builds an account gets. */
export interface FleetChannel {
  readonly image: string;
  /** Region of the shared account. */
  readonly region: string;
  /** The builds that the audience can run: since when, in milliseconds since 1970, by ARN. */
  readonly builds: ReadonlyMap<string, number>;
  /**
   * Whether the account is in the channel's audience.
   * @default - only AWS Organizations knows
   */
  readonly isMember?: boolean | undefined;
}

/**
 * Returns the builds that the audience of a channel can run: the shared ones, and those that newer
 * builds have replaced. A shared build counts since RAM shares it.
 */
export function buildsOfAudience(
  builds: readonly Build[],
  { channel, associations }: Pick<ChannelState, "channel" | "associations">,
  now: number,
): ReadonlyMap<string, number> {
  const shared = new Map(
    sharedAssociations(associations).map(({ arn, createdAt }) => [arn, createdAt]),
  );
  const usable = builds
    .filter((build) => isUsable(build, now))
    .sort((one, other) => newestFirst(one.arn, other.arn));
  const newest = usable.findIndex(({ arn }) => shared.has(arn));
  if (newest === -1) return new Map();
  return new Map(
    usable.slice(newest).flatMap((build) => {
      const since = shared.has(build.arn)
        ? (shared.get(build.arn) ?? bakeTimeEndsAt(build, channel))
        : replacedSince(build, channel, now);
      return since === undefined ? [] : [[build.arn, since]];
    }),
  );
}

/**
 * Returns since when a channel has shared a build that isn't in its share any more; `undefined` if
 * it didn't share it. The updater records it where findings decide. Elsewhere the channel's
 * conditions show it, and the end of the bake time is the earliest time: AWS records no time of an
 * approval.
 */
function replacedSince(build: Build, channel: Channel, now: number): number | undefined {
  if (!isAllowed(build, channel, now)) return undefined;
  const recorded = build.tags[sharedTag(channel.name)];
  if (recorded !== undefined) return Date.parse(recorded);
  return channel.findings?.reportOnly === false ? undefined : bakeTimeEndsAt(build, channel);
}

/** Returns the associations of builds that are in a share. */
export function sharedAssociations(associations: readonly Association[]): Association[] {
  return associations.filter(({ status }) => status === "ASSOCIATED");
}

/**
 * Returns the builds that an account gets of an image in a Region of the shared account: since
 * when, in milliseconds since 1970, by ARN.
 */
export type GrantedBuilds = (image: string, region: string) => ReadonlyMap<string, number>;

/**
 * Returns the builds that an account gets: of the channels that it is in, or else of those that it
 * may be in.
 */
export function grantedBuilds(channels: readonly FleetChannel[]): GrantedBuilds {
  const known = new Map<string, ReadonlyMap<string, number>>();
  return (image, region) => {
    const key = `${region} ${image}`;
    const granted =
      known.get(key) ??
      unionOf(channels.filter((one) => one.image === image && one.region === region));
    known.set(key, granted);
    return granted;
  };
}

function unionOf(channels: readonly FleetChannel[]): ReadonlyMap<string, number> {
  const own = channels.filter(({ isMember }) => isMember === true);
  const possible = channels.filter(({ isMember }) => isMember === undefined);
  const granted = new Map<string, number>();
  for (const { builds } of own.length > 0 ? own : possible)
    for (const [arn, since] of builds)
      granted.set(arn, Math.min(since, granted.get(arn) ?? Number.POSITIVE_INFINITY));
  return granted;
}
