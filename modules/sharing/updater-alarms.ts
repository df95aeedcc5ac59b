import { Construct } from "constructs";
import { UPDATER_MESSAGES } from "../../contract/log-messages";
import { FINDINGS_METRICS, METRICS } from "../../contract/metrics";
import {
  type AlarmConfig,
  addAlarms,
  alarmDescription,
  errorsAlarm,
  HOUR_SECONDS,
  inLog,
  silentAlarm,
} from "../functions/alarms";

export interface UpdaterAlarmsProps {
  readonly functionName: string;
  /** Name of the function's log group, for the descriptions. */
  readonly logGroup: string;
  /** Topic that is notified when an alarm is raised, and when it is over. */
  readonly topicArn: string;
  readonly channels: readonly MonitoredChannel[];
  /** Whether a channel limits what Amazon Inspector may find in a build. */
  readonly hasFindings: boolean;
  /** Whether the updater sends builds to the recorder. */
  readonly hasRecorder: boolean;
  /** Maximum number of hours between two runs of an image. */
  readonly hoursBetweenRuns: number;
}

/** A channel with an alarm for the age of its newest shared build. */
export interface MonitoredChannel {
  readonly image: string;
  readonly channel: string;
  readonly alarmName: string;
  readonly maxAgeDays: number;
}

/** Hours by which a run may start later than the schedule says, because its message waits. */
const MAX_DELAY_HOURS = 2;

const HOURS_BETWEEN_FULL_RUNS = 24;

/**
 * Alarm for a metric of the whole factory. Each run of an image puts a value, zero included, so the
 * maximum of an hour is the worst image's. The alarm looks at every hour in which the image that
 * has the problem must have run again: it stays as long as the problem does, although the runs of
 * other images put zeros.
 */
function factoryAlarm(
  { functionName }: UpdaterAlarmsProps,
  suffix: string,
  metricName: string,
  hours: number,
  ...description: readonly string[]
): AlarmConfig {
  return {
    alarmName: `${functionName}-${suffix}`,
    alarmDescription: alarmDescription(...description),
    namespace: METRICS.namespace,
    metricName,
    dimensions: { service: METRICS.service },
    statistic: "Maximum",
    period: HOUR_SECONDS,
    evaluationPeriods: hours,
    datapointsToAlarm: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    treatMissingData: "notBreaching",
  };
}

/**
 * A consumer that builds on a build keeps RAM from removing it, for a while. So this alarm waits
 * until most runs of a day were refused: 18 hours if there is a run in every hour, and at least two
 * runs.
 */
function refusedAlarm(props: UpdaterAlarmsProps): AlarmConfig {
  const { hoursBetweenRuns } = props;
  const hours = Math.max(24, 2 * hoursBetweenRuns) + MAX_DELAY_HOURS;
  return {
    ...factoryAlarm(
      props,
      "refused",
      METRICS.refusedRemovals,
      hours,
      `In most of the last ${hours} hours, RAM has refused to remove a build from a share: a consumer depends on the build.`,
      "First run 'npx --no factory status' to find the share and the build,",
      "then ask the consumers to delete their images and recipes that are based on the build.",
    ),
    datapointsToAlarm: Math.max(2, Math.ceil(18 / hoursBetweenRuns)),
  };
}

/**
 * While a deployment changes a share and then the manifest, they differ for some minutes. So this
 * alarm waits for a second hour with a difference.
 */
function mismatchesAlarm(props: UpdaterAlarmsProps): AlarmConfig {
  return {
    ...factoryAlarm(
      props,
      "mismatches",
      METRICS.manifestMismatches,
      2 * props.hoursBetweenRuns + MAX_DELAY_HOURS,
      "A resource share isn't as factory.yaml describes it: it is missing or not ACTIVE, or its principals were changed by hand.",
      `First find the share ${inLog(props.logGroup, UPDATER_MESSAGES.mismatch)}.`,
      "Then find out in AWS CloudTrail who changed the share, and deploy the stack to restore it.",
    ),
    datapointsToAlarm: 2,
  };
}

function unreadableAlarm(props: UpdaterAlarmsProps, hours: number): AlarmConfig {
  const { notReconciled, imagesNotFound, notRecorded } = UPDATER_MESSAGES;
  const { logGroup, hasRecorder } = props;
  return factoryAlarm(
    props,
    "unreadable",
    METRICS.unreadable,
    hours,
    `The updater couldn't read or change a share, build or AMI${hasRecorder ? ", or send a build to the recorder" : ""}. It continued with the others.`,
    `First find the error ${inLog(logGroup, notReconciled, imagesNotFound, ...(hasRecorder ? [notRecorded] : []))}.`,
    "Each run tries again.",
  );
}

function factoryAlarms(props: UpdaterAlarmsProps): Readonly<Record<string, AlarmConfig>> {
  const { logGroup } = props;
  const perRun = props.hoursBetweenRuns + MAX_DELAY_HOURS;
  const perFullRun = HOURS_BETWEEN_FULL_RUNS + MAX_DELAY_HOURS;
  return {
    "failed-associations": factoryAlarm(
      props,
      "failed-associations",
      METRICS.failedAssociations,
      perRun,
      "RAM couldn't add a build to a share. Older builds are shared in its place.",
      "First run 'npx --no factory status' to find the share and the build,",
      `then find the reason in the log group ${logGroup}. Each run tries again.`,
    ),
    refused: refusedAlarm(props),
    "orphaned-permissions": factoryAlarm(
      props,
      "orphaned-permissions",
      METRICS.orphanedLaunchPermissions,
      perFullRun,
      "Accounts can launch AMIs although no channel grants it any more: an account left a channel, a channel or image left factory.yaml, or builds no longer meet the conditions of a channel.",
      `First find the AMIs, the accounts and the date of removal ${inLog(logGroup, UPDATER_MESSAGES.orphanedPermission)}.`,
      "Then ask the owners of the accounts to replace instances and Auto Scaling groups that use these AMIs before that date.",
    ),
    unreadable: unreadableAlarm(props, perRun),
    "failed-builds": factoryAlarm(
      props,
      "failed-builds",
      METRICS.failedBuilds,
      1,
      "A build of a golden image failed.",
      `First find the build ${inLog(logGroup, UPDATER_MESSAGES.buildFailed)}, then read its log.`,
      "Then start the pipeline again with 'npx --no factory build IMAGE'.",
    ),
    mismatches: mismatchesAlarm(props),
    "scheduled-revocations": factoryAlarm(
      props,
      "scheduled-revocations",
      METRICS.scheduledRevocations,
      perFullRun,
      "A scheduled revocation has taken effect. Accounts can't launch the build any more, but pipelines can still build on it.",
      `First find the build ${inLog(logGroup, UPDATER_MESSAGES.scheduledRevocation)}.`,
      "Then disable it with 'npx --no factory revoke IMAGE BUILD --reason REASON'. For a container, add --delete.",
    ),
  };
}

function findingsAlarms(props: UpdaterAlarmsProps): Readonly<Record<string, AlarmConfig>> {
  if (!props.hasFindings) return {};
  return {
    "shared-despite-findings": factoryAlarm(
      props,
      "shared-despite-findings",
      FINDINGS_METRICS.sharedDespiteFindings,
      props.hoursBetweenRuns + MAX_DELAY_HOURS,
      "A channel shares a build that it would not share now, because of what Amazon Inspector finds in it. The build stays shared, because no build can replace it.",
      `First find the build ${inLog(props.logGroup, UPDATER_MESSAGES.sharedDespiteFindings)}, and list its findings with 'npx --no factory findings IMAGE'.`,
      "Then build the image with the fixes, or accept the findings with an exception in factory.yaml.",
    ),
  };
}

function ageAlarm({ image, channel, alarmName, maxAgeDays }: MonitoredChannel): AlarmConfig {
  return {
    alarmName,
    alarmDescription: alarmDescription(
      `The newest build of ${image} in the channel ${channel} is older than ${maxAgeDays} days.`,
      `First run 'npx --no factory explain ${image} --account ID' with the ID of an account in the channel's audience.`,
      "It shows why no newer build is shared.",
      "Then build the image or approve a build.",
    ),
    namespace: METRICS.namespace,
    metricName: METRICS.newestSharedAgeHours,
    dimensions: { service: METRICS.service, image, channel },
    statistic: "Maximum",
    period: HOUR_SECONDS,
    evaluationPeriods: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: maxAgeDays * 24,
    treatMissingData: "ignore",
  };
}

/** Alarms for failures of the updater, for what it reports, and for missing runs. */
export class UpdaterAlarms extends Construct {
  constructor(scope: Construct, id: string, props: UpdaterAlarmsProps) {
    super(scope, id);
    const { functionName, logGroup, topicArn, channels } = props;
    addAlarms(this, topicArn, {
      errors: errorsAlarm(
        functionName,
        "The updater failed. The event is processed again, up to three times in all, which is safe.",
        `First find the cause in the log group ${logGroup}.`,
      ),
      silent: silentAlarm(
        functionName,
        "The updater's schedule hasn't run for more than a day.",
        "Until the daily full run, builds whose events were lost aren't shared, and builds that were revoked by a tag alone stay shared.",
      ),
      ...factoryAlarms(props),
      ...findingsAlarms(props),
      ...Object.fromEntries(
        channels.map((one) => [`age-of-${one.image}--${one.channel}`, ageAlarm(one)]),
      ),
    });
  }
}
