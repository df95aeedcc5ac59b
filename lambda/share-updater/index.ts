import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { RAMClient } from "@aws-sdk/client-ram";
import { METRICS } from "../../contract/metrics";
import { parseEnvironment } from "../../contract/updater-environment";
import {
  CLIENT,
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
  ram: ramAdapter(new RAMClient(CLIENT)),
  images: imagesAdapter(new ImagebuilderClient(CLIENT)),
  launchPermissions: launchPermissionsAdapter(ec2Clients()),
  now: Date.now,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Is left for what isn't waiting, in milliseconds. */
const MARGIN = 60_000;

/** Called by SNS when a build ends, by a schedule (`{}`), and by hand (`{}` or `{ "image": "NAME" }`, with `"build": ARN` for one that lists may not show yet). Answers with what each share is. */
export async function handler(
  event: unknown,
  { getRemainingTimeInMillis }: { readonly getRemainingTimeInMillis: () => number },
): Promise<readonly ShareSummary[]> {
  return reconcile(
    { ...aws, deadline: Date.now() + getRemainingTimeInMillis() - MARGIN },
    parseEvent(event, environment),
    reportTo(logger, metrics),
  );
}
