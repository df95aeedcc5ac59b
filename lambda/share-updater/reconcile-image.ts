import { isUsable } from "./decide";
import { revokeLaunchPermissions, setLaunchPermissions } from "./launch-permissions";
import { type BuildQuery, listBuilds } from "./list-builds";
import { type ObservedImage, observe } from "./observe";
import type { Aws, Principal, Share } from "./ports";
import { reconcileShare, type ShareSummary } from "./reconcile-share";
import { timeSlice } from "./wait-for-ram";

/** The result of reconciling an image. */
export interface ImageResult {
  /** One for each share that was reconciled. */
  readonly summaries: readonly ShareSummary[];
  /** Shares that were skipped, because they have no principal yet. */
  readonly sharesWithoutAudience: readonly Share[];
  readonly errors: readonly unknown[];
}

/** The work on an image. `shares` are its shares that RAM lets the updater change. */
export interface ImageWork extends BuildQuery {
  /** ARNs of the image's other shares. They aren't changed, and their audiences lose nothing. */
  readonly inactiveShares: readonly string[];
  /** When the image's part of the run ends, in milliseconds since 1970. */
  readonly until: number;
}

/**
 * Reads the principals that must keep their launch permissions: the audiences of inactive shares.
 *
 * The result has no `principals` if a share couldn't be read or has no audience yet. No launch
 * permission may be removed then, because it may belong to that share's audience.
 */
async function readProtectedPrincipals(
  aws: Aws,
  { shares, inactiveShares }: ImageWork,
  observed: ObservedImage,
): Promise<{ readonly principals?: ReadonlySet<Principal>; readonly errors: readonly unknown[] }> {
  const isComplete =
    observed.shares.length === shares.length &&
    observed.shares.every(({ audience }) => audience.length > 0);
  if (!isComplete) return { errors: [] };
  try {
    const audiences = await Promise.all(inactiveShares.map((arn) => aws.ram.principals(arn)));
    return { principals: new Set(audiences.flat()), errors: [] };
  } catch (error) {
    return { errors: [error] };
  }
}

/**
 * Sets the launch permissions of every usable build, and returns the ARNs of the builds that their
 * whole audience can launch.
 */
async function grantToAudiences(
  aws: Aws,
  { builds, shares, launchers }: ObservedImage,
  protectedPrincipals: ReadonlySet<Principal> | undefined,
): Promise<{ readonly launchable: ReadonlySet<string>; readonly errors: readonly unknown[] }> {
  const launchable = new Set<string>();
  const errors: unknown[] = [];
  for (const build of builds.filter(isUsable)) {
    const current = launchers.get(build.arn) ?? [];
    const isUnread = build.amis.length > 0 && current.length === 0;
    if (isUnread) continue;
    try {
      await setLaunchPermissions(aws, build, current, shares, protectedPrincipals);
      launchable.add(build.arn);
    } catch (error) {
      errors.push(error);
    }
  }
  return { launchable, errors };
}

/** Reconciles the shares that have an audience. The others wait until they have one. */
async function reconcileShares(
  aws: Aws,
  observed: ObservedImage,
  launchable: ReadonlySet<string>,
  until: number,
): Promise<ImageResult> {
  const summaries: ShareSummary[] = [];
  const errors: unknown[] = [];
  const sharesWithAudience = observed.shares.filter(({ audience }) => audience.length > 0);
  for (const [index, share] of sharesWithAudience.entries()) {
    const sliceEnd = timeSlice(aws.now(), until, sharesWithAudience.length - index);
    const result = await reconcileShare(aws, share, observed, launchable, sliceEnd);
    summaries.push(result.summary);
    errors.push(...result.errors);
  }
  const sharesWithoutAudience = observed.shares
    .filter(({ audience }) => audience.length === 0)
    .map(({ share }) => share);
  return { summaries, sharesWithoutAudience, errors };
}

/**
 * Reconciles every share of an image, whatever state it is in. A build, AMI or share that fails
 * doesn't stop the others; failures are returned together with the summaries.
 */
export async function reconcileImage(
  aws: Aws,
  image: string,
  work: ImageWork,
): Promise<ImageResult> {
  const { shares, until, withoutAmis = new Set() } = work;
  const { builds: listed, errors: listErrors } = await listBuilds(aws, image, work);
  const errors = [...listErrors, ...(await revokeLaunchPermissions(aws, listed))];

  const observed = await observe(aws, image, shares, listed, until);
  // The list may have ended too early: it counted a build whose AMIs turn out to be deregistered.
  if (listed.some(({ arn }) => observed.withoutAmis.has(arn))) {
    const known = new Set([...withoutAmis, ...observed.withoutAmis]);
    return reconcileImage(aws, image, { ...work, withoutAmis: known });
  }
  const listedArns = new Set(listed.map(({ arn }) => arn));
  const unlisted = observed.builds.filter(({ arn }) => !listedArns.has(arn));
  errors.push(...observed.errors, ...(await revokeLaunchPermissions(aws, unlisted)));

  const kept = await readProtectedPrincipals(aws, work, observed);
  const granted = await grantToAudiences(aws, observed, kept.principals);
  const result = await reconcileShares(aws, observed, granted.launchable, until);
  return { ...result, errors: [...errors, ...kept.errors, ...granted.errors, ...result.errors] };
}
