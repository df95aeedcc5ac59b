import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { RAMClient } from "@aws-sdk/client-ram";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { parseManifest } from "../../contract/manifest";
import type { UpdaterEnvironment } from "../../contract/updater-environment";
import { CLIENT_CONFIG } from "../common/client";
import { deadlineOf, type InvocationContext } from "../common/deadline";
import { ec2Clients } from "../common/ec2-clients";
import { manifestAdapter } from "../common/manifest";
import { remembered } from "../common/remembered";
import { SYSTEM_TIME } from "../common/system-time";
import { amisAdapter } from "./adapters/ec2";
import { imagesAdapter } from "./adapters/image-builder";
import { ramAdapter } from "./adapters/ram";
import { recorderSender, sender } from "./adapters/sqs";
import { parseEvent } from "./event";
import { guarded } from "./guarded";
import type { Aws } from "./ports";
import { type Report, type RunResult, reconcile } from "./reconcile";

/**
 * Creates the handler of the updater's invocations. It returns a summary of each share that it
 * reconciled.
 *
 * @param config configuration of the AWS clients
 */
export function createHandler(
  { home, manifest, queueUrl, recorderQueueUrl }: UpdaterEnvironment,
  report: Report,
  config: typeof CLIENT_CONFIG = CLIENT_CONFIG,
  time = SYSTEM_TIME,
): (event: unknown, context: InvocationContext) => Promise<RunResult> {
  const manifests = manifestAdapter(new S3Client(config), manifest, parseManifest);
  // The manifest is immutable: another one has another key, and so is another environment.
  const loadManifest = remembered(manifests.read);
  const sqs = new SQSClient(config);
  const aws: Omit<Aws, "deadline"> = {
    home,
    ram: ramAdapter(new RAMClient(config)),
    images: imagesAdapter(new ImagebuilderClient(config)),
    amis: amisAdapter(ec2Clients(config), home.region),
    send: sender(sqs, queueUrl),
    record: recorderQueueUrl === undefined ? undefined : recorderSender(sqs, recorderQueueUrl),
    ...time,
  };
  return async (event, context) =>
    reconcile(
      guarded({ ...aws, deadline: deadlineOf(context, time.now) }, manifests.assertCurrent),
      await loadManifest(),
      parseEvent(event, home),
      report,
    );
}
