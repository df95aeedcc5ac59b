import type { Logger } from "@aws-lambda-powertools/logger";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import { RECORDER_MESSAGES } from "../../contract/log-messages";
import { RECORDER_METRICS } from "../../contract/metrics";
import { metricWriter } from "../common/metrics";
import type { BuildResult, Report } from "./run";
import type { UnmarkedAmi } from "./watermarks";

function logOutcome(logger: Logger, { build, outcome }: BuildResult): void {
  switch (outcome.kind) {
    case "recorded":
      if (outcome.isComplete) logger.info("build recorded", { build, ...outcome });
      else
        logger.warn(RECORDER_MESSAGES.incomplete, {
          build,
          hasPackages: outcome.hasPackages,
          hasDigests: outcome.hasDigests,
        });
      return;
    case "waiting":
      logger.info("packages or images aren't listed yet", {
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

function logUnmarked(
  logger: Logger,
  { build }: BuildResult,
  { region, id, reason, until }: UnmarkedAmi,
): void {
  const fields = { build, ami: id, region, reason };
  if (until === undefined) logger.warn(RECORDER_MESSAGES.notMarked, fields);
  else logger.info("AMI isn't marked yet", { ...fields, until: new Date(until).toISOString() });
}

function isIncomplete({ outcome, unmarked = [] }: BuildResult): boolean {
  return (
    unmarked.some(({ until }) => until === undefined) ||
    (outcome.kind === "recorded" && !outcome.isComplete)
  );
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
      for (const ami of result.unmarked ?? []) logUnmarked(logger, result, ami);
      putFailures(isIncomplete(result) ? 1 : 0);
    },
    failed: (build, error) => {
      logger.error(RECORDER_MESSAGES.notRecorded, { build, error: error as Error });
      putFailures(1);
    },
  };
}
