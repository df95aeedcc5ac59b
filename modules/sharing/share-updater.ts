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
import { renderEnvironment } from "../../contract/updater-environment";
import { LogGroup } from "../common/log-group";
import { DeadLetterQueue } from "./dead-letter-queue";
import { UpdaterAlarms, type UpdaterAlarmsProps } from "./updater-alarms";
import { UpdaterDashboard } from "./updater-dashboard";
import { UpdaterRole } from "./updater-role";

export interface ShareUpdaterProps {
  readonly name: string;
  readonly roleName: string;
  readonly dashboardName: string;
  readonly region: string;
  /** Absolute path of the folder with the bundled function, `index.mjs`. */
  readonly codeDirectory: string;
  readonly environment: Pick<AccountRegion, "accountId">;
  /** Pattern of the ARNs of resource shares. */
  readonly shareArns: string;
  /** Patterns of the ARNs of the builds that are shared. */
  readonly imageArns: readonly string[];
  /** Pattern of the ARNs of AMIs. */
  readonly amiArns: string;
  readonly channels: UpdaterAlarmsProps["channels"];
  /** Image Builder publishes to it when a build ends, and alarms go there. */
  readonly topicArn: string;
  readonly dataKeyArn: string;
  /** rate(…) or cron(…), in UTC: how often shares are set right without an event. */
  readonly schedule: string;
  /** @default - the account's unreserved concurrency */
  readonly reservedConcurrency?: number;
}

/** The function that keeps every resource share what it should be, with what calls it and what catches its failures. */
export class ShareUpdater extends Construct {
  readonly functionName: string;

  constructor(scope: Construct, id: string, props: ShareUpdaterProps) {
    super(scope, id);
    const { name, roleName, environment, topicArn, dataKeyArn, schedule, reservedConcurrency } =
      props;
    const code = this.zip(props.codeDirectory, name);
    const logs = new LogGroup(this, "logs", { name: `/aws/lambda/${name}`, keyArn: dataKeyArn });
    const failed = new DeadLetterQueue(this, "failed", {
      name: `${name}-failed`,
      keyArn: dataKeyArn,
      topicArn,
    });
    const role = new UpdaterRole(this, "role", {
      name: roleName,
      logGroupArn: logs.arn,
      queueArn: failed.arn,
      dataKeyArn,
      shareArns: props.shareArns,
      imageArns: props.imageArns,
      amiArns: props.amiArns,
    });

    const { functionName, arn } = new LambdaFunction(this, "Resource", {
      functionName: name,
      description: "Keeps every RAM share equal to the newest usable builds of its image",
      role: role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      filename: code.outputPath,
      sourceCodeHash: code.outputBase64Sha256,
      memorySize: 256,
      // An association alone may take five minutes to settle.
      timeout: 900,
      reservedConcurrentExecutions: reservedConcurrency,
      environment: { variables: renderEnvironment(environment) },
      loggingConfig: { logFormat: "JSON", logGroup: logs.name },
      deadLetterConfig: { targetArn: failed.arn },
      dependsOn: [role.policy],
    });
    this.functionName = functionName;

    new LambdaFunctionEventInvokeConfig(this, "retries", {
      functionName,
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 3_600,
    });
    const { channels, dashboardName, region } = props;
    new UpdaterAlarms(this, "alarms", { functionName: name, topicArn, channels });
    new UpdaterDashboard(this, "dashboard", {
      name: dashboardName,
      region,
      functionName: name,
      channels,
    });
    this.callOnBuilds(arn, functionName, topicArn);
    this.callOnSchedule(arn, functionName, schedule, name);
  }

  /** Terraform zips, from a folder inside the stack's own. Fixed modes keep the hash apart from anybody's umask. */
  private zip(directory: string, name: string): { outputPath: string; outputBase64Sha256: string } {
    const asset = new TerraformAsset(this, "code", { path: directory, type: AssetType.DIRECTORY });
    return new DataArchiveFile(this, "zip", {
      type: "zip",
      sourceDir: asset.path,
      outputPath: `${name}.zip`,
      outputFileMode: "0644",
    });
  }

  /** Only the ends of builds are sent; the message's attributes are empty, so the filter reads its body. */
  private callOnBuilds(arn: string, functionName: string, topicArn: string): void {
    const permission = new LambdaPermission(this, "builds-permission", {
      functionName,
      action: "lambda:InvokeFunction",
      principal: "sns.amazonaws.com",
      sourceArn: topicArn,
    });
    new SnsTopicSubscription(this, "builds", {
      topicArn,
      protocol: "lambda",
      endpoint: arn,
      filterPolicyScope: "MessageBody",
      filterPolicy: JSON.stringify({ state: { status: ["AVAILABLE", "FAILED"] } }),
      dependsOn: [permission],
    });
  }

  private callOnSchedule(arn: string, functionName: string, schedule: string, name: string): void {
    const rule = new CloudwatchEventRule(this, "schedule", {
      name,
      description: "Sets every share right, whatever events were lost",
      scheduleExpression: schedule,
    });
    const permission = new LambdaPermission(this, "schedule-permission", {
      functionName,
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    new CloudwatchEventTarget(this, "schedule-target", {
      rule: rule.name,
      arn,
      input: "{}",
      dependsOn: [permission],
    });
  }
}
