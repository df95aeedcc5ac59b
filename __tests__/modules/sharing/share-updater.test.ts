import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ArchiveProvider } from "@cdktf/provider-archive/lib/provider";
import { METRICS } from "../../../contract/metrics";
import { ShareUpdater, type ShareUpdaterProps } from "../../../modules/sharing/share-updater";
import { only, resources, statements, synthModule } from "../../../tools/fixtures/synth";

function updater(props: Partial<ShareUpdaterProps> = {}) {
  return synthModule((stack) => {
    new ArchiveProvider(stack, "archive");
    new ShareUpdater(stack, "updater", {
      name: "share-updater",
      roleName: "share-updater-role",
      dashboardName: "golden-images-eu-west-1",
      logGroup: "/aws/lambda/share-updater",
      accountRegion: { accountId: "111111111111", region: "eu-west-1" },
      codeDirectory: resolve("tools/fixtures/share-updater"),
      shareArns: "arn:aws:ram:eu-west-1:111111111111:resource-share/*",
      imageArns: ["arn:aws:imagebuilder:eu-west-1:111111111111:image/base/*"],
      amiArns: "arn:aws:ec2:eu-west-1::image/*",
      channels: [
        { image: "base", channel: "stable", ageAlarm: { name: "base-stable-age", maxAgeDays: 14 } },
        { image: "base", channel: "canary" },
      ],
      topicArn: "arn:topic",
      dataKeyArn: "arn:key",
      schedule: "rate(1 hour)",
      ...props,
    });
  });
}
const json = updater();
function alarms() {
  return Object.fromEntries(
    resources(json, "aws_cloudwatch_metric_alarm").map((alarm) => [alarm.alarm_name, alarm]),
  );
}

test("the updater runs on Node.js 22, from a zip of a folder in the stack's folder, with fixed file modes", () => {
  const [archive] = Object.values(json.data?.["archive_file"] ?? {});
  expect(archive).toMatchObject({
    type: "zip",
    source_dir: expect.stringMatching(/^assets\//),
    output_path: "share-updater.zip",
    output_file_mode: "0644",
  });
  expect(only(json, "aws_lambda_function")).toMatchObject({
    runtime: "nodejs22.x",
    architectures: ["arm64"],
    handler: "index.handler",
    filename: expect.stringContaining("archive_file"),
    source_code_hash: expect.stringContaining("output_base64sha256"),
  });
});

test("the updater's environment contains its account", () => {
  expect(only(json, "aws_lambda_function").environment).toEqual({
    variables: { ACCOUNT_ID: "111111111111" },
  });
});

test("the topic invokes the updater when a build succeeds or fails, by a filter on the message body", () => {
  expect(only(json, "aws_sns_topic_subscription")).toMatchObject({
    protocol: "lambda",
    topic_arn: "arn:topic",
    filter_policy_scope: "MessageBody",
    filter_policy: '{"state":{"status":["AVAILABLE","FAILED"]}}',
  });
});

test("the schedule invokes the updater with an empty payload, for every image", () => {
  expect(only(json, "aws_cloudwatch_event_rule").schedule_expression).toBe("rate(1 hour)");
  expect(only(json, "aws_cloudwatch_event_target").input).toBe("{}");
});

test("only the topic and the schedule may invoke the updater", () => {
  expect(
    resources(json, "aws_lambda_permission").map(({ principal, source_arn }) => [
      principal,
      source_arn,
    ]),
  ).toEqual([
    ["sns.amazonaws.com", "arn:topic"],
    ["events.amazonaws.com", expect.stringMatching(/^\$\{aws_cloudwatch_event_rule\./)],
  ]);
});

test("a failed event is retried twice, then kept encrypted for 14 days, and raises an alarm", () => {
  expect(only(json, "aws_lambda_function_event_invoke_config").maximum_retry_attempts).toBe(2);
  expect(only(json, "aws_lambda_function").dead_letter_config.target_arn).toMatch(
    /^\$\{aws_sqs_queue\./,
  );
  expect(only(json, "aws_sqs_queue")).toMatchObject({
    kms_master_key_id: "arn:key",
    message_retention_seconds: 1_209_600,
  });
  expect(alarms()["share-updater-failed"]).toMatchObject({
    namespace: "AWS/SQS",
    metric_name: "ApproximateNumberOfMessagesVisible",
    comparison_operator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
  });
});

test("alarms watch failures, missing runs, removals that RAM refuses for a day, and the age of a channel's newest build", () => {
  expect(Object.keys(alarms()).sort()).toEqual([
    "base-stable-age",
    "share-updater-errors",
    "share-updater-failed",
    "share-updater-refused",
    "share-updater-silent",
  ]);
  expect(alarms()["base-stable-age"]).toMatchObject({
    namespace: "GoldenImageFactory",
    metric_name: "NewestSharedAgeHours",
    dimensions: { service: "share-updater", image: "base", channel: "stable" },
    statistic: "Maximum",
    evaluation_periods: 1,
    threshold: 336,
    treat_missing_data: "ignore",
  });
  expect(alarms()["share-updater-refused"]).toMatchObject({
    metric_name: "UnshareRefused",
    statistic: "Minimum",
    period: 86_400,
    evaluation_periods: 1,
  });
  expect(alarms()["share-updater-errors"]).toMatchObject({
    namespace: "AWS/Lambda",
    metric_name: "Errors",
  });
  for (const alarm of Object.values(alarms())) {
    expect(alarm).toMatchObject({ alarm_actions: ["arn:topic"], ok_actions: ["arn:topic"] });
  }
});

test("the alarm for missing runs counts hours without data as 0 runs, and waits for the first run", () => {
  const { metric_query, ...alarm } = alarms()["share-updater-silent"];
  expect(metric_query).toEqual([
    {
      id: "invocations",
      metric: {
        namespace: "AWS/Lambda",
        metric_name: "Invocations",
        dimensions: { FunctionName: "share-updater" },
        stat: "Sum",
        period: 3_600,
      },
    },
    { id: "runs", expression: "FILL(invocations, 0)", label: "Runs per hour", return_data: true },
  ]);
  expect(alarm).toMatchObject({
    evaluation_periods: 25,
    comparison_operator: "LessThanThreshold",
    threshold: 1,
    treat_missing_data: "ignore",
  });
  expect(Object.keys(alarm)).not.toContain("datapoints_to_alarm");
});

test("an alarm's description reports what happened, what to do first and where to read on", () => {
  const descriptions = resources(json, "aws_cloudwatch_metric_alarm").map(
    ({ alarm_name, alarm_description }) => [alarm_name, alarm_description],
  );
  expect(Object.fromEntries(descriptions)).toEqual({
    "share-updater-errors":
      "The share updater failed. Lambda retries the event twice, which is safe. First find the cause in the log group /aws/lambda/share-updater. See docs/guides/operations.md.",
    "share-updater-failed":
      "The dead-letter queue contains events that the share updater couldn't process. First find the cause in the log group /aws/lambda/share-updater. When it is fixed, run 'npx factory update IMAGE' and purge the queue. See docs/guides/operations.md.",
    "share-updater-silent":
      "The share updater hasn't run for more than a day, not even on schedule. New builds aren't shared, and revoked builds are still shared. First check that the EventBridge rule share-updater is enabled, and that Lambda doesn't throttle the function. See docs/guides/operations.md.",
    "share-updater-refused":
      "For a day, RAM has refused to remove a build from a share: a consumer depends on the build. First run 'npx factory status' to find the share and the build, then ask the consumers to delete their images and recipes that are based on the build. See docs/guides/operations.md.",
    "base-stable-age":
      "The newest build of base in the channel stable is older than 14 days. First run 'npx factory explain base --account ID' with the ID of an account in the channel's audience. It shows why no newer build is shared. Then build the image or approve a build. See docs/guides/operations.md.",
  });
});

describe("the dashboard", () => {
  const widgets = (props?: Partial<ShareUpdaterProps>) =>
    JSON.parse(only(updater(props), "aws_cloudwatch_dashboard").dashboard_body).widgets;

  test("shows every metric of channels and the function's own metrics", () => {
    const shown = widgets().flatMap(
      ({ properties }: { properties: { metrics: string[][] } }) => properties.metrics,
    );
    expect(shown).toContainEqual([
      "GoldenImageFactory",
      "SharedBuilds",
      "service",
      "share-updater",
      "image",
      "base",
      "channel",
      "stable",
      { label: "base/stable" },
    ]);
    expect(shown).toContainEqual(["AWS/Lambda", "Errors", "FunctionName", "share-updater"]);
    // Neither is a metric of a channel: a failed build reaches none, an ignored event names none.
    const { namespace, service, buildFailed, eventIgnored, ...channelMetrics } = METRICS;
    const names = new Set(shown.map(([, name]: string[]) => name));
    for (const name of Object.values(channelMetrics)) expect(names).toContain(name);
  });

  test("has no overlapping widgets, and none without a metric", () => {
    const positions = widgets().map(({ x, y }: { x: number; y: number }) => `${x}/${y}`);
    expect(new Set(positions).size).toBe(positions.length);
    for (const { properties } of widgets({ channels: [] }))
      expect(properties.metrics).not.toEqual([]);
  });
});

describe("the updater's role", () => {
  const role = statements(only(json, "aws_iam_role_policy").policy);

  test("allows exactly the actions of the SDK commands that the function imports", () => {
    const code = readFileSync("lambda/share-updater/adapters.ts", "utf8");
    const called = [...code.matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-(\w+)"/g)].flatMap(
      ([, names = "", client = ""]) =>
        [...names.matchAll(/paginate(\w+)|(\w+)Command/g)].map(
          ([, paged, sent]) => `${client}:${paged ?? sent}`,
        ),
    );
    const rest = [
      // RAM calls it with the permissions of the role that shares.
      "imagebuilder:PutImagePolicy",
      "kms:Decrypt",
      "kms:GenerateDataKey",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "sqs:SendMessage",
    ];
    const allowed = Object.values(role).flatMap(({ Action }) => Action);
    expect(called).toHaveLength(9);
    expect(allowed.sort()).toEqual([...called, ...rest].sort());
  });

  test("changes only shares with the factory's tag, and never their principals", () => {
    for (const sid of ["ShareBuilds", "Unshare"])
      expect(role[sid]).toMatchObject({
        Resource: "arn:aws:ram:eu-west-1:111111111111:resource-share/*",
        Condition: {
          Null: { "aws:ResourceTag/golden-image:image": "false", "ram:Principal": "true" },
        },
      });
    expect(role["ShareBuilds"].Condition.StringEquals).toEqual({
      "ram:RequestedResourceType": "imagebuilder:Image",
    });
  });

  test("changes only builds of images with a channel, and their AMIs", () => {
    const builds = ["arn:aws:imagebuilder:eu-west-1:111111111111:image/base/*"];
    expect(role["ShareImages"].Resource).toEqual(builds);
    expect(role["ModifyLaunchPermissions"]).toMatchObject({
      Action: "ec2:ModifyImageAttribute",
      Resource: "arn:aws:ec2:eu-west-1::image/*",
      Condition: { StringLike: { "aws:ResourceTag/Ec2ImageBuilderArn": builds } },
    });
    const none = statements(only(updater({ imageArns: [] }), "aws_iam_role_policy").policy);
    expect(none["ShareImages"]).toBeUndefined();
    expect(none["ModifyLaunchPermissions"]).toBeUndefined();
  });

  test("writes to the updater's log group and dead-letter queue only", () => {
    expect(role["WriteLogs"].Resource).toMatch(/^\$\{aws_cloudwatch_log_group\.\S+\.arn\}:\*$/);
    expect(role["QueueFailedEvents"].Resource).toMatch(/^\$\{aws_sqs_queue\./);
    expect(role["EncryptFailedEvents"].Resource).toBe("arn:key");
  });

  test("has the resource * only for actions that can't be limited to a resource", () => {
    const wide = Object.entries(role).filter(([, { Resource }]) => Resource === "*");
    expect(wide.map(([sid]) => sid)).toEqual(["FindShares", "FindImages"]);
  });
});

test("the updater reserves concurrency only on request", () => {
  expect(only(json, "aws_lambda_function").reserved_concurrent_executions).toBeUndefined();
  expect(
    only(updater({ reservedConcurrency: 2 }), "aws_lambda_function").reserved_concurrent_executions,
  ).toBe(2);
});
