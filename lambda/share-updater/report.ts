import type { Logger } from "@aws-lambda-powertools/logger";
import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { METRICS } from "../../contract/metrics";
import type { Report } from "./reconcile";
import type { ShareSummary } from "./reconcile-share";

/** Returns the metrics of a share by their names. */
function shareMetrics({
  shared,
  associated,
  disassociated,
  refused,
  failed,
  newestAgeHours,
}: ShareSummary): Record<string, number> {
  return {
    [METRICS.sharedBuilds]: shared.length,
    [METRICS.associated]: associated.length,
    [METRICS.disassociated]: disassociated.length,
    [METRICS.unshareRefused]: refused.length,
    [METRICS.associationFailed]: failed.length,
    [METRICS.newestSharedAgeHours]: newestAgeHours,
  };
}

/**
 * Creates a report that writes structured logs, and CloudWatch metrics in the embedded metric
 * format.
 */
export function reportTo(logger: Logger, metrics: Metrics): Report {
  const put = (dimensions: Record<string, string>, name: string, value: number): void => {
    // A separate metric each time: metrics of one object would share each other's dimensions.
    const metric = metrics.singleMetric();
    metric.addDimensions(dimensions);
    metric.addMetric(name, MetricUnit.NoUnit, value);
  };
  return {
    ignored: (reason) => {
      logger.warn("event ignored", { reason });
      put({}, METRICS.eventIgnored, 1);
    },
    buildFailed: (image) => {
      logger.warn("build failed", { image });
      put({ image }, METRICS.buildFailed, 1);
    },
    shareSkipped: ({ arn, image, policy: { channel } }, reason, ageHours) => {
      logger.warn("share skipped", { share: arn, image, channel, reason });
      // A skipped share gets no new builds, so the age alarm of its channel must still see it age.
      put({ image, channel }, METRICS.newestSharedAgeHours, ageHours);
    },
    imageReconciled: (image, { summaries, errors }, milliseconds) => {
      for (const summary of summaries) {
        logger.info("share reconciled", { ...summary, milliseconds });
        const dimensions = { image, channel: summary.channel };
        for (const [name, value] of Object.entries(shareMetrics(summary)))
          put(dimensions, name, value);
      }
      for (const error of errors)
        logger.error("image not fully reconciled", { image, error: error as Error });
    },
    finished: (summaries, isComplete) => {
      const refused = summaries.reduce((sum, summary) => sum + summary.refused.length, 0);
      // Zero from an incomplete run could end an alarm that is still justified.
      if (isComplete || refused > 0) put({}, METRICS.unshareRefused, refused);
    },
  };
}
