import type { Logger } from "@aws-lambda-powertools/logger";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import { RECORDER_METRICS } from "../../contract/metrics";
import { metricWriter } from "../common/metrics";
import type { BuildResult, Report } from "./run";

function logResult(logger: Logger, { build, outcome }: BuildResult): void {
  switch (outcome.kind) {
    case "recorded":
      if (outcome.isComplete) logger.info("build recorded", { build, ...outcome });
      else logger.warn("build recorded without its packages: none were listed", { build });
      return;
    case "waiting":
      logger.info("packages aren't listed yet", {
        build,
        until: new Date(outcome.until).toISOString(),
      });
      return;
    case "known":
      logger.info("build is recorded already", { build });
      return;
    case "ignored":
      logger.warn("message ignored", { build, reason: outcome.reason });
      return;
    default:
      outcome satisfies never;
  }
}

/** Creates a report that writes structured logs, and a metric in the embedded metric format. */
export function reportTo(logger: Logger, metrics: Metrics): Report {
  const put = metricWriter(metrics);
  // Zeros are included, so that an alarm ends when the problem is solved.
  const putFailures = (count: number): void => put({}, { [RECORDER_METRICS.incomplete]: count });
  return {
    handled: (result) => {
      logResult(logger, result);
      const { outcome } = result;
      putFailures(outcome.kind === "recorded" && !outcome.isComplete ? 1 : 0);
    },
    failed: (build, error) => {
      logger.error("build not recorded", { build, error: error as Error });
      putFailures(1);
    },
  };
}
