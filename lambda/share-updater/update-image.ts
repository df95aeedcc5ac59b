import { isUsable } from "./decide";
import { letLaunch, letNobodyLaunch } from "./launch";
import type { Aws, Principal, Share } from "./ports";
import { partOfTime } from "./settle";
import { type ShareSummary, updateShare } from "./update-share";
import { type ImageView, view } from "./view";
import { type Walk, walk } from "./walk";

/** What became of an image's shares, and what failed meanwhile. */
export interface ImageUpdate {
  readonly summaries: readonly ShareSummary[];
  /** Shares that are for nobody yet. */
  readonly unheard: readonly Share[];
  readonly errors: readonly unknown[];
}

export interface ImageWork extends Walk {
  /** The ARNs of its other shares: they are left alone, and their audiences keep what they may. */
  readonly others: readonly string[];
  /** When this image has had its part of the time. */
  readonly until: number;
}

/** Whom no launch permission may be taken from; `undefined` when it isn't known of every share, or one of them has nobody yet. */
const sparedBy = async (
  aws: Aws,
  { shares, others }: ImageWork,
  seen: ImageView,
  errors: unknown[],
): Promise<Set<Principal> | undefined> => {
  if (seen.shares.length < shares.length || seen.shares.some(({ audience }) => audience.length === 0)) return undefined;
  try {
    return new Set((await Promise.all(others.map((arn) => aws.ram.principals(arn)))).flat());
  } catch (error) {
    errors.push(error);
    return undefined;
  }
};

/** Gives and takes launch permissions; answers with the builds that all who will see them can launch. */
const letAudiencesLaunch = async (
  aws: Aws,
  { builds, shares, launchers }: ImageView,
  spared: ReadonlySet<Principal> | undefined,
  errors: unknown[],
): Promise<Set<string>> => {
  const launchable = new Set<string>();
  for (const build of builds) {
    const found = launchers.get(build.arn) ?? [];
    const isUnread = build.amis.length > 0 && found.length === 0;
    if (isUnread || !isUsable(build)) continue;
    try {
      await letLaunch(aws, build, found, shares, spared);
      launchable.add(build.arn);
    } catch (error) {
      errors.push(error);
    }
  }
  return launchable;
};

/**
 * Makes every share of an image what it should be, whatever was there before. A build, an AMI or a share that fails keeps no other from
 * being set right.
 */
export const updateImage = async (aws: Aws, image: string, work: ImageWork): Promise<ImageUpdate> => {
  const { shares, until, gone = new Set() } = work;
  const { builds: walked, errors: unread } = await walk(aws, image, work);
  const errors = [...unread, ...(await letNobodyLaunch(aws, walked))];
  const seen = await view(aws, image, shares, walked, until);
  // The walk may have ended early, where it counted on a build whose AMIs turn out to be gone.
  if (walked.some(({ arn }) => seen.gone.has(arn)))
    return updateImage(aws, image, { ...work, gone: new Set([...gone, ...seen.gone]) });
  const unwalked = seen.builds.filter(({ arn }) => !walked.some((build) => build.arn === arn));
  errors.push(...seen.errors, ...(await letNobodyLaunch(aws, unwalked)));
  const launchable = await letAudiencesLaunch(aws, seen, await sparedBy(aws, work, seen, errors), errors);

  const summaries: ShareSummary[] = [];
  // What nobody sees yet waits until they can launch it.
  const audible = seen.shares.filter(({ audience }) => audience.length > 0);
  for (const [index, share] of audible.entries()) {
    const ends = partOfTime(aws.now(), until, audible.length - index);
    const { summary, errors: failed } = await updateShare(aws, share, seen, launchable, ends);
    summaries.push(summary);
    errors.push(...failed);
  }
  const unheard = seen.shares.filter((one) => !audible.includes(one)).map(({ share }) => share);
  return { summaries, unheard, errors };
};
