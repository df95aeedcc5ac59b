import { newestFirst } from "../../contract/build-arn";
import type { SharePolicy } from "../../contract/share-policy";
import { approvalTag, REVOKED_TAG } from "../../contract/tags";
import { type Build, isRevoked } from "./build";
import { HOUR_MS } from "./time";

/** The rules by which a channel shares builds of its image. */
export type Policy = Omit<SharePolicy, "image">;

/** A resource in a share, as RAM lists it. */
export interface Association {
  readonly arn: string;
  /** RAM's status, such as ASSOCIATED. */
  readonly status: string;
}

/** The changes that a share needs. */
export interface Decision {
  /** ARNs of the builds that should be in the share, newest first. */
  readonly desired: readonly string[];
  /** The desired builds that aren't in the share yet. */
  readonly associate: readonly string[];
  /** ARNs to remove from the share, once every desired build is in it. */
  readonly disassociate: readonly string[];
}

/** A build without an AMI or container image is of no use to anyone. */
function hasOutput({ amis, containers }: Build): boolean {
  return amis.length + containers.length > 0;
}

/** Returns whether a build can be used at all, whatever the channel. */
export function isUsable(build: Build): boolean {
  return build.status === "AVAILABLE" && !isRevoked(build) && hasOutput(build);
}

/** Returns when a build's bake time ends in a channel, in milliseconds since 1970. */
export function bakeTimeEndsAt(
  { createdAt }: Build,
  { bakeHours }: Pick<Policy, "bakeHours">,
): number {
  return createdAt + bakeHours * HOUR_MS;
}

/** Returns why a channel may not share a build, for operators; an empty list if it may. */
export function blockers(build: Build, policy: Policy, now: number): string[] {
  const { channel, approvalRequired } = policy;
  const bakeTimeEnd = bakeTimeEndsAt(build, policy);
  const isOldEnough = bakeTimeEnd <= now;
  const isApproved = Object.hasOwn(build.tags, approvalTag(channel));

  const reasons: string[] = [];
  if (build.status !== "AVAILABLE") reasons.push(`is ${build.status}`);
  if (isRevoked(build)) reasons.push(`is revoked: ${build.tags[REVOKED_TAG]}`);
  if (!hasOutput(build)) reasons.push("has no AMI or container image");
  if (!isOldEnough)
    reasons.push(`is in its bake time until ${new Date(bakeTimeEnd).toISOString()}`);
  if (approvalRequired && !isApproved) reasons.push(`isn't approved for ${channel}`);
  return reasons;
}

/** Returns whether a channel may share a build. */
export function isEligible(build: Build, policy: Policy, now: number): boolean {
  return blockers(build, policy, now).length === 0;
}

/** Returns the ARNs that are in a share or are being added to it. */
export function associatedArns(associations: readonly Association[]): string[] {
  return associations
    .filter(({ status }) => status === "ASSOCIATED" || status === "ASSOCIATING")
    .map(({ arn }) => arn);
}

/** Returns whether a channel has enough eligible builds, so that no older build matters. */
export function isSatisfied(builds: readonly Build[], policy: Policy, now: number): boolean {
  return builds.filter((build) => isEligible(build, policy, now)).length >= policy.keep;
}

/** Returns the shared ARNs whose builds are revoked, not AVAILABLE, deleted or without output. */
export function unusableAssociated(
  builds: readonly Build[],
  associations: readonly Association[],
): string[] {
  const usable = new Set(builds.filter(isUsable).map(({ arn }) => arn));
  return associatedArns(associations).filter((arn) => !usable.has(arn));
}

/**
 * Decides which builds a share should contain.
 *
 * Expects `builds` to be all builds of the image, or the newest ones down to where the channel is
 * satisfied. An associated ARN that isn't among them counts as older or deleted.
 *
 * If no build is eligible, usable builds stay in the share, so that consumers keep a parent image.
 */
export function decide(
  builds: readonly Build[],
  associations: readonly Association[],
  policy: Policy,
  now: number,
): Decision {
  const associated = associatedArns(associations);
  const desired = builds
    .filter((build) => isEligible(build, policy, now))
    .map(({ arn }) => arn)
    .sort(newestFirst)
    .slice(0, policy.keep);
  const toDisassociate =
    desired.length > 0
      ? associated.filter((arn) => !desired.includes(arn))
      : unusableAssociated(builds, associations);
  return {
    desired,
    associate: desired.filter((arn) => !associated.includes(arn)),
    disassociate: toDisassociate.sort(newestFirst),
  };
}
