import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";
import { METRICS } from "../../contract/metrics";

export interface UpdaterAlarmsProps {
  readonly functionName: string;
  /** Name of the function's log group, for the descriptions. */
  readonly logGroup: string;
  /** Topic that is notified when an alarm is raised, and when it is over. */
  readonly topicArn: string;
  readonly channels: readonly MonitoredChannel[];
}

export interface MonitoredChannel {
  readonly image: string;
  readonly channel: string;
  /** Alarm for the age of the newest shared build. @default - none */
  readonly ageAlarm?: { readonly name: string; readonly maxAgeDays: number };
}

/** `evaluationPeriods` is 1 if it is left out. */
type AlarmConfig = Omit<
  CloudwatchMetricAlarmConfig,
  "evaluationPeriods" | "alarmActions" | "okActions"
> &
  Partial<Pick<CloudwatchMetricAlarmConfig, "evaluationPeriods">>;

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Between two daily runs are at most 24 hours without a run, even if one run is a little late. */
const SILENT_HOURS = 25;

/** Renders an alarm's description from sentences: what happened, and what to do first. */
export function alarmDescription(...sentences: readonly string[]): string {
  return [...sentences, "See docs/guides/operations.md."].join(" ");
}

function errorsAlarm({ functionName, logGroup }: UpdaterAlarmsProps): AlarmConfig {
  return {
    alarmName: `${functionName}-errors`,
    alarmDescription: alarmDescription(
      "The share updater failed. Lambda retries the event twice, which is safe.",
      `First find the cause in the log group ${logGroup}.`,
    ),
    namespace: "AWS/Lambda",
    metricName: "Errors",
    dimensions: { FunctionName: functionName },
    statistic: "Sum",
    period: 300,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    treatMissingData: "notBreaching",
  };
}

/**
 * Alarm for missing runs. Lambda publishes no data for an hour without invocations, so the alarm
 * counts such hours as 0 runs. If missing data counted as breaching, the alarm would fire right
 * after the first deployment.
 *
 * Assumed: FILL returns nothing as long as the metric has no data at all in the range that
 * CloudWatch evaluates. So the alarm keeps its state INSUFFICIENT_DATA until the first run, and its
 * state ALARM when the last run is out of range. That range contains more data points than
 * `evaluationPeriods`, so hours are filled with 0 long enough:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
function silentAlarm({ functionName }: UpdaterAlarmsProps): AlarmConfig {
  return {
    alarmName: `${functionName}-silent`,
    alarmDescription: alarmDescription(
      "The share updater hasn't run for more than a day, not even on schedule.",
      "New builds aren't shared, and revoked builds are still shared.",
      `First check that the EventBridge rule ${functionName} is enabled,`,
      "and that Lambda doesn't throttle the function.",
    ),
    metricQuery: [
      {
        id: "invocations",
        metric: {
          namespace: "AWS/Lambda",
          metricName: "Invocations",
          dimensions: { FunctionName: functionName },
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

function refusedAlarm({ functionName }: UpdaterAlarmsProps): AlarmConfig {
  return {
    alarmName: `${functionName}-refused`,
    alarmDescription: alarmDescription(
      "For a day, RAM has refused to remove a build from a share: a consumer depends on the build.",
      "First run 'npx factory status' to find the share and the build,",
      "then ask the consumers to delete their images and recipes that are based on the build.",
    ),
    namespace: METRICS.namespace,
    metricName: METRICS.unshareRefused,
    dimensions: { service: METRICS.service },
    // The minimum is 0 as soon as one run of the day removed everything, however many runs there
    // are.
    statistic: "Minimum",
    period: DAY_SECONDS,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    treatMissingData: "ignore",
  };
}

function ageAlarm(
  image: string,
  channel: string,
  { name, maxAgeDays }: NonNullable<MonitoredChannel["ageAlarm"]>,
): AlarmConfig {
  return {
    alarmName: name,
    alarmDescription: alarmDescription(
      `The newest build of ${image} in the channel ${channel} is older than ${maxAgeDays} days.`,
      `First run 'npx factory explain ${image} --account ID' with the ID of an account in the channel's audience.`,
      "It shows why no newer build is shared.",
      "Then build the image or approve a build.",
    ),
    namespace: METRICS.namespace,
    metricName: METRICS.newestSharedAgeHours,
    dimensions: { service: METRICS.service, image, channel },
    statistic: "Maximum",
    period: HOUR_SECONDS,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: maxAgeDays * 24,
    treatMissingData: "ignore",
  };
}

/**
 * Alarms for failures of the share updater, for missing runs, for builds that RAM keeps in a share,
 * and for channels without a recent build.
 */
export class UpdaterAlarms extends Construct {
  constructor(scope: Construct, id: string, props: UpdaterAlarmsProps) {
    super(scope, id);
    const { topicArn } = props;
    this.addAlarm("errors", errorsAlarm(props), topicArn);
    this.addAlarm("silent", silentAlarm(props), topicArn);
    this.addAlarm("refused", refusedAlarm(props), topicArn);
    for (const { image, channel, ageAlarm: age } of props.channels) {
      if (age !== undefined)
        this.addAlarm(`age-of-${image}--${channel}`, ageAlarm(image, channel, age), topicArn);
    }
  }

  private addAlarm(id: string, config: AlarmConfig, topicArn: string): void {
    new CloudwatchMetricAlarm(this, id, {
      evaluationPeriods: 1,
      ...config,
      alarmActions: [topicArn],
      okActions: [topicArn],
    });
  }
}
