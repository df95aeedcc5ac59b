import type { Logger } from "@aws-lambda-powertools/logger";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import { UPDATER_MESSAGES } from "../../contract/log-messages";
import { ManifestError } from "../../contract/manifest-file";
import { FINDINGS_METRICS, METRICS } from "../../contract/metrics";
import { metricWriter } from "../common/metrics";
import { BuildChangedError } from "./build";
import type { ImageResult } from "./image-result";
import { ShareBusyError } from "./ports";
import type { Report } from "./reconcile";

/**
 * Returns whether an error is over at the next run, without anything to do for an operator. Without
 * its manifest, a run starts with an exception. Later, a deployment has replaced the manifest.
 */
function isTransient(error: unknown): boolean {
  return (
    error instanceof BuildChangedError ||
    error instanceof ShareBusyError ||
    error instanceof ManifestError
  );
}

function count<T>(items: readonly T[], size: (item: T) => number): number {
  return items.reduce((sum, item) => sum + size(item), 0);
}

/**
 * Returns the metrics of the whole factory. Zeros are included, so that an alarm ends when the
 * problem is solved. A run that doesn't look for orphaned permissions can't end their alarm.
 */
function factoryMetrics({
  summaries,
  mismatches,
  scheduledRevocations,
  sharedDespiteFindings,
  orphaned,
  errors,
}: ImageResult): Record<string, number> {
  return {
    [METRICS.failedAssociations]: count(summaries, ({ failed }) => failed.length),
    [METRICS.refusedRemovals]: count(summaries, ({ refused }) => refused.length),
    [METRICS.manifestMismatches]: mismatches.length,
    [METRICS.scheduledRevocations]: scheduledRevocations.length,
    [METRICS.unreadable]: errors.filter((error) => !isTransient(error)).length,
    ...(sharedDespiteFindings && {
      [FINDINGS_METRICS.sharedDespiteFindings]: sharedDespiteFindings.filter(
        ({ reportOnly }) => !reportOnly,
      ).length,
    }),
    ...(orphaned && { [METRICS.orphanedLaunchPermissions]: orphaned.length }),
  };
}

/**
 * Creates a report that writes structured logs, and CloudWatch metrics in the embedded metric
 * format.
 */
export function reportTo(logger: Logger, metrics: Metrics): Report {
  const put = metricWriter(metrics);
  return {
    ignored: (reason) => logger.warn("event ignored", { reason }),
    buildFailed: (image, build) => {
      logger.warn(UPDATER_MESSAGES.buildFailed, { image, build });
      put({}, { [METRICS.failedBuilds]: 1 });
    },
    runFailed: (image, error) =>
      logger.error(UPDATER_MESSAGES.runFailed, { image, error: error as Error }),
    notRecorded: (build, error) => {
      logger.error(UPDATER_MESSAGES.notRecorded, { build, error: error as Error });
      put({}, { [METRICS.unreadable]: 1 });
    },
    incomplete: (error) => {
      logger.error(UPDATER_MESSAGES.imagesNotFound, { error: error as Error });
      put({}, { [METRICS.unreadable]: 1 });
    },
    imageReconciled: (image, result, milliseconds) => {
      logResult(logger, image, result, milliseconds);
      put({}, factoryMetrics(result));
      for (const [channel, age] of result.ages)
        put({ image, channel }, { [METRICS.newestSharedAgeHours]: age });
    },
  };
}

function logResult(logger: Logger, image: string, result: ImageResult, milliseconds: number): void {
  for (const summary of result.summaries)
    logger.info(UPDATER_MESSAGES.shareReconciled, { image, ...summary, milliseconds });
  for (const mismatch of result.mismatches)
    logger.warn(UPDATER_MESSAGES.mismatch, { image, ...mismatch });
  for (const found of result.sharedDespiteFindings ?? [])
    logger.warn(UPDATER_MESSAGES.sharedDespiteFindings, { image, ...found });
  for (const unknown of result.unknownAncestors)
    logger.info(UPDATER_MESSAGES.unknownAncestors, { image, ...unknown });
  for (const build of result.scheduledRevocations)
    logger.warn(UPDATER_MESSAGES.scheduledRevocation, { image, build });
  for (const { removedAt, ...permission } of result.orphaned ?? [])
    logger.warn(UPDATER_MESSAGES.orphanedPermission, {
      image,
      ...permission,
      removedAt: new Date(removedAt).toISOString(),
    });
  for (const error of result.errors)
    logger.error(UPDATER_MESSAGES.notReconciled, { image, error: error as Error });
}
