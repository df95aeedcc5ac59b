import { isScheduledRevocationDue as isDue } from "../../contract/revocation";
import { isRevoked } from "./build";
import { cleanAndObserve, type ImageWork, isActive, type Progress } from "./clean-and-observe";
import { associatedArns } from "./decide";
import {
  agesOf,
  changesOf,
  type ImageResult,
  sharedDespiteFindings,
  withFailures,
  withRemoved,
} from "./image-result";
import { InheritedRevocations } from "./inherited-revocation";
import { type Granted, grantToAudiences } from "./launch-permissions";
import { noExclusions } from "./list-builds";
import { markShared } from "./mark-shared";
import type { ObservedImage } from "./observe";
import { removeOrphanedLaunchPermissions } from "./orphaned-launch-permissions";
import type { Aws } from "./ports";
import { ScanReader } from "./read-scans";
import { reconcileShare, type ShareSummary } from "./reconcile-share";
import { timeSlice } from "./wait-for-ram";

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
      const result = withRemoved(pass.result, progress.removed);
      return withFailures(result, failed, errors, orphans);
    }
    earlierErrors.push(...pass.result.errors);
    for (const arn of pass.unshareable) unshareable.add(arn);
  }
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
  const markErrors = await markShared(aws, observed, granted);
  const reconciled = await reconcileShares(aws, observed, granted, progress);
  return {
    observed,
    unshareable: reconciled.unshareable,
    result: {
      summaries: reconciled.summaries,
      ages: agesOf(aws, observed, reconciled.summaries),
      sharedDespiteFindings: sharedDespiteFindings(aws, observed, reconciled.summaries),
      changes: changesOf(progress.newestBefore, reconciled.newest),
      mismatches: observed.channels.flatMap(({ channel, mismatches }) =>
        mismatches.map((problem) => ({ channel: channel.name, problem })),
      ),
      unknownAncestors: [...inherited.unknown].map(([build, of]) => ({ build, of })),
      scheduledRevocations: observed.builds
        .filter(({ status, tags }) => status === "AVAILABLE" && isDue(tags, aws.now()))
        .map(({ arn }) => arn),
      errors: [
        ...observed.errors,
        ...revokeErrors,
        ...granted.errors,
        ...markErrors,
        ...reconciled.errors,
      ],
    },
  };
}

/** The results of all active shares. */
interface Reconciled extends Pick<ImageResult, "summaries" | "errors">, Pick<Pass, "unshareable"> {
  /** ARNs of the newest builds that the channels share now. */
  readonly newest: ReadonlyMap<string, string | undefined>;
}

async function reconcileShares(
  aws: Aws,
  observed: ObservedImage,
  granted: Granted,
  { removed }: Pick<Progress, "removed">,
): Promise<Reconciled> {
  const newest = new Map<string, string | undefined>();
  const summaries: ShareSummary[] = [];
  const unshareable: string[] = [];
  const errors: unknown[] = [];
  const active = observed.channels.filter(isActive);
  for (const [index, channel] of active.entries()) {
    const until = timeSlice(aws.now(), aws.deadline, active.length - index);
    const { name } = channel.channel;
    const gone = removed.get(name) ?? new Set();
    const result = await reconcileShare(aws, channel, observed, granted, gone, until);
    newest.set(name, result.newest);
    summaries.push(result.summary);
    unshareable.push(...result.unshareable);
    errors.push(...result.errors);
  }
  return { summaries, newest, unshareable, errors };
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
