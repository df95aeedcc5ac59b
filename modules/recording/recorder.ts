import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import { Construct } from "constructs";
import type { ArnLocation } from "../../contract/build-arn";
import {
  RECORDER_MANIFEST_PREFIX,
  type RecorderManifest,
  renderRecorderEnvironment,
} from "../../contract/recorder";
import { LogGroup } from "../common/log-group";
import { addFunction } from "../functions/add-function";
import { alarmDescription } from "../functions/alarms";
import { DeadLetterQueue } from "../functions/dead-letter-queue";
import { ManifestObject } from "../functions/manifest-object";
import { WorkQueue } from "../functions/work-queue";
import { Evidence, type EvidenceProps } from "./evidence";
import { NotesTopic, type NotesTopicProps } from "./notes-topic";
import { RecorderAlarms } from "./recorder-alarms";
import { RecorderRole, type RecorderRoleProps } from "./recorder-role";

export interface RecorderProps {
  /** Name of the function and of its queue. */
  readonly name: string;
  readonly roleName: string;
  readonly logGroup: string;
  /** Where the builds are that the function records. */
  readonly home: ArnLocation;
  /** Absolute path of the folder that contains the bundled function, `index.mjs`. */
  readonly codeDirectory: string;
  readonly manifest: RecorderManifest;
  /** Bucket that stores the manifest. Build instances can't access it. */
  readonly bucket: { readonly name: string; readonly arn: string };
  /** Patterns of the ARNs of the builds that the function records. */
  readonly imageArns: readonly string[];
  /** @default - no evidence is stored */
  readonly evidence?: EvidenceProps | undefined;
  /** ARNs of the repositories of containers that evidence is about. @default - none */
  readonly repositoryArns?: readonly string[];
  /** @default - no release notes are sent */
  readonly notes?:
    | (Omit<NotesTopicProps, "keyArn"> & Omit<NonNullable<RecorderRoleProps["notes"]>, "topicArn">)
    | undefined;
  /** @default - AMIs get no watermarks */
  readonly marks?: RecorderRoleProps["marks"];
  /** Topic that alarms are published to. */
  readonly topicArn: string;
  readonly dataKeyArn: string;
}

/** Seconds. Image Builder lists the packages of a build in some ten pages. */
const TIMEOUT = 120;

/** Builds that are recorded at the same time: the minimum of SQS. */
const CONCURRENCY = 2;

/**
 * The function that records builds: it stores evidence about them, sends release notes, and marks
 * their AMIs.
 *
 * The updater sends builds to its queue, and never waits for it: a failure raises an alarm and
 * keeps no build from being shared. Its role is the only one that can sign, and reads no messages
 * that another role than the updater's can send.
 */
export class Recorder extends Construct {
  readonly functionName: string;
  /** The queue of the builds to record. */
  readonly queue: { readonly arn: string; readonly url: string };

  constructor(scope: Construct, id: string, props: RecorderProps) {
    super(scope, id);
    const { name, home, topicArn, dataKeyArn } = props;
    const logs = new LogGroup(this, "logs", { name: props.logGroup, keyArn: dataKeyArn });
    const deadLetters = new DeadLetterQueue(this, "failed", {
      name: `${name}-failed`,
      keyArn: dataKeyArn,
      topicArn,
      alarmDescription: alarmDescription(
        "The dead-letter queue contains builds that the recorder couldn't record.",
        `First find the cause in the log group ${props.logGroup}.`,
        "When it is fixed, run 'npx --no factory record IMAGE BUILD' and purge the queue.",
      ),
    });
    this.queue = new WorkQueue(this, "queue", {
      name,
      keyArn: dataKeyArn,
      topicArn,
      functionTimeout: TIMEOUT,
      deadLetters,
      delayedDescription: alarmDescription(
        "A message for the recorder has waited for more than 2 hours, so new builds have no evidence, release notes and watermarks.",
        `First check that the event source mapping of the function ${name} is enabled, and that Lambda doesn't throttle the function.`,
      ),
    });
    const evidence = props.evidence && new Evidence(this, "evidence", props.evidence);
    const notes = props.notes && {
      ...props.notes,
      topicArn: new NotesTopic(this, "notes", { ...props.notes, keyArn: dataKeyArn }).arn,
    };
    const role = new RecorderRole(this, "role", {
      name: props.roleName,
      logGroupArn: logs.arn,
      queueArn: this.queue.arn,
      deadLetterQueueArn: deadLetters.arn,
      dataKeyArn,
      manifestBucketArn: props.bucket.arn,
      imageArns: props.imageArns,
      evidence,
      repositoryArns: props.repositoryArns,
      notes,
      marks: props.marks,
    });
    const manifest = new ManifestObject(this, "manifest", {
      manifest: props.manifest,
      prefix: RECORDER_MANIFEST_PREFIX,
      bucket: props.bucket.name,
      keyArn: dataKeyArn,
    });
    this.functionName = addFunction(this, {
      name,
      description: "Stores evidence about builds, sends release notes, and marks AMIs",
      codeDirectory: props.codeDirectory,
      roleArn: role.arn,
      timeout: TIMEOUT,
      environment: renderRecorderEnvironment({
        home,
        manifest,
        queueUrl: this.queue.url,
        evidence: evidence && { bucket: evidence.bucketName, keyArn: evidence.keyArn },
        notesTopicArn: notes?.topicArn,
        marksAmis: props.marks !== undefined,
      }),
      logGroup: logs.name,
      deadLetterQueueArn: deadLetters.arn,
      dependsOn: [role.policy],
    }).functionName;
    new LambdaEventSourceMapping(this, "messages", {
      functionName: this.functionName,
      eventSourceArn: this.queue.arn,
      batchSize: 1,
      scalingConfig: { maximumConcurrency: CONCURRENCY },
    });
    new RecorderAlarms(this, "alarms", {
      functionName: name,
      logGroup: props.logGroup,
      topicArn,
    });
  }
}
