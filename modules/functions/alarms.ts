import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { Construct } from "constructs";

export type AlarmConfig = Omit<CloudwatchMetricAlarmConfig, "alarmActions" | "okActions">;

export const HOUR_SECONDS = 3_600;

/** Between two daily runs are at most 24 hours without a run, even if one run is a little late. */
const SILENT_HOURS = 25;

/** Renders an alarm's description from sentences: what happened, and what to do first. */
export function alarmDescription(...sentences: readonly string[]): string {
  return [...sentences, "See docs/guides/operations.md in the package golden-image-factory."].join(
    " ",
  );
}

/** Renders the place of log messages, for the description of an alarm. */
export function inLog(logGroup: string, ...messages: readonly [string, ...string[]]): string {
  const quoted = messages.map((message) => `'${message}'`);
  const last = quoted.pop();
  const list = quoted.length > 0 ? `${quoted.join(", ")} or ${last}` : last;
  return `in the log group ${logGroup} (the message is ${list})`;
}

/** Adds alarms by id. The topic is notified when an alarm is raised, and when it is over. */
export function addAlarms(
  scope: Construct,
  topicArn: string,
  alarms: Readonly<Record<string, AlarmConfig>>,
): void {
  for (const [id, config] of Object.entries(alarms))
    new CloudwatchMetricAlarm(scope, id, {
      ...config,
      alarmActions: [topicArn],
      okActions: [topicArn],
    });
}

/** Alarm for runs of a function that fail. */
export function errorsAlarm(functionName: string, ...description: readonly string[]): AlarmConfig {
  return {
    alarmName: `${functionName}-errors`,
    alarmDescription: alarmDescription(...description),
    namespace: "AWS/Lambda",
    metricName: "Errors",
    dimensions: { FunctionName: functionName },
    statistic: "Sum",
    period: 300,
    evaluationPeriods: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    treatMissingData: "notBreaching",
  };
}

/**
 * Alarm for a schedule that doesn't run. It watches the rule, which has the function's name, and
 * not the function, which other rules and people invoke as well. EventBridge publishes no data for
 * an hour without invocations, so the alarm counts such hours as 0 runs. If missing data counted as
 * breaching, the alarm would fire right after the first deployment.
 *
 * Assumed: FILL returns nothing as long as the metric has no data at all in the range that
 * CloudWatch evaluates. So the alarm keeps its state INSUFFICIENT_DATA until the first run, and its
 * state ALARM when the last run is out of range. That range contains more data points than
 * `evaluationPeriods`, so hours are filled with 0 long enough:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export function silentAlarm(functionName: string, ...description: readonly string[]): AlarmConfig {
  return {
    alarmName: `${functionName}-silent`,
    alarmDescription: alarmDescription(
      ...description,
      `First check that the EventBridge rule ${functionName} exists and is enabled.`,
    ),
    metricQuery: [
      {
        id: "invocations",
        metric: {
          namespace: "AWS/Events",
          metricName: "Invocations",
          dimensions: { RuleName: functionName },
          stat: "Sum",
          period: HOUR_SECONDS,
        },
      },
      { id: "runs", expression: "FILL(invocations, 0)", label: "Runs per hour", returnData: true },
    ],
    evaluationPeriods: SILENT_HOURS,
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    treatMissingData: "ignore",
  };
}
