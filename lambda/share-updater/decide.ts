import { newestFirst } from "../../contract/build-arn";
import type { SharePolicy } from "../../contract/share-policy";
import { approvalTag, REVOKED_TAG } from "../../contract/tags";
import { type Build, isRevoked } from "./build";

/** What a channel shares. */
export type Policy = Omit<SharePolicy, "image">;

/** A build's place in a share, as RAM tells it. */
export interface Association {
  readonly arn: string;
  readonly status: string;
}

/** What has to be done to a share. */
export interface Decision {
  /** The builds that should be in the share, newest first. */
  readonly desired: readonly string[];
  /** Those of them that aren't. */
  readonly associate: readonly string[];
  /** What is in the share and shouldn't be. To be done when all that is desired is in. */
  readonly disassociate: readonly string[];
}

const HOUR = 60 * 60 * 1_000;

/** Whether a build came to anything: without it nobody could use it. */
function hasOutput({ amis, containers }: Build): boolean {
  return amis.length + containers.length > 0;
}

/** Whether anybody may use a build. */
export function isUsable(build: Build): boolean {
  return build.status === "AVAILABLE" && !isRevoked(build) && hasOutput(build);
}

/** When a build is old enough for a channel, in milliseconds since 1970. */
export function bakeTimeEndsAt(
  { createdAt }: Build,
  { bakeHours }: Pick<Policy, "bakeHours">,
): number {
  return createdAt + bakeHours * HOUR;
}

/** What keeps a build from a channel, in words; nothing when it may be there. */
export function blockers(build: Build, policy: Policy, now: number): string[] {
  const { channel, approvalRequired } = policy;
  const baked = bakeTimeEndsAt(build, policy);
  return [
    ...(build.status === "AVAILABLE" ? [] : [`is ${build.status}`]),
    ...(isRevoked(build) ? [`is revoked: ${build.tags[REVOKED_TAG]}`] : []),
    ...(hasOutput(build) ? [] : ["has neither an AMI nor a container"]),
    ...(baked <= now ? [] : [`is to bake until ${new Date(baked).toISOString()}`]),
    ...(!approvalRequired || Object.hasOwn(build.tags, approvalTag(channel))
      ? []
      : [`isn't approved for ${channel}`]),
  ];
}

/** Whether a build may be in a channel. */
export function isEligible(build: Build, policy: Policy, now: number): boolean {
  return blockers(build, policy, now).length === 0;
}

/** Whether RAM holds the build in the share, or is about to. */
function isHeld({ status }: Association): boolean {
  return status === "ASSOCIATED" || status === "ASSOCIATING";
}

/** What RAM holds in a share. */
export function associatedArns(associations: readonly Association[]): string[] {
  return associations.filter(isHeld).map(({ arn }) => arn);
}

/** Whether the share has as many builds as it may: no older build changes anything. */
export function isSatisfied(builds: readonly Build[], policy: Policy, now: number): boolean {
  return builds.filter((build) => isEligible(build, policy, now)).length >= policy.keep;
}

/** What is in a share and may be used by nobody: revoked, no longer AVAILABLE, without AMI, or gone. */
export function unusableAssociated(
  builds: readonly Build[],
  associations: readonly Association[],
): string[] {
  const usable = new Set(builds.filter(isUsable).map(({ arn }) => arn));
  return associatedArns(associations).filter((arn) => !usable.has(arn));
}

/**
 * What a share should be, and what is missing. `builds` are all of the image, or its newest down to where the share is satisfied;
 * what is in the share and not among them counts as older, or gone.
 *
 * With nothing to put in its place, a build stays as long as it is AVAILABLE and not revoked: consumers keep what they had.
 */
export function decide(
  builds: readonly Build[],
  associations: readonly Association[],
  policy: Policy,
  now: number,
): Decision {
  const held = associatedArns(associations);
  const desired = builds
    .filter((build) => isEligible(build, policy, now))
    .map(({ arn }) => arn)
    .sort(newestFirst)
    .slice(0, policy.keep);
  const goes =
    desired.length > 0
      ? held.filter((arn) => !desired.includes(arn))
      : unusableAssociated(builds, associations);
  return {
    desired,
    associate: desired.filter((arn) => !held.includes(arn)),
    disassociate: [...goes].sort(newestFirst),
  };
}
