import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { RAMClient } from "@aws-sdk/client-ram";
import { CLIENT, ec2Clients, imagesOf, launchPermissionsOf, ramOf } from "./adapters";
import { METRICS, parseEnvironment } from "./environment";
import { parseEvent } from "./event";
import type { Aws } from "./ports";
import { reportTo } from "./report";
import { update } from "./update";
import type { ShareSummary } from "./update-share";

const environment = parseEnvironment(process.env);
const logger = new Logger({ serviceName: METRICS.service });
const metrics = new Metrics({ namespace: METRICS.namespace, serviceName: METRICS.service });

const aws: Omit<Aws, "deadline"> = {
  home: environment,
  ram: ramOf(new RAMClient(CLIENT)),
  images: imagesOf(new ImagebuilderClient(CLIENT)),
  launchPermissions: launchPermissionsOf(ec2Clients()),
  now: Date.now,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Is left for what isn't waiting, in milliseconds. */
const MARGIN = 60_000;

/** Called by SNS when a build ends, by a schedule (`{}`), and by hand (`{}` or `{ "image": "NAME" }`, with `"build": ARN` for one that lists may not show yet). Answers with what each share is. */
export const handler = async (
  event: unknown,
  { getRemainingTimeInMillis }: { readonly getRemainingTimeInMillis: () => number },
): Promise<readonly ShareSummary[]> =>
  update(
    { ...aws, deadline: Date.now() + getRemainingTimeInMillis() - MARGIN },
    parseEvent(event, environment),
    reportTo(logger, metrics),
  );
