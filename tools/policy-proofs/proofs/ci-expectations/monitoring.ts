/** The topics, log groups, alarms and dashboards. */
import { words } from "../support";
import { actionsIf, type Expectation, expectation } from "./expectation";
import { PREFIX, type Scope } from "./scope";

const TOPIC_WRITES = words(`
  CreateTopic DeleteTopic Publish SetSubscriptionAttributes SetTopicAttributes Subscribe
  TagResource Unsubscribe UntagResource
`);

export function topicExpectations({ arn }: Scope): Expectation[] {
  return [
    ...["notifications", "notes"].map((name) =>
      expectation("sns", arn("sns", `${PREFIX}-${name}`), {
        writes: TOPIC_WRITES,
        reads: words("GetSubscriptionAttributes GetTopicAttributes ListTagsForResource"),
      }),
    ),
    expectation("sns", arn("sns", "else")),
  ];
}

const LOG_GROUP_WRITES = words(`
  AssociateKmsKey CreateLogGroup DeleteLogGroup PutRetentionPolicy TagResource UntagResource
`);

export function logGroupExpectations({ arn, hasRebuilder, hasRecorder }: Scope): Expectation[] {
  const groups = {
    "/aws/imagebuilder/base": true,
    [`/aws/lambda/${PREFIX}-share-updater`]: true,
    [`/aws/lambda/${PREFIX}-rebuilder`]: hasRebuilder,
    [`/aws/lambda/${PREFIX}-recorder`]: hasRecorder,
    "/else": false,
  };
  return Object.entries(groups).flatMap(([name, exists]) => {
    const group = arn("logs", `log-group:${name}`);
    if (!exists) return [expectation("logs", group, { reads: ["DescribeLogGroups"] })];
    // AWS checks the ARN of a log group with and without the part for log streams.
    return [group, `${group}:log-stream:`].map((resource) =>
      expectation("logs", resource, {
        writes: LOG_GROUP_WRITES,
        reads: ["DescribeLogGroups", "ListTagsForResource"],
      }),
    );
  });
}

const DASHBOARD_WRITES = ["DeleteDashboards", "PutDashboard"];

const ALARM_WRITES = words("DeleteAlarms PutMetricAlarm TagResource UntagResource");

/**
 * Only the shared account has a dashboard. One statement allows its actions and those on alarms.
 */
export function alarmExpectations(scope: Scope): Expectation[] {
  const { account, region, isShared, hasRebuilder, arn } = scope;
  const hasAlarms = isShared || hasRebuilder;
  const alarmWrites = [
    ...actionsIf(hasAlarms, ALARM_WRITES),
    ...actionsIf(isShared, DASHBOARD_WRITES),
  ];
  return [
    ...["base--stable-age", "web-behind-parent", "factory-rebuilder-errors"].map((name) =>
      expectation("cloudwatch", arn("cloudwatch", `alarm:golden-image-${name}`), {
        writes: alarmWrites,
        reads: ["DescribeAlarms", ...actionsIf(hasAlarms, ["ListTagsForResource"])],
      }),
    ),
    expectation("cloudwatch", `arn:aws:cloudwatch::${account}:dashboard/${PREFIX}-${region}`, {
      writes: actionsIf(isShared, alarmWrites),
      reads: ["DescribeAlarms", ...actionsIf(isShared, ["GetDashboard", "ListTagsForResource"])],
    }),
    expectation("cloudwatch", arn("cloudwatch", "alarm:else")),
  ];
}
