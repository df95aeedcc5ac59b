import { isUsable } from "./decide";
import { grantLaunchPermissions, revokeLaunchPermissions } from "./launch-permissions";
import { type BuildQuery, listBuilds } from "./list-builds";
import { type ObservedImage, observe } from "./observe";
import type { Aws, Principal, Share } from "./ports";
import { reconcileShare, type ShareSummary } from "./reconcile-share";
import { timeSlice } from "./wait-for-ram";

/** What became of an image's shares, and what failed meanwhile. */
export interface ImageResult {
  readonly summaries: readonly ShareSummary[];
  /** Shares that are for nobody yet. */
  readonly sharesWithoutAudience: readonly Share[];
  readonly errors: readonly unknown[];
}

export interface ImageWork extends BuildQuery {
  /** The ARNs of its other shares: they are left alone, and their audiences keep what they may. */
  readonly inactiveShares: readonly string[];
  /** When this image has had its part of the time. */
  readonly until: number;
}

/** Whom no launch permission may be taken from; `undefined` when it isn't known of every share, or one of them has nobody yet. */
async function sparedBy(
  aws: Aws,
  { shares, inactiveShares: others }: ImageWork,
  seen: ObservedImage,
  errors: unknown[],
): Promise<Set<Principal> | undefined> {
  if (
    seen.shares.length < shares.length ||
    seen.shares.some(({ audience }) => audience.length === 0)
  )
    return undefined;
  try {
    return new Set((await Promise.all(others.map((arn) => aws.ram.principals(arn)))).flat());
  } catch (error) {
    errors.push(error);
    return undefined;
  }
}

/** Gives and takes launch permissions; answers with the builds that all who will see them can launch. */
async function letAudiencesLaunch(
  aws: Aws,
  { builds, shares, launchers }: ObservedImage,
  spared: ReadonlySet<Principal> | undefined,
  errors: unknown[],
): Promise<Set<string>> {
  const launchable = new Set<string>();
  for (const build of builds) {
    const found = launchers.get(build.arn) ?? [];
    const isUnread = build.amis.length > 0 && found.length === 0;
    if (isUnread || !isUsable(build)) continue;
    try {
      await grantLaunchPermissions(aws, build, found, shares, spared);
      launchable.add(build.arn);
    } catch (error) {
      errors.push(error);
    }
  }
  return launchable;
}

/**
 * Makes every share of an image what it should be, whatever was there before. A build, an AMI or a share that fails keeps no other from
 * being set right.
 */
export async function reconcileImage(
  aws: Aws,
  image: string,
  work: ImageWork,
): Promise<ImageResult> {
  const { shares, until, gone = new Set() } = work;
  const { builds: walked, errors: unread } = await listBuilds(aws, image, work);
  const errors = [...unread, ...(await revokeLaunchPermissions(aws, walked))];
  const seen = await observe(aws, image, shares, walked, until);
  // The walk may have ended early, where it counted on a build whose AMIs turn out to be gone.
  if (walked.some(({ arn }) => seen.gone.has(arn)))
    return reconcileImage(aws, image, { ...work, gone: new Set([...gone, ...seen.gone]) });
  const unwalked = seen.builds.filter(({ arn }) => !walked.some((build) => build.arn === arn));
  errors.push(...seen.errors, ...(await revokeLaunchPermissions(aws, unwalked)));
  const launchable = await letAudiencesLaunch(
    aws,
    seen,
    await sparedBy(aws, work, seen, errors),
    errors,
  );

  const summaries: ShareSummary[] = [];
  // What nobody sees yet waits until they can launch it.
  const audible = seen.shares.filter(({ audience }) => audience.length > 0);
  for (const [index, share] of audible.entries()) {
    const ends = timeSlice(aws.now(), until, audible.length - index);
    const { summary, errors: failed } = await reconcileShare(aws, share, seen, launchable, ends);
    summaries.push(summary);
    errors.push(...failed);
  }
  const unheard = seen.shares.filter((one) => !audible.includes(one)).map(({ share }) => share);
  return { summaries, sharesWithoutAudience: unheard, errors };
}
