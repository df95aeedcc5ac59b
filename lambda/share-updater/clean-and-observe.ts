import { newestFirst } from "../../contract/build-arn";
import { OutOfTimeError, type RunTime } from "../common/deadline";
import type { Build } from "./build";
import type { Channel } from "./channel";
import { associatedArns, isEligible, isSatisfied } from "./decide";
import type { InheritedRevocations } from "./inherited-revocation";
import { revokeLaunchPermissions } from "./launch-permissions";
import { type BuildQuery, type Exclusions, listBuilds, type noExclusions } from "./list-builds";
import {
  candidatesOf,
  decideAll,
  type ObservedBuilds,
  type ObservedChannel,
  type ObservedImage,
  observeBuilds,
  observeChannels,
  type RamState,
  readRam,
  withoutAddedByHand,
} from "./observe";
import type { Aws } from "./ports";
import type { ScanReader } from "./read-scans";
import { removeUnusable } from "./reconcile-share";

export interface ImageWork extends BuildQuery {
  /** Whether the image has a golden parent, so that its builds inherit revocations. */
  readonly hasGoldenParent: boolean;
  /** Empty if the image isn't shared any more. */
  readonly channels: readonly Channel[];
  /** Days for which launch permissions are kept that no channel grants any more. */
  readonly graceDays: number;
  /** Regions in which the images of the factory have AMIs. */
  readonly regions: readonly string[];
}

/** Results of the passes over an image. */
export type Progress = ReturnType<typeof noExclusions> & {
  /** ARNs of the newest builds that the channels shared when the run began. */
  readonly newestBefore: Map<string, string | undefined>;
  /** Builds that were removed before the shares were reconciled, by channel. */
  readonly removed: Map<string, Set<string>>;
};

/** The state of an image, after what is unusable was removed. */
interface Cleaned {
  readonly observed: ObservedImage;
  /** Failures to remove launch permissions of revoked builds. */
  readonly revokeErrors: readonly unknown[];
}

/**
 * Removes what is unusable, and observes the image. Repeats it if a build's ancestor turns out to
 * be revoked, its AMI deregistered, or if someone added it to a share by hand: the list of builds
 * counted that build, and so may have ended too early.
 *
 * @param progress - what is known already. What turns out is added.
 */
export async function cleanAndObserve(
  inherited: InheritedRevocations,
  scans: ScanReader,
  image: string,
  work: ImageWork,
  progress: Progress,
): Promise<Cleaned> {
  const { aws } = inherited;
  const { withoutAmis, unshareable, addedByHand, newestBefore } = progress;
  const revokeErrors: unknown[] = [];
  for (;;) {
    const builds = await observe(aws, scans, image, work, progress);
    for (const { channel, associations } of builds.channels)
      if (!newestBefore.has(channel.name))
        newestBefore.set(channel.name, associatedArns(associations).sort(newestFirst)[0]);
    revokeErrors.push(...(await clean(aws, builds, progress)));
    if (await inherited.mark(heirsOf(builds, work, aws.now(), unshareable))) continue;
    const observed = await observeChannels(aws, builds, unshareable);
    const known = withoutAmis.size + addedByHand.size;
    for (const arn of observed.withoutAmis) withoutAmis.add(arn);
    for (const state of observed.channels)
      for (const [arn, who] of state.sharedBy)
        if (who === "operator") addedByHand.add(`${state.channel.share} ${arn}`);
    if (withoutAmis.size + addedByHand.size === known) return { observed, revokeErrors };
  }
}

/**
 * Removes builds that can't be used from shares, and the launch permissions of revoked ones.
 * Returns failures to remove launch permissions.
 */
async function clean(
  aws: Aws,
  observed: ObservedBuilds,
  { removed }: Pick<Progress, "removed">,
): Promise<unknown[]> {
  for (const state of observed.channels) {
    if (!isActive(state)) continue;
    const { name } = state.channel;
    const arns = await removeUnusable(aws, state, observed);
    removed.set(name, new Set([...(removed.get(name) ?? []), ...arns]));
  }
  return revokeLaunchPermissions(aws, observed.builds);
}

/** Returns the builds whose ancestors matter: a full run takes back permissions of all builds. */
function heirsOf(
  observed: ObservedBuilds,
  { full }: ImageWork,
  now: number,
  unshareable: ReadonlySet<string>,
): readonly Build[] {
  if (full) return observed.builds;
  const arns = new Set(
    decideAll(observed, now, unshareable).flatMap(({ desired, associations }) => [
      ...desired,
      ...associatedArns(associations),
    ]),
  );
  return observed.builds.filter(({ arn }) => arns.has(arn));
}

/** RAM lets only active shares be changed. */
export function isActive({ share }: Pick<ObservedChannel, "share">): boolean {
  return share?.status === "ACTIVE";
}

/**
 * Reads the shares and builds of an image.
 *
 * The event of a build needs only that build, newer ones and those that are shared. It costs as
 * many calls for a channel with few eligible builds as for another. Older builds matter once a
 * channel loses one.
 */
async function observe(
  aws: Aws,
  scans: ScanReader,
  image: string,
  work: ImageWork,
  exclusions: Exclusions,
): Promise<ObservedBuilds> {
  const ram = await readRam(aws.ram, work.channels).catch(async (error: unknown) => {
    await revokeWithoutRam(aws, image, work);
    throw error;
  });
  try {
    return await observeImage(readingTime(aws), scans, image, work, ram, exclusions);
  } catch (error) {
    if (error instanceof OutOfTimeError) await cleanWithoutList(aws, image, work, ram);
    throw error;
  }
}

/** Part of the time left in which a run must have read an image. */
const READING_SHARE = 0.75;

/** Leaves time to remove what is unusable if the image has too many builds to list. */
function readingTime(aws: Aws): Aws {
  const left = aws.deadline - aws.now();
  return { ...aws, deadline: aws.now() + left * READING_SHARE };
}

async function observeImage(
  aws: Aws,
  scans: ScanReader,
  image: string,
  { channels, hints, full, downTo }: ImageWork,
  ram: RamState,
  exclusions: Exclusions,
): Promise<ObservedBuilds> {
  const { withoutAmis, unshareable, addedByHand } = exclusions;
  const counted = withoutAddedByHand(ram.associations, addedByHand);
  const areEnough = (newest: readonly Build[]): Promise<boolean> =>
    scans.areEnough(aws, newest, counted);
  const observeDownTo = async (oldest: string | undefined): Promise<ObservedBuilds> => {
    const query = { hints, full, downTo: oldest };
    const listed = await listBuilds(aws, image, query, areEnough, exclusions);
    const readings = { channels, ram, listed, scans };
    const observed = await observeBuilds(aws, image, readings, exclusions);
    return { ...observed, downTo: oldest };
  };
  const isFirstPass = withoutAmis.size + unshareable.size + addedByHand.size === 0;
  if (downTo === undefined || !isFirstPass) return observeDownTo(undefined);
  const observed = await observeDownTo(downTo);
  return needsOlderBuilds(observed, aws.now()) ? observeDownTo(undefined) : observed;
}

/**
 * Removes the launch permissions of revoked builds. Without RAM, nothing can leave a share. Even
 * so, no account may launch a revoked build. What was found in a build doesn't matter for that.
 */
async function revokeWithoutRam(
  aws: Aws,
  image: string,
  { channels, hints, full }: ImageWork,
): Promise<void> {
  const { builds } = await listBuilds(aws, image, { hints, full }, (newest) =>
    channels.every(({ findings: _findings, ...channel }) =>
      isSatisfied(newest, [], channel, aws.now()),
    ),
  );
  await revokeLaunchPermissions(aws, builds);
}

/** Removes what is unusable, as far as it is shared or an event is about it. */
async function cleanWithoutList(
  aws: Aws,
  image: string,
  { channels, hints }: ImageWork,
  ram: RamState,
): Promise<void> {
  const hinted = await Promise.all(hints.map((arn) => aws.images.build(arn)));
  const listed = { builds: hinted.filter((build) => build !== undefined), errors: [] };
  const withoutScans = { read: async (_time: RunTime, builds: readonly Build[]) => builds };
  const readings = { channels, ram, listed, scans: withoutScans };
  // The run ends with an error, and so without a summary.
  const removed = new Map();
  await clean(aws, await observeBuilds(aws, image, readings), { removed });
}

/** Returns whether a share contains an ineligible build, and too few others are known. */
function needsOlderBuilds(observed: ObservedBuilds, now: number): boolean {
  return observed.channels.some((state) => {
    const { channel, associations } = state;
    const candidates = candidatesOf(observed.builds, state, observed);
    const associated = associatedArns(associations);
    const eligible = candidates.filter((build) =>
      isEligible(build, channel, now, associated.includes(build.arn)),
    );
    return (
      eligible.length < channel.keep &&
      associated.some((arn) => eligible.every((build) => build.arn !== arn))
    );
  });
}
