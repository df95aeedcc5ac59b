import type { Logger } from "@aws-lambda-powertools/logger";
import { type Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { METRICS } from "../../contract/metrics";
import type { Report } from "./reconcile";
import type { ShareSummary } from "./reconcile-share";

/** A summary's numbers, by the metrics' names. */
function numbers({
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

/** Tells of a run in structured logs and, in the same lines, metrics by image and channel. */
export function reportTo(logger: Logger, metrics: Metrics): Report {
  const put = (dimensions: Record<string, string>, values: Record<string, number>): void => {
    // A metric of its own for each set of dimensions: together they would get each other's.
    for (const [name, value] of Object.entries(values)) {
      const single = metrics.singleMetric();
      single.addDimensions(dimensions);
      single.addMetric(name, MetricUnit.NoUnit, value);
    }
  };
  return {
    ignored: (why) => {
      logger.warn("event ignored", { why });
      put({}, { EventIgnored: 1 });
    },
    buildFailed: (image) => {
      logger.warn("build failed", { image });
      put({ image }, { BuildFailed: 1 });
    },
    leftAlone: ({ arn, image, policy: { channel } }, why, ageHours) => {
      logger.warn("share left alone", { share: arn, image, channel, why });
      // Nothing new comes to its channel, so its alarm has to hear of it.
      put({ image, channel }, { [METRICS.newestSharedAgeHours]: ageHours });
    },
    finished: (summaries, isAll) => {
      const refused = summaries.reduce((sum, one) => sum + one.refused.length, 0);
      // A zero of a run that didn't see everything would end an alarm that may be right.
      if (isAll || refused > 0) put({}, { [METRICS.unshareRefused]: refused });
    },
    imageReconciled: (image, { summaries, errors }, milliseconds) => {
      for (const summary of summaries) {
        logger.info("share updated", { ...summary, milliseconds });
        put({ image, channel: summary.channel }, numbers(summary));
      }
      for (const error of errors)
        logger.error("share not updated", { image, error: error as Error });
    },
  };
}
