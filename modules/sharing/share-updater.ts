import { DataArchiveFile } from "@cdktf/provider-archive/lib/data-archive-file";
import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { AccountRegion } from "../../contract/account-region";
import { renderInvocation } from "../../contract/invocation";
import { renderEnvironment } from "../../contract/updater-environment";
import { LogGroup } from "../common/log-group";
import { DeadLetterQueue } from "./dead-letter-queue";
import { alarmDescription, type MonitoredChannel, UpdaterAlarms } from "./updater-alarms";
import { UpdaterDashboard } from "./updater-dashboard";
import { UpdaterRole } from "./updater-role";

export interface ShareUpdaterProps {
  /** Name of the function and of the rule that is its schedule. */
  readonly name: string;
  readonly roleName: string;
  readonly dashboardName: string;
  readonly logGroup: string;
  /** Account and Region whose images the function shares. */
  readonly accountRegion: AccountRegion;
  /** Absolute path of the folder that contains the bundled function, `index.mjs`. */
  readonly codeDirectory: string;
  /** Pattern of the ARNs of resource shares. */
  readonly shareArns: string;
  /** Patterns of the ARNs of builds that have a channel. */
  readonly imageArns: readonly string[];
  /** Pattern of the ARNs of AMIs. */
  readonly amiArns: string;
  readonly channels: readonly MonitoredChannel[];
  /** Topic that Image Builder publishes builds to. Alarms are published to it as well. */
  readonly topicArn: string;
  readonly dataKeyArn: string;
  /** `rate(…)` or `cron(…)`, in UTC. */
  readonly schedule: string;
  /** Number of concurrent runs to reserve. @default - the account's unreserved concurrency */
  readonly reservedConcurrency?: number;
}

/**
 * The function that reconciles resource shares with their policies. It runs when a build ends and
 * on a schedule. Events that it can't process are kept in a dead-letter queue.
 */
export class ShareUpdater extends Construct {
  readonly functionName: string;

  constructor(scope: Construct, id: string, props: ShareUpdaterProps) {
    super(scope, id);
    const { name, topicArn, dataKeyArn, channels, accountRegion } = props;
    const logs = new LogGroup(this, "logs", { name: props.logGroup, keyArn: dataKeyArn });
    const deadLetters = new DeadLetterQueue(this, "failed", {
      name: `${name}-failed`,
      keyArn: dataKeyArn,
      topicArn,
      alarmDescription: alarmDescription(
        "The dead-letter queue contains events that the share updater couldn't process.",
        `First find the cause in the log group ${props.logGroup}.`,
        "When it is fixed, run 'npx factory update IMAGE' and purge the queue.",
      ),
    });
    const role = new UpdaterRole(this, "role", {
      name: props.roleName,
      logGroupArn: logs.arn,
      queueArn: deadLetters.arn,
      dataKeyArn,
      shareArns: props.shareArns,
      imageArns: props.imageArns,
      amiArns: props.amiArns,
    });
    const { functionName, arn } = this.addFunction(props, role, logs.name, deadLetters.arn);
    this.functionName = functionName;

    new UpdaterAlarms(this, "alarms", {
      functionName: name,
      logGroup: props.logGroup,
      topicArn,
      channels,
    });
    new UpdaterDashboard(this, "dashboard", {
      name: props.dashboardName,
      region: accountRegion.region,
      functionName: name,
      channels,
    });
    this.invokeOnBuilds(arn, topicArn);
    this.invokeOnSchedule(arn, props);
  }

  private addFunction(
    props: ShareUpdaterProps,
    role: UpdaterRole,
    logGroup: string,
    deadLetterQueueArn: string,
  ): LambdaFunction {
    const { name, accountRegion, reservedConcurrency } = props;
    const code = this.addCode(props.codeDirectory, `${name}.zip`);
    const updater = new LambdaFunction(this, "Resource", {
      functionName: name,
      description: "Keeps RAM resource shares equal to the newest builds that their channels allow",
      role: role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      filename: code.outputPath,
      sourceCodeHash: code.outputBase64Sha256,
      memorySize: 256,
      // 15 minutes, the maximum: RAM may take 5 minutes for one association.
      timeout: 900,
      reservedConcurrentExecutions: reservedConcurrency,
      environment: { variables: renderEnvironment(accountRegion) },
      loggingConfig: { logFormat: "JSON", logGroup },
      deadLetterConfig: { targetArn: deadLetterQueueArn },
      dependsOn: [role.policy],
    });
    new LambdaFunctionEventInvokeConfig(this, "retries", {
      functionName: updater.functionName,
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 3_600,
    });
    return updater;
  }

  /**
   * Terraform zips the function from a folder within the stack's own folder. File modes are fixed,
   * because the hash would otherwise depend on the umask.
   */
  private addCode(directory: string, outputPath: string): DataArchiveFile {
    const asset = new TerraformAsset(this, "code", { path: directory, type: AssetType.DIRECTORY });
    return new DataArchiveFile(this, "zip", {
      type: "zip",
      sourceDir: asset.path,
      outputPath,
      outputFileMode: "0644",
    });
  }

  /**
   * Builds that end invoke the function. The filter reads the body, because Image Builder's
   * messages have no attributes.
   */
  private invokeOnBuilds(arn: string, topicArn: string): void {
    const permission = this.addPermission("builds-permission", "sns.amazonaws.com", topicArn);
    new SnsTopicSubscription(this, "builds", {
      topicArn,
      protocol: "lambda",
      endpoint: arn,
      filterPolicyScope: "MessageBody",
      filterPolicy: JSON.stringify({ state: { status: ["AVAILABLE", "FAILED"] } }),
      dependsOn: [permission],
    });
  }

  private invokeOnSchedule(arn: string, { name, schedule }: ShareUpdaterProps): void {
    const rule = new CloudwatchEventRule(this, "schedule", {
      name,
      description: "Runs the share updater for every image, in case that events were lost",
      scheduleExpression: schedule,
    });
    const permission = this.addPermission("schedule-permission", "events.amazonaws.com", rule.arn);
    new CloudwatchEventTarget(this, "schedule-target", {
      rule: rule.name,
      arn,
      input: renderInvocation(),
      dependsOn: [permission],
    });
  }

  private addPermission(id: string, principal: string, sourceArn: string): LambdaPermission {
    return new LambdaPermission(this, id, {
      functionName: this.functionName,
      action: "lambda:InvokeFunction",
      principal,
      sourceArn,
    });
  }
}
