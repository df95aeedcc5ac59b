import { createHash } from "node:crypto";
import { isBuildOf } from "../../contract/build-arn";
import type { Principal } from "../../contract/manifest";
import { ORPHANED_TAG } from "../../contract/tags";
import { type Ami, type Build, BuildChangedError, hasOutput } from "./build";
import type { Channel } from "./channel";
import { eligiblePrincipals } from "./launch-permissions";
import { type Aws, assertTimeLeft, type TaggedAmi } from "./ports";
import { DAY_MS } from "./time";

/** Tag that Image Builder sets on AMIs: the ARN of the build. */
const BUILD_TAG = "Ec2ImageBuilderArn";

/** An AMI with launch permissions that no channel grants. */
export interface OrphanedLaunchPermission {
  readonly region: string;
  readonly ami: string;
  readonly principals: readonly Principal[];
  /** When the updater removes the permissions, in milliseconds since 1970. */
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
 * Looks at all AMIs that builds name, in all Regions, and at AMIs whose build is deleted: those have
 * Image Builder's tag with the ARN of a build of this image.
 */
export async function removeOrphanedLaunchPermissions(aws: Aws, options: Options): Promise<Result> {
  const orphaned: OrphanedLaunchPermission[] = [];
  const errors: unknown[] = [];
  const { tagged, unread } = await taggedAmis(aws, options, errors);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    assertTimeLeft(aws);
    await work().catch((error: unknown) => errors.push(error));
  };
  for (const { ami, build, tags } of candidatesOf(aws, options, tagged)) {
    // Without its tags, the grace period of an AMI would start again.
    if (unread.has(ami.region)) continue;
    await attempt(async () => {
      const left = await removeFrom(aws, options, ami, build, tags);
      if (left) orphaned.push(left);
    });
  }
  for (const ami of settledAmis(options, tagged))
    await attempt(() => aws.amis.setOrphanedTag(ami, undefined));
  return { orphaned, errors };
}

/** Reads the image's AMIs in the Regions that its builds have AMIs in, and at home. */
async function taggedAmis(
  aws: Aws,
  { image, builds }: Options,
  errors: unknown[],
): Promise<{ readonly tagged: readonly TaggedAmi[]; readonly unread: ReadonlySet<string> }> {
  const regions = builds.flatMap(({ amis }) => amis.map(({ region }) => region));
  const tagged: TaggedAmi[] = [];
  const unread = new Set<string>();
  for (const region of new Set([aws.home.region, ...regions])) {
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
    const arn = tags[BUILD_TAG] ?? "";
    return !named.has(ami.id) && isBuildOf(image, home, arn) ? [{ ami, build: arn, tags }] : [];
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

/** Returns the orphaned permissions of an AMI that are left. */
async function removeFrom(
  aws: Aws,
  { channels, graceDays }: Options,
  ami: Ami,
  buildOrArn: Build | string,
  tags: TaggedAmi["tags"],
): Promise<OrphanedLaunchPermission | undefined> {
  const principals = await aws.amis.launchPermission(ami);
  if (principals === undefined) return undefined;
  const build = typeof buildOrArn === "string" ? await aws.images.build(buildOrArn) : buildOrArn;
  // The tag of an AMI may be wrong, so a build that exists must name the AMI.
  if (build && !build.amis.some(({ id }) => id === ami.id)) return undefined;

  const kept = build ? eligiblePrincipals(build, channels, aws.now()) : new Set<Principal>();
  const orphans = principals.filter((principal) => !kept.has(principal)).sort();
  const tag = tags[ORPHANED_TAG];
  if (orphans.length === 0) {
    if (tag !== undefined) await aws.amis.setOrphanedTag(ami, undefined);
    return undefined;
  }

  const since = orphanedSince(tag, orphans, aws.now()) ?? aws.now();
  const removedAt = since + graceDays * DAY_MS;
  if (removedAt <= aws.now()) {
    if (build) await assertStillOrphaned(aws, build, channels, orphans);
    await aws.amis.changeLaunchPermission(ami, [], orphans);
    if (tag !== undefined) await aws.amis.setOrphanedTag(ami, undefined);
    return undefined;
  }
  const value = orphanedTag(since, orphans);
  if (tag !== value) await aws.amis.setOrphanedTag(ami, value);
  return { region: ami.region, ami: ami.id, principals: orphans, removedAt };
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

/**
 * Renders the tag: a date, and a hash of the principals. The grace period starts again when the
 * principals change, so that none of them loses the permission early.
 */
function orphanedTag(since: number, principals: readonly Principal[]): string {
  const hash = createHash("sha256").update(principals.join()).digest("hex").slice(0, 16);
  return `${new Date(since).toISOString()} ${hash}`;
}

/** Returns the date in a tag, unless the tag is about other principals or was edited. */
function orphanedSince(
  tag: string | undefined,
  principals: readonly Principal[],
  now: number,
): number | undefined {
  const since = Date.parse(tag?.split(" ")[0] ?? "");
  return since <= now && tag === orphanedTag(since, principals) ? since : undefined;
}
