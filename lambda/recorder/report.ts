import type { Logger } from "@aws-lambda-powertools/logger";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import { RECORDER_MESSAGES } from "../../contract/log-messages";
import { RECORDER_METRICS } from "../../contract/metrics";
import { metricWriter } from "../common/metrics";
import type { BuildResult, Report } from "./run";

function logOutcome(logger: Logger, { build, outcome }: BuildResult): void {
  switch (outcome.kind) {
    case "recorded":
      if (outcome.isComplete) logger.info("build recorded", { build, ...outcome });
      else
        logger.warn(RECORDER_MESSAGES.incomplete, {
          build,
          hasPackages: outcome.hasPackages,
        });
      return;
    case "waiting":
      logger.info("packages or container images aren't listed yet", {
        build,
        until: new Date(outcome.until).toISOString(),
      });
      return;
    case "known":
      logger.info("build is recorded already", { build });
      return;
    case "none":
      return;
    case "unready":
      logger.info("build hasn't ended", { build, reason: outcome.reason });
      return;
    case "ignored":
      logger.warn("message ignored", { build, reason: outcome.reason });
      return;
    default:
      outcome satisfies never;
  }
}

function logNote(logger: Logger, { build, note }: BuildResult): void {
  switch (note?.kind) {
    case undefined:
      return;
    case "published":
      logger.info("release notes published", { build });
      return;
    case "known":
      logger.info("release notes are published already", { build });
      return;
    case "waiting":
      logger.info("release notes wait for the packages or the share", {
        build,
        until: new Date(note.until).toISOString(),
      });
      return;
    case "ignored":
      logger.warn("no release notes", { build, reason: note.reason });
      return;
    default:
      note satisfies never;
  }
}

function isIncomplete({ outcome, unmarked = [] }: BuildResult): boolean {
  return unmarked.length > 0 || (outcome.kind === "recorded" && !outcome.isComplete);
}

/** Creates a report that writes structured logs, and a metric in the embedded metric format. */
export function reportTo(logger: Logger, metrics: Metrics): Report {
  const put = metricWriter(metrics);
  // Zeros are included, so that an alarm ends when the problem is solved.
  const putFailures = (count: number): void => put({}, { [RECORDER_METRICS.incomplete]: count });
  return {
    handled: (result) => {
      logOutcome(logger, result);
      logNote(logger, result);
      for (const { region, id, reason } of result.unmarked ?? [])
        logger.warn(RECORDER_MESSAGES.notMarked, { build: result.build, ami: id, region, reason });
      putFailures(isIncomplete(result) ? 1 : 0);
    },
    failed: (build, error) => {
      logger.error(RECORDER_MESSAGES.notRecorded, { build, error: error as Error });
      putFailures(1);
    },
  };
}
