import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";
import { METRICS } from "../../contract/metrics";

export interface UpdaterAlarmsProps {
  readonly functionName: string;
  /** Hears when something is wrong, and when it is right again. */
  readonly topicArn: string;
  readonly channels: readonly {
    readonly image: string;
    readonly channel: string;
    /** How old the newest shared build may be. @default - as old as it gets */
    readonly maxAgeDays?: number;
  }[];
}

/** Says when the share updater fails or isn't called, when RAM refuses to take builds back, and when a channel's newest build is too old. */
export class UpdaterAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { functionName, topicArn, channels }: UpdaterAlarmsProps,
  ) {
    super(scope, id);
    const common = {
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      alarmActions: [topicArn],
      okActions: [topicArn],
    };
    const alarm = (
      name: string,
      config: Omit<CloudwatchMetricAlarmConfig, keyof typeof common> & {
        readonly comparisonOperator?: string;
      },
    ): void => {
      new CloudwatchMetricAlarm(this, name, { ...common, ...config });
    };

    alarm("errors", {
      alarmName: `${functionName}-errors`,
      alarmDescription:
        "The share updater failed; what it did is safe to repeat, and it is tried again",
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions: { FunctionName: functionName },
      statistic: "Sum",
      period: 300,
      evaluationPeriods: 1,
      threshold: 1,
      treatMissingData: "notBreaching",
    });
    alarm("silent", {
      alarmName: `${functionName}-silent`,
      alarmDescription:
        "For a day nothing has called the share updater, not even its schedule: nobody looks after the shares",
      comparisonOperator: "LessThanThreshold",
      namespace: "AWS/Lambda",
      metricName: "Invocations",
      dimensions: { FunctionName: functionName },
      statistic: "Sum",
      period: 86_400,
      evaluationPeriods: 1,
      threshold: 1,
      treatMissingData: "breaching",
    });
    alarm("refused", {
      alarmName: `${functionName}-refused`,
      alarmDescription:
        "For a day RAM has refused to take a build out of a share, because a consumer depends on it",
      namespace: METRICS.namespace,
      metricName: METRICS.unshareRefused,
      dimensions: { service: METRICS.service },
      // However rarely the schedule runs: no run of a day took everything out.
      statistic: "Minimum",
      period: 86_400,
      evaluationPeriods: 1,
      threshold: 1,
      treatMissingData: "ignore",
    });
    for (const { image, channel, maxAgeDays } of channels) {
      if (maxAgeDays === undefined) continue;
      alarm(`age-of-${image}--${channel}`, {
        alarmName: `golden-image-${image}--${channel}-age`,
        alarmDescription: `For more than ${maxAgeDays} days no newer build of ${image} has come to ${channel}`,
        namespace: METRICS.namespace,
        metricName: METRICS.newestSharedAgeHours,
        dimensions: { service: METRICS.service, image, channel },
        statistic: "Maximum",
        period: 3_600,
        evaluationPeriods: 1,
        threshold: maxAgeDays * 24,
        treatMissingData: "ignore",
      });
    }
  }
}
