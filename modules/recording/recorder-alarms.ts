import { Construct } from "constructs";
import { RECORDER_MESSAGES } from "../../contract/log-messages";
import { RECORDER_METRICS } from "../../contract/metrics";
import { addAlarms, alarmDescription, errorsAlarm, HOUR_SECONDS, inLog } from "../functions/alarms";

export interface RecorderAlarmsProps {
  readonly functionName: string;
  /** Name of the function's log group, for the descriptions. */
  readonly logGroup: string;
  /** Topic that is notified when an alarm is raised, and when it is over. */
  readonly topicArn: string;
}

/** Alarms for failures of the recorder, and for builds that it recorded only in part. */
export class RecorderAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { functionName, logGroup, topicArn }: RecorderAlarmsProps,
  ) {
    super(scope, id);
    const { notRecorded, notMarked, incomplete } = RECORDER_MESSAGES;
    addAlarms(this, topicArn, {
      errors: errorsAlarm(
        functionName,
        "The recorder failed. The message is processed again, up to three times in all, which is safe.",
        "Builds are shared without waiting for the recorder.",
        `First find the cause in the log group ${logGroup}.`,
      ),
      incomplete: {
        alarmName: `${functionName}-incomplete`,
        alarmDescription: alarmDescription(
          "The recorder couldn't record a build or mark its AMIs, or it recorded a build without its packages or a container's digest, because Image Builder or Amazon ECR didn't list them in time.",
          `First find the build ${inLog(logGroup, notRecorded, notMarked, incomplete)}.`,
          "To record a build or mark its AMIs again, run 'npx --no factory record IMAGE BUILD'. A statement without packages is valid. A statement without the digest of a container image that Amazon ECR has isn't: build the container again.",
        ),
        namespace: RECORDER_METRICS.namespace,
        metricName: RECORDER_METRICS.incomplete,
        dimensions: { service: RECORDER_METRICS.service },
        statistic: "Maximum",
        period: HOUR_SECONDS,
        evaluationPeriods: 1,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        threshold: 1,
        treatMissingData: "notBreaching",
      },
    });
  }
}
