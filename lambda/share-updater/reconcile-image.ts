import { newestFirst } from "../../contract/build-arn";
import { isScheduledRevocationDue as isDue } from "../../contract/revocation";
import { OutOfTimeError, type RunTime } from "../common/deadline";
import { hoursBetween } from "../common/time";
import { type Build, isRevoked } from "./build";
import type { Channel } from "./channel";
import { associatedArns, blockersByFindings, isEligible, isSatisfied } from "./decide";
import { InheritedRevocations } from "./inherited-revocation";
import { type Granted, grantToAudiences, revokeLaunchPermissions } from "./launch-permissions";
import { type BuildQuery, type Exclusions, listBuilds, noExclusions } from "./list-builds";
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
import {
  type OrphanedLaunchPermission,
  removeOrphanedLaunchPermissions,
} from "./orphaned-launch-permissions";
import type { Aws } from "./ports";
import { ScanReader } from "./read-scans";
import { reconcileShare, removeUnusable, type ShareSummary } from "./reconcile-share";
import { timeSlice } from "./wait-for-ram";

/** The work on an image. */
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

/** A channel whose share isn't as the manifest describes it. */
export interface Mismatch {
  readonly channel: string;
  readonly problem: string;
}

/** A build that stays in a share although findings keep the channel from sharing it now. */
export interface SharedDespiteFindings {
  readonly channel: string;
  /** ARN. */
  readonly build: string;
  /** For operators. */
  readonly reasons: readonly string[];
  /** Whether the channel only reports findings. */
  readonly reportOnly: boolean;
}

/** A build whose ancestors aren't all known. */
export interface UnknownAncestors {
  /** ARN. */
  readonly build: string;
  /** ARN of the build whose parent isn't known: the build itself, or an ancestor. */
  readonly of: string;
}

/** A channel whose newest shared build is another one than before the run. */
export interface ChannelChange {
  readonly channel: string;
  /** ARN. @default - the channel shared no build */
  readonly from: string | undefined;
  /** ARN. */
  readonly to: string;
}

/** The result of reconciling an image. */
export interface ImageResult {
  /** One for each share that was reconciled. */
  readonly summaries: readonly ShareSummary[];
  /** Ages of the newest shared builds in hours, by channel; only of channels with an alarm. */
  readonly ages: ReadonlyMap<string, number>;
  /** Channels that shared another newest build when the run began. */
  readonly changes: readonly ChannelChange[];
  readonly mismatches: readonly Mismatch[];
  /** @default - no channel has limits for findings */
  readonly sharedDespiteFindings?: readonly SharedDespiteFindings[] | undefined;
  /** ARNs of builds whose scheduled revocation has taken effect, and that aren't disabled yet. */
  readonly scheduledRevocations: readonly string[];
  /** Builds that may be based on a revoked build, because not all their ancestors are known. */
  readonly unknownAncestors: readonly UnknownAncestors[];
  /** Launch permissions that no channel grants any more. Only a full run looks for them. */
  readonly orphaned?: readonly OrphanedLaunchPermission[] | undefined;
  readonly errors: readonly unknown[];
}

/** What the passes over an image have found out. */
type Progress = ReturnType<typeof noExclusions> & {
  /** ARNs of the newest builds that the channels shared when the run began. */
  readonly newestBefore: Map<string, string | undefined>;
  /** Builds that were removed before the shares were reconciled, by channel. */
  readonly removed: Map<string, Set<string>>;
};

/** The findings of one pass over an image. */
interface Pass {
  readonly result: ImageResult;
  readonly observed: ObservedImage;
  /** ARNs of builds that RAM couldn't add to a share that has too few. */
  readonly unshareable: readonly string[];
}

/**
 * Reconciles every share of an image, whatever state it is in. A build, AMI or share that fails
 * doesn't stop the others; failures are returned together with the summaries.
 *
 * Throws an `Error` if RAM can't be read, and an `OutOfTimeError` if the run has no time left.
 */
export async function reconcileImage(
  aws: Aws,
  image: string,
  work: ImageWork,
): Promise<ImageResult> {
  const progress: Progress = {
    ...noExclusions(),
    newestBefore: new Map(),
    removed: new Map(),
  };
  const { unshareable } = progress;
  const failed: { readonly channel: string; readonly arn: string }[] = [];
  const earlierErrors: unknown[] = [];
  const scans = new ScanReader(aws, work.channels);
  const inherited = new InheritedRevocations(scans.aws, work.hasGoldenParent);
  for (;;) {
    const pass = await reconcileOnce(inherited, scans, image, work, progress);
    for (const { channel, failed: arns } of pass.result.summaries)
      failed.push(...arns.map((arn) => ({ channel, arn })));

    if (pass.unshareable.every((arn) => unshareable.has(arn))) {
      const orphans = work.full
        ? await removeOrphans(inherited.aws, image, work, pass.observed)
        : undefined;
      const errors = [...earlierErrors, ...inherited.errors, ...scans.errors];
      const result = withRemoved(pass.result, progress);
      return withFailures(result, failed, errors, orphans);
    }
    earlierErrors.push(...pass.result.errors);
    for (const arn of pass.unshareable) unshareable.add(arn);
  }
}

/** The state of an image, after what is unusable was removed. */
interface Cleaned {
  readonly observed: ObservedImage;
  /** Failures to remove launch permissions of revoked builds. */
  readonly revokeErrors: readonly unknown[];
}

/**
 * Removes what is unusable, and observes the image. Repeats it if a build's ancestor turns out to be
 * revoked, its AMI deregistered, or if someone added it to a share by hand: the list of builds
 * counted that build, and so may have ended too early.
 *
 * @param progress - what is known already. What turns out is added.
 */
async function cleanAndObserve(
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
 * Removes builds that can't be used from shares, and the launch permissions of revoked ones. Returns
 * failures to remove launch permissions.
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

async function reconcileOnce(
  inherited: InheritedRevocations,
  scans: ScanReader,
  image: string,
  work: ImageWork,
  progress: Progress,
): Promise<Pass> {
  const { aws } = inherited;
  const cleaned = await cleanAndObserve(inherited, scans, image, work, progress);
  const { observed, revokeErrors } = cleaned;
  const granted = await grantToAudiences(aws, observed);
  const reconciled = await reconcileShares(aws, observed, granted);
  return {
    observed,
    unshareable: reconciled.unshareable,
    result: {
      summaries: reconciled.summaries,
      ages: agesOf(aws, observed, reconciled.summaries),
      sharedDespiteFindings: sharedDespiteFindings(aws, observed, reconciled.summaries),
      changes: changesOf(progress, reconciled.summaries),
      mismatches: observed.channels.flatMap(({ channel, mismatches }) =>
        mismatches.map((problem) => ({ channel: channel.name, problem })),
      ),
      unknownAncestors: [...inherited.unknown].map(([build, of]) => ({ build, of })),
      scheduledRevocations: observed.builds
        .filter(({ status, tags }) => status === "AVAILABLE" && isDue(tags, aws.now()))
        .map(({ arn }) => arn),
      errors: [...observed.errors, ...revokeErrors, ...granted.errors, ...reconciled.errors],
    },
  };
}

/**
 * Reads the shares and builds of an image.
 *
 * The event of a build needs only that build, newer ones and those that are shared. It costs as many
 * calls for a channel with few eligible builds as for another. Older builds matter once a channel
 * loses one.
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
    const observed = await observeBuilds(aws, image, channels, ram, listed, scans, exclusions);
    return { ...observed, downTo: oldest };
  };
  const isFirstPass = withoutAmis.size + unshareable.size + addedByHand.size === 0;
  if (downTo === undefined || !isFirstPass) return observeDownTo(undefined);
  const observed = await observeDownTo(downTo);
  return needsOlderBuilds(observed, aws.now()) ? observeDownTo(undefined) : observed;
}

/**
 * Removes the launch permissions of revoked builds. Without RAM, nothing can leave a share. Even so,
 * no account may launch a revoked build. What was found in a build doesn't matter for that.
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
  // The run ends with an error, and so without a summary.
  const removed = new Map();
  await clean(aws, await observeBuilds(aws, image, channels, ram, listed, withoutScans), {
    removed,
  });
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

/** RAM lets only active shares be changed. */
function isActive({ share }: Pick<ObservedChannel, "share">): boolean {
  return share?.status === "ACTIVE";
}

async function reconcileShares(
  aws: Aws,
  observed: ObservedImage,
  granted: Granted,
): Promise<Pick<ImageResult, "summaries" | "errors"> & Pick<Pass, "unshareable">> {
  const summaries: ShareSummary[] = [];
  const unshareable: string[] = [];
  const errors: unknown[] = [];
  const active = observed.channels.filter(isActive);
  for (const [index, channel] of active.entries()) {
    const until = timeSlice(aws.now(), aws.deadline, active.length - index);
    const result = await reconcileShare(aws, channel, observed, granted, until);
    summaries.push(result.summary);
    unshareable.push(...result.unshareable);
    errors.push(...result.errors);
  }
  return { summaries, unshareable, errors };
}

/** Returns the channels whose newest build isn't the one with which the run began. */
function changesOf(
  { newestBefore }: Progress,
  summaries: readonly ShareSummary[],
): ChannelChange[] {
  return summaries.flatMap(({ channel, shared: [to] }) => {
    const from = newestBefore.get(channel);
    return to === undefined || to === from ? [] : [{ channel, from, to }];
  });
}

/** A share that is skipped gets no new builds, so the age alarm of its channel must see it age. */
function agesOf(
  aws: Aws,
  { channels }: ObservedImage,
  summaries: readonly ShareSummary[],
): Map<string, number> {
  const ages = new Map<string, number>();
  for (const { channel, share } of channels) {
    if (channel.maxAgeDays === undefined || !share) continue;
    const summary = summaries.find((one) => one.channel === channel.name);
    ages.set(channel.name, summary?.newestAgeHours ?? hoursBetween(share.createdAt, aws.now()));
  }
  return ages;
}

/**
 * Returns the builds that a channel shares for want of a better one. Scans of older builds than the
 * newest shared one may end: recipes with a wildcard don't use those builds.
 */
function sharedDespiteFindings(
  aws: Aws,
  { builds, channels }: ObservedImage,
  summaries: readonly ShareSummary[],
): SharedDespiteFindings[] | undefined {
  const limited = channels.filter(({ channel }) => channel.findings);
  if (limited.length === 0) return undefined;
  return limited.flatMap(({ channel, associations }) => {
    const summary = summaries.find((one) => one.channel === channel.name);
    const shared = summary?.shared ?? associatedArns(associations).sort(newestFirst);
    return shared.flatMap((arn) => {
      const build = builds.find((one) => one.arn === arn);
      const all = build ? blockersByFindings(build, channel, aws.now()) : [];
      const blockers = all.filter(
        ({ kind }) => kind === "finding" || (kind === "unknown" && arn === shared[0]),
      );
      if (blockers.length === 0) return [];
      return {
        channel: channel.name,
        build: arn,
        reasons: blockers.map(({ text }) => text),
        reportOnly: channel.findings?.reportOnly === true,
      };
    });
  });
}

function removeOrphans(
  aws: Aws,
  image: string,
  { channels, graceDays, regions }: ImageWork,
  { builds, channels: observed, regions: named }: ObservedImage,
): ReturnType<typeof removeOrphanedLaunchPermissions> {
  const now = aws.now();
  const settled = new Set([
    ...observed.flatMap(({ desired, associations }) => [
      ...desired,
      ...associatedArns(associations),
    ]),
    ...builds.filter((build) => isRevoked(build, now)).map(({ arn }) => arn),
  ]);
  return removeOrphanedLaunchPermissions(aws, {
    image,
    channels,
    builds,
    settled,
    graceDays,
    regions: new Set([...regions, ...named]),
  });
}

/** Adds the builds that were removed before their share was reconciled. */
function withRemoved(result: ImageResult, { removed }: Progress): ImageResult {
  const summaries = result.summaries.map((summary) => {
    const { channel, shared, disassociated } = summary;
    const all = new Set([...(removed.get(channel) ?? []), ...disassociated]);
    const arns = [...all].filter((arn) => !shared.includes(arn));
    return { ...summary, disassociated: arns.sort(newestFirst) };
  });
  return { ...result, summaries };
}

/** Adds the failures of earlier passes, and the builds that still aren't in their share. */
function withFailures(
  result: ImageResult,
  failed: readonly { readonly channel: string; readonly arn: string }[],
  earlierErrors: readonly unknown[],
  orphans: Awaited<ReturnType<typeof removeOrphans>> | undefined,
): ImageResult {
  return {
    ...result,
    summaries: result.summaries.map((summary) => {
      const arns = failed
        .filter(({ channel, arn }) => channel === summary.channel && !summary.shared.includes(arn))
        .map(({ arn }) => arn);
      return { ...summary, failed: [...new Set(arns)].sort(newestFirst) };
    }),
    orphaned: orphans?.orphaned,
    errors: [
      ...earlierOnly(result.errors, earlierErrors),
      ...result.errors,
      ...(orphans?.errors ?? []),
    ],
  };
}

/** Returns the errors of earlier passes that the last pass doesn't repeat, each once. */
function earlierOnly(last: readonly unknown[], earlier: readonly unknown[]): unknown[] {
  const messageOf = (error: unknown): string => (error as Error).message;
  const byMessage = new Map(earlier.map((error) => [messageOf(error), error]));
  for (const error of last) byMessage.delete(messageOf(error));
  return [...byMessage.values()];
}
