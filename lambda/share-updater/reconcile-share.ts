import { newestFirst } from "../../contract/build-arn";
import type { Build } from "./build";
import { type Association, associatedArns, isEligible, unusableAssociated } from "./decide";
import type { ObservedImage, ObservedShare } from "./observe";
import { type Aws, type Share, ShareBusyError, UnshareRefusedError } from "./ports";
import { changeShare, settledAssociations } from "./wait-for-ram";

/** What a share is after it was looked at, and what was done. */
export interface ShareSummary {
  readonly share: string;
  readonly image: string;
  readonly channel: string;
  readonly desired: readonly string[];
  readonly shared: readonly string[];
  readonly associated: readonly string[];
  readonly disassociated: readonly string[];
  /** Builds that RAM didn't take out, because a consumer depends on them. */
  readonly refused: readonly string[];
  /** Builds that should be in and aren't; they are tried again next time. */
  readonly failed: readonly string[];
  /** Age of the newest shared build, in hours; of the share itself while none is in it. */
  readonly newestAgeHours: number;
}

/** The most that RAM takes in one call. */
const BATCH = 100;

function batches(arns: readonly string[]): (readonly string[])[] {
  return Array.from({ length: Math.ceil(arns.length / BATCH) }, (_, index) =>
    arns.slice(index * BATCH, (index + 1) * BATCH),
  );
}

/** Throws unless all may be in the share now: RAM may have been waited for since they were read. */
async function assertEligible(aws: Aws, { policy }: Share, arns: readonly string[]): Promise<void> {
  for (const arn of arns) {
    const build = await aws.images.build(arn);
    if (!build || !isEligible(build, policy, aws.now()))
      throw new Error(`${arn} was changed meanwhile: looked at again next time`);
  }
}

/** Throws when a build that was to go belongs in by now: it was approved, or is old enough. */
async function assertStillObsolete(
  aws: Aws,
  { policy }: Share,
  build: Build,
  keeps: readonly string[],
): Promise<void> {
  const isNewer =
    keeps.length < policy.keep || keeps.some((kept) => newestFirst(build.arn, kept) < 0);
  const now = isNewer ? await aws.images.build(build.arn) : undefined;
  // What AMIs of it are there was looked at already.
  if (now && isEligible({ ...now, amis: build.amis }, policy, aws.now()))
    throw new Error(`${build.arn} was changed meanwhile: looked at again next time`);
}

/** Puts builds in, all at once; when that is refused one by one, so that a bad one doesn't keep the others out. */
async function associateBuilds(
  aws: Aws,
  share: Share,
  until: number,
  arns: readonly string[],
  errors: unknown[],
): Promise<void> {
  try {
    await changeShare(aws, share.arn, until, async (associations) => {
      const held = associatedArns(associations);
      const lacking = arns.filter((arn) => !held.includes(arn));
      if (lacking.length === 0) return;
      await assertEligible(aws, share, lacking);
      await aws.ram.associate(share.arn, lacking);
    });
  } catch (error) {
    if (arns.length === 1 || error instanceof ShareBusyError) errors.push(error);
    else for (const arn of arns) await associateBuilds(aws, share, until, [arn], errors);
  }
}

/**
 * Takes builds out one by one, because one that a consumer depends on would keep the others in; and only as long as all of `keeps` is
 * in and may be, because another run may be at work as well. Answers with those that RAM refused.
 */
async function disassociateBuilds(
  aws: Aws,
  share: Share,
  until: number,
  arns: readonly string[],
  keeps: readonly string[],
  builds: readonly Build[],
  errors: unknown[],
): Promise<string[]> {
  const refused: string[] = [];
  for (const arn of arns) {
    try {
      await changeShare(aws, share.arn, until, async (associations) => {
        const held = associatedArns(associations);
        if (!held.includes(arn)) return;
        if (!keeps.every((kept) => held.includes(kept)))
          throw new Error(`${share.arn} was changed by somebody else: looked at again next time`);
        await assertEligible(aws, share, keeps);
        const build = builds.find((one) => one.arn === arn);
        if (build) await assertStillObsolete(aws, share, build, keeps);
        await aws.ram.disassociate(share.arn, [arn]);
      });
    } catch (error) {
      if (error instanceof UnshareRefusedError) refused.push(arn);
      else errors.push(error);
    }
  }
  return refused;
}

/**
 * Make before break: in, then, once everything desired is in, out. Only `launchable` builds go in. What fails is handed back beside what the
 * share is.
 */
export async function reconcileShare(
  aws: Aws,
  { share, associations: before, desired, associate, disassociate }: ObservedShare,
  { builds, unreadable: unread }: Pick<ObservedImage, "builds" | "unreadable">,
  launchable: ReadonlySet<string>,
  until: number,
): Promise<{ readonly summary: ShareSummary; readonly errors: readonly unknown[] }> {
  const { policy } = share;
  const errors: unknown[] = [];

  const goesIn = associate.filter((arn) => launchable.has(arn));
  for (const batch of batches(goesIn)) await associateBuilds(aws, share, until, batch, errors);
  const between = goesIn.length > 0 ? await settledOr(aws, share, until, before, errors) : before;
  const isComplete = desired.every((arn) => associatedArns(between).includes(arn));

  // While something desired isn't in, only that goes which nobody may use any more. What came in since `before` is another run's.
  const goesOut = (isComplete ? disassociate : unusableAssociated(builds, before)).filter(
    (arn) => !unread.has(arn),
  );
  const refused = await disassociateBuilds(
    aws,
    share,
    until,
    goesOut,
    isComplete ? desired : [],
    builds,
    errors,
  );
  const after = goesOut.length > 0 ? await settledOr(aws, share, until, between, errors) : between;

  const shared = associatedArns(after).sort(newestFirst);
  const newest = builds
    .filter(({ arn }) => shared.includes(arn))
    .sort((one, other) => newestFirst(one.arn, other.arn))[0];
  const summary = {
    share: share.arn,
    image: share.image,
    channel: policy.channel,
    desired,
    shared,
    associated: associate.filter((arn) => shared.includes(arn)),
    disassociated: goesOut.filter((arn) => !shared.includes(arn)),
    refused,
    failed: desired.filter((arn) => !shared.includes(arn)),
    newestAgeHours: (aws.now() - (newest?.createdAt ?? share.createdAt)) / 3_600_000,
  };
  return { summary, errors };
}

/** What is in a share once it is settled, or `last` when it can't be told. */
async function settledOr(
  aws: Aws,
  { arn }: Share,
  until: number,
  last: readonly Association[],
  errors: unknown[],
): Promise<readonly Association[]> {
  try {
    return await settledAssociations(aws, arn, until);
  } catch (error) {
    errors.push(error);
    return last;
  }
}
