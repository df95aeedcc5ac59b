import { newestFirst } from "../../contract/build-arn";
import { hoursBetween } from "../common/time";
import { associatedArns, blockersByFindings } from "./decide";
import { blockersOfShared } from "./findings";
import type { ObservedImage } from "./observe";
import type {
  OrphanedLaunchPermission,
  removeOrphanedLaunchPermissions,
} from "./orphaned-launch-permissions";
import type { Aws } from "./ports";
import type { ShareSummary } from "./reconcile-share";

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
export type ChannelChange = { readonly channel: string } & (
  | {
      /** ARN. `undefined` if the channel shared no build. */
      readonly from: string | undefined;
      /** ARN. */
      readonly to: string;
    }
  /** The channel shares no build any more. */
  | { readonly from: string; readonly to: undefined }
);

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

/** Returns the channels whose newest build isn't the one with which the run began. */
export function changesOf(
  newestBefore: ReadonlyMap<string, string | undefined>,
  newest: ReadonlyMap<string, string | undefined>,
): ChannelChange[] {
  return [...newest].flatMap(([channel, to]) => {
    const from = newestBefore.get(channel);
    if (to === from) return [];
    if (to !== undefined) return { channel, from, to };
    return from === undefined ? [] : { channel, from, to };
  });
}

/** A share that is skipped gets no new builds, so the age alarm of its channel must see it age. */
export function agesOf(
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

/** Returns the builds that a channel shares for want of a better one. */
export function sharedDespiteFindings(
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
      const blockers = blockersOfShared(all, arn === shared[0]);
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

/** Adds the builds that were removed before their share was reconciled. */
export function withRemoved(
  result: ImageResult,
  removed: ReadonlyMap<string, ReadonlySet<string>>,
): ImageResult {
  const summaries = result.summaries.map((summary) => {
    const { channel, shared, disassociated } = summary;
    const all = new Set([...(removed.get(channel) ?? []), ...disassociated]);
    const arns = [...all].filter((arn) => !shared.includes(arn));
    return { ...summary, disassociated: arns.sort(newestFirst) };
  });
  return { ...result, summaries };
}

/** Adds the failures of earlier passes, and the builds that still aren't in their share. */
export function withFailures(
  result: ImageResult,
  failed: readonly { readonly channel: string; readonly arn: string }[],
  earlierErrors: readonly unknown[],
  orphans: Awaited<ReturnType<typeof removeOrphanedLaunchPermissions>> | undefined,
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
