import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaInvocation } from "@cdktf/provider-aws/lib/lambda-invocation";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { ArnLocation } from "../../contract/build-arn";
import { renderInvocation } from "../../contract/invocation";
import { MANIFEST_PREFIX, type Manifest } from "../../contract/manifest";
import { renderEnvironment } from "../../contract/updater-environment";
import { LogGroup } from "../common/log-group";
import { addFunction } from "../functions/add-function";
import { alarmDescription } from "../functions/alarms";
import { DeadLetterQueue } from "../functions/dead-letter-queue";
import { invokeOnRule } from "../functions/invoke-on-rule";
import { ManifestObject } from "../functions/manifest-object";
import { WorkQueue } from "../functions/work-queue";
import { type MonitoredChannel, UpdaterAlarms } from "./updater-alarms";
import { UpdaterDashboard } from "./updater-dashboard";
import { UpdaterRole } from "./updater-role";

export interface ShareUpdaterProps {
  /** Name of the function, of its queue, and of the rule that is its schedule. */
  readonly name: string;
  /** Name of the rule that starts full runs. */
  readonly fullRunRuleName: string;
  readonly roleName: string;
  readonly dashboardName: string;
  readonly logGroup: string;
  /** Where the images are that the function shares. */
  readonly home: ArnLocation;
  /** Absolute path of the folder that contains the bundled function, `index.mjs`. */
  readonly codeDirectory: string;
  readonly manifest: Manifest;
  /** Bucket that stores the manifest. Build instances can't access it. */
  readonly bucket: { readonly name: string; readonly arn: string };
  /** Pattern of the ARNs of resource shares. */
  readonly shareArns: string;
  /** Patterns of the ARNs of builds that have a channel. */
  readonly sharedImageArns: readonly string[];
  /** Patterns of the ARNs of builds that have a golden parent. */
  readonly childImageArns: readonly string[];
  /** Patterns of the ARNs of builds that have a channel with limits for findings. */
  readonly limitedImageArns: readonly string[];
  /** Pattern of the ARNs of all builds. */
  readonly imageArns: string;
  /** Pattern of the ARNs of AMIs in every Region. */
  readonly amiArns: string;
  /** Channels with an alarm for their age. */
  readonly channels: readonly MonitoredChannel[];
  /** Topic that Image Builder publishes builds to. Alarms are published to it as well. */
  readonly topicArn: string;
  readonly dataKeyArn: string;
  /** `rate(…)` or `cron(…)`, in UTC. */
  readonly schedule: string;
  /** Maximum number of hours between two runs of the schedule. */
  readonly hoursBetweenRuns: number;
  /** Number of images that are reconciled at the same time. */
  readonly concurrency: number;
  /** The recorder's queue, which the function sends builds to. @default - no builds are recorded */
  readonly recorderQueue?: { readonly arn: string; readonly url: string } | undefined;
  /** Resources that must be up to date before a run: the principals of the shares. */
  readonly runDependsOn: readonly ITerraformDependable[];
}

/** Schedule of the runs that look at every build. */
const FULL_RUN_SCHEDULE = "rate(1 day)";

/** Seconds for a run of one image. RAM may take 5 minutes for one association. */
const TIMEOUT = 300;

/**
 * The function that reconciles resource shares with the manifest, one image at a time. Its queue
 * contains the images: those whose builds end, and all of them on a schedule. Events that it can't
 * process are kept in a dead-letter queue.
 */
export class ShareUpdater extends Construct {
  readonly functionName: string;

  constructor(scope: Construct, id: string, props: ShareUpdaterProps) {
    super(scope, id);
    const { name, topicArn, dataKeyArn, home, recorderQueue } = props;
    const logs = new LogGroup(this, "logs", { name: props.logGroup, keyArn: dataKeyArn });
    const deadLetters = this.addDeadLetters(props);
    const queue = this.addQueue(props, deadLetters);
    const role = new UpdaterRole(this, "role", {
      name: props.roleName,
      logGroupArn: logs.arn,
      queueArn: queue.arn,
      deadLetterQueueArn: deadLetters.arn,
      dataKeyArn,
      manifestBucketArn: props.bucket.arn,
      shareArns: props.shareArns,
      sharedImageArns: props.sharedImageArns,
      childImageArns: props.childImageArns,
      limitedImageArns: props.limitedImageArns,
      imageArns: props.imageArns,
      amiArns: props.amiArns,
      recorderQueueArn: recorderQueue?.arn,
    });
    const manifest = new ManifestObject(this, "manifest", {
      manifest: props.manifest,
      prefix: MANIFEST_PREFIX,
      bucket: props.bucket.name,
      keyArn: dataKeyArn,
    });
    const updater = addFunction(this, {
      name,
      description: "Keeps RAM resource shares equal to the newest builds that their channels allow",
      codeDirectory: props.codeDirectory,
      roleArn: role.arn,
      timeout: TIMEOUT,
      environment: renderEnvironment({
        home,
        manifest,
        queueUrl: queue.url,
        recorderQueueUrl: recorderQueue?.url,
      }),
      logGroup: logs.name,
      deadLetterQueueArn: deadLetters.arn,
      dependsOn: [role.policy],
    });
    this.functionName = updater.functionName;

    this.watch(props);
    this.sendBuilds(queue, topicArn);
    const mapping = this.invokeOnMessages(queue, props.concurrency);
    this.invokeOnSchedules(updater, props);
    this.invokeOnChange(manifest, [mapping, role.policy, ...props.runDependsOn]);
  }

  private addDeadLetters(props: ShareUpdaterProps): DeadLetterQueue {
    return new DeadLetterQueue(this, "failed", {
      name: `${props.name}-failed`,
      keyArn: props.dataKeyArn,
      topicArn: props.topicArn,
      alarmDescription: alarmDescription(
        "The dead-letter queue contains events that the updater couldn't process.",
        `First find the cause in the log group ${props.logGroup}.`,
        "When it is fixed, run 'npx --no factory update IMAGE' and purge the queue.",
      ),
    });
  }

  private addQueue(props: ShareUpdaterProps, deadLetters: DeadLetterQueue): WorkQueue {
    return new WorkQueue(this, "queue", {
      name: props.name,
      keyArn: props.dataKeyArn,
      topicArn: props.topicArn,
      receivesTopic: true,
      functionTimeout: TIMEOUT,
      deadLetters,
      delayedDescription: alarmDescription(
        "A message for the updater has waited for more than 2 hours.",
        "New builds of its image aren't shared, and builds that were revoked by a tag alone stay shared. Commands such as 'factory revoke' still work.",
        `First check that the event source mapping of the function ${props.name} is enabled, and that Lambda doesn't throttle the function.`,
        "If there are too many images for its concurrency, raise updater.concurrency in factory.yaml.",
      ),
    });
  }

  /** Adds the alarms and the dashboard. */
  private watch(props: ShareUpdaterProps): void {
    const { channels, home, recorderQueue } = props;
    const hasFindings = props.limitedImageArns.length > 0;
    new UpdaterAlarms(this, "alarms", {
      functionName: props.name,
      logGroup: props.logGroup,
      topicArn: props.topicArn,
      channels,
      hasFindings,
      hasRecorder: recorderQueue !== undefined,
      hoursBetweenRuns: props.hoursBetweenRuns,
    });
    new UpdaterDashboard(this, "dashboard", {
      name: props.dashboardName,
      region: home.region,
      functionName: props.name,
      queueName: props.name,
      channels,
      hasFindings,
    });
  }

  /**
   * Builds that end are sent to the queue. The filter reads the body, because Image Builder's
   * messages have no attributes.
   */
  private sendBuilds({ arn, policy }: WorkQueue, topicArn: string): void {
    new SnsTopicSubscription(this, "builds", {
      topicArn,
      protocol: "sqs",
      endpoint: arn,
      rawMessageDelivery: true,
      filterPolicyScope: "MessageBody",
      filterPolicy: JSON.stringify({ state: { status: ["AVAILABLE", "FAILED"] } }),
      dependsOn: [policy],
    });
  }

  /**
   * Limits the concurrency in the mapping and not in the function: reserved concurrency would
   * throttle schedules and operators, and fails in accounts with a small quota.
   */
  private invokeOnMessages({ arn }: WorkQueue, concurrency: number): ITerraformDependable {
    return new LambdaEventSourceMapping(this, "messages", {
      functionName: this.functionName,
      eventSourceArn: arn,
      batchSize: 1,
      scalingConfig: { maximumConcurrency: concurrency },
    });
  }

  private invokeOnSchedules(updater: LambdaFunction, props: ShareUpdaterProps): void {
    invokeOnRule(this, "schedule", updater, {
      name: props.name,
      description: "Runs the updater for every image, in case that events were lost",
      scheduleExpression: props.schedule,
      input: renderInvocation({}),
    });
    invokeOnRule(this, "full-schedule", updater, {
      name: props.fullRunRuleName,
      description: "Runs the updater for every build of every image",
      scheduleExpression: FULL_RUN_SCHEDULE,
      input: renderInvocation({ full: true }),
    });
  }

  /**
   * Terraform starts a run after it changed the manifest, so that a new principal doesn't wait for
   * the schedule. Lambda creates a mapping only once the role's policy has taken effect, so the
   * first run can read the manifest.
   */
  private invokeOnChange({ key }: ManifestObject, dependsOn: ITerraformDependable[]): void {
    new LambdaInvocation(this, "run", {
      functionName: this.functionName,
      input: renderInvocation(),
      triggers: { manifest: key },
      dependsOn,
    });
  }
}
