import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { METRICS } from "../../contract/metrics";
import { parseEnvironment } from "../../contract/updater-environment";
import { createHandler } from "./handler";
import { reportTo } from "./report";

const { namespace, service: serviceName } = METRICS;

/**
 * Handles an invocation of the updater. Returns a summary of each share that it reconciled.
 *
 * The queue invokes it with the topic's messages about builds that end, and with the messages that
 * the function sends itself. The schedules and operators invoke it with an `UpdaterInvocation`.
 */
export const handler = createHandler(
  parseEnvironment(process.env),
  reportTo(new Logger({ serviceName }), new Metrics({ namespace, serviceName })),
);
