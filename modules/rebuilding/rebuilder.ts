import { Construct } from "constructs";
import type { ArnLocation } from "../../contract/build-arn";
import { renderFunctionEnvironment } from "../../contract/function-environment";
import {
  REBUILDER_MANIFEST_PREFIX,
  type RebuilderManifest,
} from "../../contract/rebuilder-manifest";
import { LogGroup } from "../common/log-group";
import { addFunction } from "../functions/add-function";
import { alarmDescription } from "../functions/alarms";
import { DeadLetterQueue } from "../functions/dead-letter-queue";
import { invokeOnRule } from "../functions/invoke-on-rule";
import { ManifestObject } from "../functions/manifest-object";
import { type MonitoredImage, RebuilderAlarms } from "./rebuilder-alarms";
import { type HintRule, RebuilderQueue } from "./rebuilder-queue";
import { type RebuilderArns, RebuilderRole } from "./rebuilder-role";

export interface RebuilderProps {
  /**
   * Name of the function, its queue and its schedule. The names of the other rules start with it.
   */
  readonly name: string;
  readonly roleName: string;
  readonly logGroup: string;
  /** Where the function starts builds. */
  readonly home: ArnLocation;
  /** Absolute path of the folder that contains the bundled function, `index.mjs`. */
  readonly codeDirectory: string;
  readonly manifest: RebuilderManifest;
  /** Bucket that stores the manifest. Build instances can't access it. */
  readonly bucket: { readonly name: string; readonly arn: string };
  /** Resources that the function reads, and pipelines that it starts. */
  readonly arns: RebuilderArns;
  /** Images with an alarm. */
  readonly monitored: readonly MonitoredImage[];
  /** Topic that alarms are published to. */
  readonly topicArn: string;
  readonly dataKeyArn: string;
  /** Minute of the hour in which the schedule runs. */
  readonly minute: number;
  /**
   * Whether another account shares the builds of a parent. Otherwise events of RAM don't matter.
   */
  readonly followsSharedParents: boolean;
}

/** Seconds. A run of 100 images takes less than a minute, unless Image Builder throttles it. */
const TIMEOUT = 300;

/**
 * A build that ends can be the parent of another image, or make room on a dedicated host.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-eventbridge.html
 */
const BUILD_ENDS = {
  source: ["aws.imagebuilder"],
  "detail-type": ["EC2 Image Builder Image State Change"],
  detail: { state: { status: ["AVAILABLE", "CANCELLED", "FAILED"] } },
};

/**
 * RAM sends events to the owner of a share and to its principals.
 * https://docs.aws.amazon.com/ram/latest/userguide/using-cloudwatch-events.html
 *
 * Assumed: also when a build is added to a share. Without the event, the schedule finds it.
 */
const SHARE_CHANGES = {
  source: ["aws.ram"],
  "detail-type": ["Resource Sharing State Change"],
};

/** Ends of the names of the rules whose events are hints. */
export const HINTS = ["builds", "shares"] as const;

function hintRules({
  name,
  followsSharedParents,
}: RebuilderProps): Partial<Record<(typeof HINTS)[number], HintRule>> {
  const builds = {
    name: `${name}-builds`,
    description: "Runs the rebuilder when a build has ended",
    eventPattern: BUILD_ENDS,
  };
  if (!followsSharedParents) return { builds };
  const shares = {
    name: `${name}-shares`,
    description: "Runs the rebuilder when a resource share has changed",
    eventPattern: SHARE_CHANGES,
  };
  return { builds, shares };
}

/**
 * The function that starts a build of an image when its parent has a newer build.
 *
 * Its schedule is sufficient. The events are hints that make it faster: they can be lost, and other
 * principals can send similar ones. A queue collects them. Image Builder's events include the
 * builds of all images of the account and Region, so the function needs no subscription to the
 * topic.
 */
export class Rebuilder extends Construct {
  readonly functionName: string;

  constructor(scope: Construct, id: string, props: RebuilderProps) {
    super(scope, id);
    const { name, home, topicArn, dataKeyArn } = props;
    const logs = new LogGroup(this, "logs", { name: props.logGroup, keyArn: dataKeyArn });
    const deadLetters = new DeadLetterQueue(this, "failed", {
      name: `${name}-failed`,
      keyArn: dataKeyArn,
      topicArn,
      alarmDescription: alarmDescription(
        "The dead-letter queue contains events that the rebuilder couldn't process.",
        `First find the cause in the log group ${props.logGroup}.`,
        "When it is fixed, purge the queue. The next run of the schedule checks every image.",
      ),
    });
    const queue = new RebuilderQueue(this, "queue", {
      name,
      keyArn: dataKeyArn,
      functionTimeout: TIMEOUT,
      deadLetters,
    });
    const role = new RebuilderRole(this, "role", {
      name: props.roleName,
      logGroupArn: logs.arn,
      queueArn: queue.arn,
      deadLetterQueueArn: deadLetters.arn,
      dataKeyArn,
      manifestBucketArn: props.bucket.arn,
      ...props.arns,
    });
    const manifest = new ManifestObject(this, "manifest", {
      manifest: props.manifest,
      prefix: REBUILDER_MANIFEST_PREFIX,
      bucket: props.bucket.name,
      keyArn: dataKeyArn,
    });
    const rebuilder = addFunction(this, {
      name,
      description: "Starts a build of each image that isn't on the newest build of its parent",
      codeDirectory: props.codeDirectory,
      roleArn: role.arn,
      timeout: TIMEOUT,
      environment: renderFunctionEnvironment({ home, manifest }),
      logGroup: logs.name,
      deadLetterQueueArn: deadLetters.arn,
      dependsOn: [role.policy],
    });
    this.functionName = rebuilder.functionName;

    new RebuilderAlarms(this, "alarms", {
      functionName: name,
      logGroup: props.logGroup,
      topicArn,
      monitored: props.monitored,
    });
    invokeOnRule(this, "schedule", rebuilder, {
      name,
      description: "Runs the rebuilder for every image",
      scheduleExpression: `cron(${props.minute} * * * ? *)`,
    });
    queue.sendOn(hintRules(props));
    queue.invoke(rebuilder);
  }
}
