import { Construct } from "constructs";
import { REBUILDER_MESSAGES } from "../../contract/log-messages";
import { REBUILDER_METRICS } from "../../contract/metrics";
import {
  type AlarmConfig,
  addAlarms,
  alarmDescription,
  errorsAlarm,
  HOUR_SECONDS,
  inLog,
  silentAlarm,
} from "../functions/alarms";
import { behindCondition } from "./behind-condition";

export interface RebuilderAlarmsProps {
  readonly functionName: string;
  /** Name of the function's log group, for the descriptions. */
  readonly logGroup: string;
  /** Topic that is notified when an alarm is raised, and when it is over. */
  readonly topicArn: string;
  readonly monitored: readonly MonitoredImage[];
}

/** An image with an alarm for the time that it isn't on the newest build of its parent. */
export interface MonitoredImage {
  readonly image: string;
  readonly alarmName: string;
  readonly alarmAfterDays: number;
}

/** Hours of a day in which a parent isn't visible. A deployment or a revocation takes fewer. */
const NOT_VISIBLE_HOURS = 18;

/**
 * Alarm for a metric of all images. Each run puts a value, zero included, and there is a run in
 * every hour. Hours without data are hours without a run, which the alarm `silent` is for.
 */
function countAlarm(
  { functionName }: RebuilderAlarmsProps,
  suffix: string,
  metricName: string,
  hours: number,
  datapointsToAlarm: number,
  ...description: readonly string[]
): AlarmConfig {
  return {
    alarmName: `${functionName}-${suffix}`,
    alarmDescription: alarmDescription(...description),
    namespace: REBUILDER_METRICS.namespace,
    metricName,
    dimensions: { service: REBUILDER_METRICS.service },
    // The last run of an hour may find the problem solved, and events may start several.
    statistic: "Minimum",
    period: HOUR_SECONDS,
    evaluationPeriods: hours,
    datapointsToAlarm,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    treatMissingData: "notBreaching",
  };
}

function countAlarms(props: RebuilderAlarmsProps): Readonly<Record<string, AlarmConfig>> {
  const { logGroup } = props;
  const { parentNotVisible, parentRevoked, failing, notChecked } = REBUILDER_MESSAGES;
  return {
    "parents-not-visible": countAlarm(
      props,
      "parents-not-visible",
      REBUILDER_METRICS.parentsNotVisible,
      24,
      NOT_VISIBLE_HOURS,
      "In most of the last 24 hours, the account has seen no build of a parent, or its newest build is revoked and not disabled. No builds of the images on it are started.",
      `First find the images ${inLog(logGroup, parentNotVisible, parentRevoked)}.`,
      "Then find out in the shared account why no build is shared, with 'npx --no factory explain PARENT --account ID', or disable the revoked build with 'npx --no factory revoke PARENT BUILD --reason REASON'. For a container, add --delete.",
    ),
    failing: countAlarm(
      props,
      "failing",
      REBUILDER_METRICS.rebuildsFailing,
      1,
      1,
      "Four builds of an image have failed since the last successful one. After four builds on one build of the parent, no more are started until the parent or the recipe changes.",
      `First find the image ${inLog(logGroup, failing)}, then read the log of its last build.`,
      "When the cause is fixed, start the pipeline by hand.",
    ),
    unreadable: countAlarm(
      props,
      "unreadable",
      REBUILDER_METRICS.unreadable,
      3,
      2,
      "The rebuilder couldn't check an image or start its pipeline. It continued with the others.",
      `First find the error ${inLog(logGroup, notChecked)}.`,
      "Each run tries again.",
    ),
  };
}

/**
 * Alarm for an image that isn't on the newest build of its parent. Hours without a figure keep the
 * alarm's state: in these, the image couldn't be read, or there was no run, for which there are
 * other alarms.
 */
function behindAlarm(
  { logGroup }: RebuilderAlarmsProps,
  { image, alarmName, alarmAfterDays }: MonitoredImage,
): AlarmConfig {
  const { hours, hoursToAlarm, threshold } = behindCondition(alarmAfterDays);
  const { imageChecked, parentNotVisible, parentRevoked, givenUp } = REBUILDER_MESSAGES;
  return {
    alarmName,
    alarmDescription: alarmDescription(
      `${image} hasn't been on the newest build of its parent for ${alarmAfterDays} days.`,
      `First find the image's state ${inLog(logGroup, imageChecked, parentNotVisible, parentRevoked, givenUp)}.`,
      "It shows why no build was started or succeeded.",
    ),
    namespace: REBUILDER_METRICS.namespace,
    metricName: REBUILDER_METRICS.behindParentHours,
    dimensions: { service: REBUILDER_METRICS.service, image },
    statistic: "Minimum",
    period: HOUR_SECONDS,
    evaluationPeriods: hours,
    datapointsToAlarm: hoursToAlarm,
    comparisonOperator: "GreaterThanThreshold",
    threshold,
    treatMissingData: "ignore",
  };
}

/** Alarms for failures of the rebuilder, for what it reports, and for missing runs. */
export class RebuilderAlarms extends Construct {
  constructor(scope: Construct, id: string, props: RebuilderAlarmsProps) {
    super(scope, id);
    const { functionName, logGroup, topicArn, monitored } = props;
    addAlarms(this, topicArn, {
      errors: errorsAlarm(
        functionName,
        "The rebuilder failed. The event is processed again, up to three times in all, which is safe.",
        `First find the cause in the log group ${logGroup}.`,
      ),
      silent: silentAlarm(
        functionName,
        "The rebuilder's schedule hasn't run for more than a day.",
        "Images whose parents have newer builds wait for an event or for the schedules of their pipelines.",
      ),
      ...countAlarms(props),
      ...Object.fromEntries(
        monitored.map((one) => [`behind-of-${one.image}`, behindAlarm(props, one)]),
      ),
    });
  }
}
