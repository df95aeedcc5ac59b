import { newestFirst } from "../../contract/build-arn";
import { revocationOf } from "../../contract/revocation";
import { approvalTag } from "../../contract/tags";
import { HOUR_MS } from "../../contract/time";
import { type Build, hasOutput, isUsable } from "./build";
import type { Policy } from "./channel";
import { type FindingBlocker, findingBlockers } from "./findings";
import type { Association } from "./ports";

/** The changes that a share needs. */
export interface Decision {
  /** ARNs of the builds that should be in the share, newest first. */
  readonly desired: readonly string[];
  /** The desired builds that aren't in the share yet. */
  readonly associate: readonly string[];
  /** ARNs to remove from the share, once every desired build is in it. */
  readonly disassociate: readonly string[];
}

/** Returns when a build's bake time ends in a channel, in milliseconds since 1970, or NaN. */
export function bakeTimeEndsAt(
  { createdAt }: Build,
  { bakeHours }: Pick<Policy, "bakeHours">,
): number {
  return createdAt + bakeHours * HOUR_MS;
}

/**
 * Returns whether a build is in its bake time. Without a bake time, it doesn't matter that the
 * clock may be a little slower than Image Builder's.
 */
export function isBaking(build: Build, policy: Pick<Policy, "bakeHours">, now: number): boolean {
  return policy.bakeHours > 0 && bakeTimeEndsAt(build, policy) > now;
}

/**
 * Formats a time, even one that is too late for a `Date`: a decision must not fail because of it.
 */
function formatTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? "a time after the year 275760" : date.toISOString();
}

/**
 * Returns why a channel may not share a build, for operators; an empty list if it may. Findings are
 * a separate condition: see {@link blockersByFindings}.
 */
export function blockers(build: Build, policy: Policy, now: number): string[] {
  const reasons: string[] = [];
  if (build.status !== "AVAILABLE") reasons.push(`is ${build.status}`);
  const revocation = revocationOf(build.tags, now);
  if (revocation !== undefined) reasons.push(`is revoked: ${revocation}`);
  if (!hasOutput(build)) reasons.push("has no AMI in its Region, and no container image");
  const bakeTimeEnd = bakeTimeEndsAt(build, policy);
  if (Number.isNaN(bakeTimeEnd)) reasons.push("has no creation date");
  if (isBaking(build, policy, now))
    reasons.push(`is in its bake time until ${formatTime(bakeTimeEnd)}`);
  const isApproved = Object.hasOwn(build.tags, approvalTag(policy.name));
  if (policy.approval === "required" && !isApproved)
    reasons.push(`isn't approved for ${policy.name}`);
  return reasons;
}

/** Returns whether a channel may share a build, whatever Amazon Inspector finds in it. */
export function isAllowed(build: Build, policy: Policy, now: number): boolean {
  return blockers(build, policy, now).length === 0;
}

/**
 * Returns why findings keep a build out of a channel; an empty list if the channel has no limits.
 */
export function blockersByFindings(
  { scan, findings }: Build,
  policy: Pick<Policy, "findings">,
  now: number,
): FindingBlocker[] {
  return policy.findings ? findingBlockers(scan, findings, policy.findings, now) : [];
}

/**
 * How a build stands in a channel. A condition other than findings keeps out an `excluded` build. A
 * `forbidden` one has findings that the channel doesn't allow. Whether an `unknown` or `unread` one
 * has any isn't known (see {@link FindingBlocker}).
 */
type Standing = "eligible" | "unknown" | "unread" | "forbidden" | "excluded";

function standingOf(build: Build, policy: Policy, now: number): Standing {
  if (!isAllowed(build, policy, now)) return "excluded";
  if (policy.findings === undefined || policy.findings.reportOnly) return "eligible";
  const kinds = blockersByFindings(build, policy, now).map(({ kind }) => kind);
  if (kinds.includes("finding")) return "forbidden";
  if (kinds.includes("unread")) return "unread";
  return kinds.includes("unknown") ? "unknown" : "eligible";
}

/**
 * Returns whether a channel may share a build.
 *
 * A build whose findings aren't known isn't shared. But it doesn't leave a share for that: scans
 * end by age, come in any order, and can't always be read.
 *
 * @param isShared - whether the share contains the build already
 */
export function isEligible(build: Build, policy: Policy, now: number, isShared = false): boolean {
  const standing = standingOf(build, policy, now);
  return standing === "eligible" || (isShared && (standing === "unknown" || standing === "unread"));
}

/** Returns the ARNs that are in a share or are being added to it. */
export function associatedArns(associations: readonly Association[]): string[] {
  return associations
    .filter(({ status }) => status === "ASSOCIATED" || status === "ASSOCIATING")
    .map(({ arn }) => arn);
}

/**
 * Returns whether a channel has enough builds, so that no older build matters.
 *
 * @param shared - ARNs of builds in the share
 */
export function isSatisfied(
  builds: readonly Build[],
  shared: readonly string[],
  policy: Policy,
  now: number,
): boolean {
  const eligible = builds.filter((build) =>
    isEligible(build, policy, now, shared.includes(build.arn)),
  );
  return eligible.length >= policy.keep;
}

/** Returns the shared ARNs whose builds are revoked, not AVAILABLE, deleted or without output. */
export function unusableAssociated(
  builds: readonly Build[],
  associations: readonly Association[],
  now: number,
): string[] {
  const usable = new Set(builds.filter((build) => isUsable(build, now)).map(({ arn }) => arn));
  return associatedArns(associations).filter((arn) => !usable.has(arn));
}

/**
 * Returns the ARNs to remove from a share once it contains every desired build.
 *
 * If no build is desired, usable builds stay, so that consumers keep a parent image. A build that
 * only findings keep out stays until a build that is known to be better is there: one without scan
 * may have the same findings.
 */
function leaving(
  builds: readonly Build[],
  associations: readonly Association[],
  desired: readonly Build[],
  policy: Policy,
  now: number,
): string[] {
  if (desired.length === 0) return unusableAssociated(builds, associations, now);
  const obsolete = associatedArns(associations).filter((arn) =>
    desired.every((build) => build.arn !== arn),
  );
  if (desired.some((build) => isEligible(build, policy, now))) return obsolete;
  const allowed = builds.filter((build) => isAllowed(build, policy, now)).map(({ arn }) => arn);
  return obsolete.filter((arn) => !allowed.includes(arn));
}

/**
 * Decides which builds a share should contain: the newest eligible ones. Shared builds whose
 * findings aren't known take up places too.
 *
 * Expects `builds` to be all builds of the image, or the newest ones down to where the channel is
 * satisfied. An associated ARN that isn't among them counts as older or deleted.
 *
 * @param unshareable - ARNs of builds that RAM couldn't add. Older builds take their place.
 * @param isKnownToAudience - whether the updater shared a build of the share. Otherwise it was
 * added by hand, and keeps no place while its findings aren't known.
 */
export function decide(
  builds: readonly Build[],
  associations: readonly Association[],
  policy: Policy,
  now: number,
  unshareable: ReadonlySet<string> = new Set(),
  isKnownToAudience: (build: Build) => boolean = () => true,
): Decision {
  const associated = associatedArns(associations);
  const desired = builds
    .filter(({ arn }) => associated.includes(arn) || !unshareable.has(arn))
    .filter((build) => {
      const isShared = associated.includes(build.arn) && isKnownToAudience(build);
      return isEligible(build, policy, now, isShared);
    })
    .sort((one, other) => newestFirst(one.arn, other.arn))
    .slice(0, policy.keep);
  const arns = desired.map(({ arn }) => arn);
  return {
    desired: arns,
    associate: arns.filter((arn) => !associated.includes(arn)),
    disassociate: leaving(builds, associations, desired, policy, now).sort(newestFirst),
  };
}
