import type { Logger } from "@aws-lambda-powertools/logger";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import { REBUILDER_MESSAGES } from "../../contract/log-messages";
import { REBUILDER_METRICS } from "../../contract/metrics";
import { metricWriter } from "../common/metrics";
import type { Decision } from "./decide";
import type { ImageResult, RunResult } from "./rebuild";

function logImage(logger: Logger, { image, decision, behindHours }: ImageResult): void {
  if (!decision) return;
  const { kind, ...details } = decision;
  const fields = { image, ...details, behindHours };
  switch (kind) {
    case "parent-not-visible":
      logger.warn(REBUILDER_MESSAGES.parentNotVisible, fields);
      return;
    case "parent-revoked":
      logger.warn(REBUILDER_MESSAGES.parentRevoked, fields);
      return;
    case "given-up":
      logger.warn(REBUILDER_MESSAGES.givenUp, fields);
      return;
    default:
      logger.info(REBUILDER_MESSAGES.imageChecked, { state: kind, ...fields });
  }
}

/** Creates a function that writes the result of a run as structured logs and metrics. */
export function reportTo(logger: Logger, metrics: Metrics): (result: RunResult) => void {
  const put = metricWriter(metrics);
  return ({ images, starts, failures }) => {
    for (const start of starts) logger.info(REBUILDER_MESSAGES.started, { ...start });
    for (const image of images) logImage(logger, image);
    const failing = images.filter(({ failures: failed }) => failed > 0);
    for (const { image, failures: failed } of failing)
      logger.warn(REBUILDER_MESSAGES.failing, { image, failures: failed });
    for (const { image, error } of failures)
      logger.error(REBUILDER_MESSAGES.notChecked, { image, error: error as Error });
    const count = (kind: Decision["kind"]): number =>
      images.filter(({ decision }) => decision?.kind === kind).length;
    // Zeros are included, so that an alarm ends when the problem is solved.
    put(
      {},
      {
        [REBUILDER_METRICS.parentsNotVisible]:
          count("parent-not-visible") + count("parent-revoked"),
        [REBUILDER_METRICS.rebuildsFailing]: images.filter(({ failures: failed }) => failed > 0)
          .length,
        [REBUILDER_METRICS.unreadable]: failures.length,
      },
    );
    for (const { image, behindHours } of images)
      if (behindHours !== undefined)
        put({ image }, { [REBUILDER_METRICS.behindParentHours]: behindHours });
  };
}
