import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { RAMClient } from "@aws-sdk/client-ram";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { parseManifest } from "../../contract/manifest";
import { METRICS } from "../../contract/metrics";
import { parseEnvironment } from "../../contract/updater-environment";
import { CLIENT_CONFIG } from "../common/client";
import { deadlineOf, type InvocationContext } from "../common/deadline";
import { ec2Clients } from "../common/ec2-clients";
import { manifestAdapter } from "../common/manifest";
import { remembered } from "../common/remembered";
import { amisAdapter } from "./adapters/ec2";
import { imagesAdapter } from "./adapters/image-builder";
import { ramAdapter } from "./adapters/ram";
import { recorderSender, sender } from "./adapters/sqs";
import { parseEvent } from "./event";
import { guarded } from "./guarded";
import type { Aws } from "./ports";
import { type RunResult, reconcile } from "./reconcile";
import { reportTo } from "./report";

const environment = parseEnvironment(process.env);
const logger = new Logger({ serviceName: METRICS.service });
const metrics = new Metrics({ namespace: METRICS.namespace, serviceName: METRICS.service });
const manifests = manifestAdapter(new S3Client(CLIENT_CONFIG), environment.manifest, parseManifest);

const sqs = new SQSClient(CLIENT_CONFIG);
const { recorderQueueUrl } = environment;

const aws: Omit<Aws, "deadline"> = {
  home: environment.home,
  ram: ramAdapter(new RAMClient(CLIENT_CONFIG)),
  images: imagesAdapter(new ImagebuilderClient(CLIENT_CONFIG)),
  amis: amisAdapter(ec2Clients(), environment.home.region),
  send: sender(sqs, environment.queueUrl),
  record: recorderQueueUrl === undefined ? undefined : recorderSender(sqs, recorderQueueUrl),
  now: Date.now,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** The manifest is immutable: another one has another key, and so is another environment. */
const loadManifest = remembered(manifests.read);

/**
 * Handles an invocation of the updater. Returns a summary of each share that it reconciled.
 *
 * The queue invokes it with the topic's messages about builds that end, and with the messages that
 * the function sends itself. The schedules and operators invoke it with an `UpdaterInvocation`.
 */
export async function handler(event: unknown, context: InvocationContext): Promise<RunResult> {
  return reconcile(
    guarded({ ...aws, deadline: deadlineOf(context) }, manifests.assertCurrent),
    await loadManifest(),
    parseEvent(event, environment.home),
    reportTo(logger, metrics),
  );
}
