import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { RAMClient } from "@aws-sdk/client-ram";
import { METRICS } from "../../contract/metrics";
import { parseEnvironment } from "../../contract/updater-environment";
import {
  CLIENT_CONFIG,
  ec2Clients,
  imagesAdapter,
  launchPermissionsAdapter,
  ramAdapter,
} from "./adapters";
import { parseEvent } from "./event";
import type { Aws } from "./ports";
import { reconcile } from "./reconcile";
import type { ShareSummary } from "./reconcile-share";
import { reportTo } from "./report";

const environment = parseEnvironment(process.env);
const logger = new Logger({ serviceName: METRICS.service });
const metrics = new Metrics({ namespace: METRICS.namespace, serviceName: METRICS.service });

const aws: Omit<Aws, "deadline"> = {
  home: environment,
  ram: ramAdapter(new RAMClient(CLIENT_CONFIG)),
  images: imagesAdapter(new ImagebuilderClient(CLIENT_CONFIG)),
  launchPermissions: launchPermissionsAdapter(ec2Clients()),
  now: Date.now,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Time to finish a run after the last wait for RAM. */
const MARGIN_MS = 60_000;

/**
 * Handles an invocation of the updater, and returns a summary of each share that it reconciled.
 *
 * SNS invokes it when a build ends. The schedule and operators invoke it with an
 * `UpdaterInvocation`.
 */
export async function handler(
  event: unknown,
  { getRemainingTimeInMillis }: { readonly getRemainingTimeInMillis: () => number },
): Promise<readonly ShareSummary[]> {
  return reconcile(
    { ...aws, deadline: Date.now() + getRemainingTimeInMillis() - MARGIN_MS },
    parseEvent(event, environment),
    reportTo(logger, metrics),
  );
}
