import { createHash } from "node:crypto";
import { isBuildOf } from "../../contract/build-arn";
import type { Principal } from "../../contract/manifest";
import { BUILD_TAG, ORPHANED_TAG } from "../../contract/tags";
import { DAY_MS } from "../../contract/time";
import { assertTimeLeft } from "../common/deadline";
import { type Ami, type Build, BuildChangedError, hasOutput } from "./build";
import type { Channel } from "./channel";
import { eligiblePrincipals } from "./launch-permissions";
import type { Aws, TaggedAmi } from "./ports";
import { readAgain } from "./read-again";

/** An AMI with launch permissions that no channel grants. */
export interface OrphanedLaunchPermission {
  readonly region: string;
  readonly ami: string;
  readonly principals: readonly Principal[];
  /** When the updater removes the first of the permissions, in milliseconds since 1970. */
  readonly removedAt: number;
}

interface Options {
  readonly image: string;
  readonly channels: readonly Channel[];
  /** Every build of the image that could be listed. */
  readonly builds: readonly Build[];
  /** ARNs of the builds whose permissions are already set: desired, shared and revoked ones. */
  readonly settled: ReadonlySet<string>;
  readonly graceDays: number;
  /**
   * Regions in which images of the factory have AMIs, or in which builds of this image name some.
   */
  readonly regions: ReadonlySet<string>;
}

interface Result {
  /** The permissions that are left. */
  readonly orphaned: readonly OrphanedLaunchPermission[];
  readonly errors: readonly unknown[];
}

/**
 * Finds launch permissions that no channel grants any more: an account left a channel, or a channel
 * or image left the factory file. They are removed once the grace period is over, because Auto
 * Scaling groups may still launch the AMIs. Until then a tag on the AMI contains the date.
 *
 * Looks at all AMIs that builds name, in all Regions, and at AMIs whose build is deleted: those
 * have Image Builder's tag with the ARN of a build of this image.
 */
export async function removeOrphanedLaunchPermissions(aws: Aws, options: Options): Promise<Result> {
  const orphaned: OrphanedLaunchPermission[] = [];
  const errors: unknown[] = [];
  const { tagged, unread } = await taggedAmis(aws, options, errors);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    assertTimeLeft(aws);
    await work().catch((error: unknown) => errors.push(error));
  };
  try {
    for (const ami of settledAmis(options, tagged))
      await attempt(() => aws.amis.setOrphanedTag(ami, undefined));
    for (const candidate of rotated(candidatesOf(aws, options, tagged), aws.now())) {
      // Without its tags, the grace period of an AMI would start again.
      if (unread.has(candidate.ami.region)) continue;
      await attempt(async () => {
        const left = await removeFrom(aws, options, candidate);
        if (left) orphaned.push(left);
      });
    }
  } catch (error) {
    // A retry would have no more time. What was found so far is reported.
    errors.push(error);
  }
  return { orphaned, errors };
}

/** Rotates a list by the current time, so that runs without enough time end at different AMIs. */
function rotated<T>(items: readonly T[], now: number): T[] {
  const start = now % Math.max(items.length, 1);
  return [...items.slice(start), ...items.slice(0, start)];
}

/** Reads the image's AMIs in all Regions. */
async function taggedAmis(
  aws: Aws,
  { image, regions }: Options,
  errors: unknown[],
): Promise<{ readonly tagged: readonly TaggedAmi[]; readonly unread: ReadonlySet<string> }> {
  const tagged: TaggedAmi[] = [];
  const unread = new Set<string>();
  for (const region of regions) {
    try {
      tagged.push(...(await aws.amis.ofImage(region, image)));
    } catch (error) {
      errors.push(error);
      unread.add(region);
    }
  }
  return { tagged, unread };
}

interface Candidate {
  readonly ami: Ami;
  /** A build, or the ARN of a build that wasn't listed or whose AMI at home is deregistered. */
  readonly build: Build | string;
  readonly tags: TaggedAmi["tags"];
}

function candidatesOf(
  { home }: Aws,
  { image, builds, settled }: Options,
  tagged: readonly TaggedAmi[],
): Candidate[] {
  const tagsOf = new Map(tagged.map(({ id, tags }) => [id, tags]));
  const ofBuilds = builds
    .filter(({ arn }) => !settled.has(arn))
    .flatMap((build) =>
      build.amis.map((ami) => ({
        ami,
        // Without its AMI at home, a build would count as ineligible. Its copies are kept.
        build: hasOutput(build) ? build : build.arn,
        tags: tagsOf.get(ami.id) ?? {},
      })),
    );
  const named = new Set(builds.flatMap(({ amis }) => amis.map(({ id }) => id)));
  const ofDeletedBuilds = tagged.flatMap(({ tags, ...ami }) => {
    const build = tags[BUILD_TAG];
    if (build === undefined || named.has(ami.id) || !isBuildOf(image, home, build)) return [];
    return [{ ami, build, tags }];
  });
  return [...ofBuilds, ...ofDeletedBuilds];
}

/** Returns the AMIs that have the tag of orphaned permissions, and none of these any more. */
function settledAmis(
  { builds, settled }: Options,
  tagged: readonly TaggedAmi[],
): readonly TaggedAmi[] {
  const ids = new Set(
    builds.filter(({ arn }) => settled.has(arn)).flatMap(({ amis }) => amis.map(({ id }) => id)),
  );
  return tagged.filter(({ id, tags }) => ids.has(id) && tags[ORPHANED_TAG] !== undefined);
}

/** A principal whose launch permission no channel grants. */
interface Orphan {
  readonly principal: Principal;
  /** When a run found this first, in milliseconds since 1970. */
  readonly since: number;
  /** Whether an earlier run found it. */
  readonly isKnown: boolean;
}

/** Returns the orphaned permissions of an AMI that are left. */
async function removeFrom(
  aws: Aws,
  { channels, graceDays }: Options,
  { ami, build: buildOrArn, tags }: Candidate,
): Promise<OrphanedLaunchPermission | undefined> {
  const principals = await aws.amis.launchPermission(ami);
  if (principals === undefined) return undefined;
  const readAt = aws.now();
  const build = typeof buildOrArn === "string" ? await aws.images.build(buildOrArn) : buildOrArn;
  // The tag of an AMI may be wrong, so a build that exists must name the AMI.
  if (build && !build.amis.some(({ id }) => id === ami.id)) return undefined;

  const kept = build ? eligiblePrincipals(build, channels, aws.now()) : new Set<Principal>();
  const notGranted = principals.filter((principal) => !kept.has(principal)).sort();
  const tag = tags[ORPHANED_TAG];
  const now = aws.now();
  const orphans = orphansOf(notGranted, tag, now);
  const endOf = ({ since }: Orphan): number => since + graceDays * DAY_MS;
  const left = orphans.filter((orphan) => endOf(orphan) > now);
  const ended = orphans.filter((orphan) => endOf(orphan) <= now);
  if (ended.length > 0) {
    const toRemove = ended.map(({ principal }) => principal);
    if (build) await assertStillOrphaned(aws, build, channels, toRemove);
    // Without a grace period, no earlier run has found that the build is deleted.
    else if (ended.some(({ isKnown }) => !isKnown))
      await assertStillDeleted(aws, buildOrArn, readAt);
    await aws.amis.changeLaunchPermission(ami, [], toRemove);
  }
  const value = renderOrphanedTag(left);
  if (tag !== value) await aws.amis.setOrphanedTag(ami, value);
  if (left.length === 0) return undefined;
  return {
    region: ami.region,
    ami: ami.id,
    principals: left.map(({ principal }) => principal),
    removedAt: Math.min(...left.map(endOf)),
  };
}

/** Returns since when principals are orphaned, by the tag of an earlier run. */
function orphansOf(
  principals: readonly Principal[],
  tag: string | undefined,
  now: number,
): Orphan[] {
  const known = parseOrphanedTag(tag, principals, now);
  return principals.map((principal) => ({
    principal,
    since: known.get(principal) ?? now,
    isKnown: known.has(principal),
  }));
}

/** Reads the build again, because it may have become eligible. */
async function assertStillOrphaned(
  aws: Aws,
  { arn, amis }: Build,
  channels: readonly Channel[],
  orphans: readonly Principal[],
): Promise<void> {
  const build = await aws.images.build(arn);
  if (!build) return;
  const kept = eligiblePrincipals({ ...build, amis }, channels, aws.now());
  if (orphans.some((principal) => kept.has(principal))) throw new BuildChangedError(arn);
}

/** Reads the build again, because one answer may be out of date. */
async function assertStillDeleted(
  aws: Aws,
  buildOrArn: Build | string,
  readAt: number,
): Promise<void> {
  const arn = typeof buildOrArn === "string" ? buildOrArn : buildOrArn.arn;
  if (await readAgain(aws, arn, readAt)) throw new BuildChangedError(arn);
}

/** Maximum length of a tag's value. */
const MAX_TAG_LENGTH = 256;

function hashOf(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}

/**
 * Renders the tag: dates, each with hashes of the principals that have been orphaned since. Each
 * principal has a separate grace period, which doesn't depend on others that come and go.
 *
 * If that doesn't fit into a tag, all principals get the latest date, and the tag is about exactly
 * these principals.
 */
function renderOrphanedTag(orphans: readonly Orphan[]): string | undefined {
  if (orphans.length === 0) return undefined;
  const dates = [...new Set(orphans.map(({ since }) => since))].sort((one, other) => one - other);
  const words = dates.flatMap((date) => [
    new Date(date).toISOString(),
    ...orphans.filter(({ since }) => since === date).map(({ principal }) => hashOf(principal, 8)),
  ]);
  const value = words.join(" ");
  if (value.length <= MAX_TAG_LENGTH) return value;
  const latest = new Date(Math.max(...dates)).toISOString();
  return `${latest} ${hashOf(orphans.map(({ principal }) => principal).join(), 16)}`;
}

/** Returns the dates in a tag, by principal. A principal has none if the tag isn't about it. */
function parseOrphanedTag(
  tag: string | undefined,
  principals: readonly Principal[],
  now: number,
): Map<Principal, number> {
  const since = new Map<Principal, number>();
  let date = Number.NaN;
  for (const word of tag?.split(" ") ?? []) {
    if (word.includes("-")) date = Date.parse(word);
    const isAboutAll = word === hashOf(principals.join(), 16);
    const named = principals.filter((one) => isAboutAll || word === hashOf(one, 8));
    if (date <= now) for (const principal of named) since.set(principal, date);
  }
  return since;
}
