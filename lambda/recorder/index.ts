import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import { KMSClient } from "@aws-sdk/client-kms";
import { RAMClient } from "@aws-sdk/client-ram";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { RECORDER_METRICS } from "../../contract/metrics";
import { parseRecorderEnvironment, parseRecorderManifest } from "../../contract/recorder";
import { CLIENT_CONFIG } from "../common/client";
import { deadlineOf, type InvocationContext } from "../common/deadline";
import { ec2Clients } from "../common/ec2-clients";
import { manifestAdapter } from "../common/manifest";
import { remembered } from "../common/remembered";
import { ec2Adapter } from "./adapters/ec2";
import { ecrAdapter } from "./adapters/ecr";
import { evidenceAdapter } from "./adapters/evidence";
import { readFailedStep } from "./adapters/failed-step";
import { imageBuilderAdapter } from "./adapters/image-builder";
import { signerAdapter } from "./adapters/kms";
import { logsAdapter } from "./adapters/logs";
import { notesAdapter } from "./adapters/notes";
import { ramAdapter } from "./adapters/ram";
import { sender } from "./adapters/sqs";
import { parseEvent } from "./event";
import type { Aws, Evidence, Notes } from "./ports";
import { reportTo } from "./report";
import { type BuildResult, run } from "./run";

const environment = parseRecorderEnvironment(process.env);
const { namespace, service: serviceName } = RECORDER_METRICS;
const report = reportTo(new Logger({ serviceName }), new Metrics({ namespace, serviceName }));
const s3 = new S3Client(CLIENT_CONFIG);
const imageBuilder = new ImagebuilderClient(CLIENT_CONFIG);

function evidence(): Evidence | undefined {
  if (!environment.evidence) return undefined;
  const { bucket, keyArn } = environment.evidence;
  const signer = signerAdapter(new KMSClient(CLIENT_CONFIG), keyArn);
  const containers = ecrAdapter(new ECRClient(CLIENT_CONFIG));
  return { ...evidenceAdapter(s3, bucket), signer, containers };
}

function notes(): Notes | undefined {
  const { manifest, notesTopicArn: topicArn } = environment;
  if (topicArn === undefined) return undefined;
  return {
    ...notesAdapter(s3, new SNSClient(CLIENT_CONFIG), { bucket: manifest.bucket, topicArn }),
    ram: ramAdapter(new RAMClient(CLIENT_CONFIG)),
    logs: logsAdapter(new CloudWatchLogsClient(CLIENT_CONFIG)),
    failedStep: (arn) => readFailedStep(imageBuilder, arn),
  };
}

const aws: Omit<Aws, "deadline"> = {
  home: environment.home,
  imageBuilder: imageBuilderAdapter(imageBuilder),
  ec2: ec2Adapter(ec2Clients()),
  evidence: evidence(),
  notes: notes(),
  marksAmis: environment.marksAmis,
  send: sender(new SQSClient(CLIENT_CONFIG), environment.queueUrl),
  now: Date.now,
};

/** The manifest is immutable: another one has another key, and so is another environment. */
const loadManifest = remembered(
  manifestAdapter(s3, environment.manifest, parseRecorderManifest).read,
);

/**
 * Handles an invocation of the recorder. Returns what it did about each build.
 *
 * The queue invokes it with the messages of the updater, and with those that the function sends
 * itself. Operators invoke it with a `RecorderMessage`.
 */
export async function handler(event: unknown, context: InvocationContext): Promise<BuildResult[]> {
  const deadline = deadlineOf(context);
  return run({ ...aws, deadline }, await loadManifest(), parseEvent(event), report);
}
