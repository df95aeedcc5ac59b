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
      region: "eu-west-1",
      codeDirectory: resolve("tools/fixtures/share-updater"),
      environment: { accountId: "111111111111" },
      shareArns: "arn:aws:ram:eu-west-1:111111111111:resource-share/*",
      imageArns: ["arn:aws:imagebuilder:eu-west-1:111111111111:image/base/*"],
      amiArns: "arn:aws:ec2:eu-west-1::image/*",
      channels: [
        { image: "base", channel: "stable", maxAgeDays: 14 },
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

test("runs on a supported runtime, from a zip of a folder inside the stack's own, with fixed modes", () => {
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

test("is told its account", () => {
  expect(only(json, "aws_lambda_function").environment).toEqual({
    variables: { ACCOUNT_ID: "111111111111" },
  });
});

test("is called when a build ends, whether well or not: the body is filtered, because attributes are empty", () => {
  expect(only(json, "aws_sns_topic_subscription")).toMatchObject({
    protocol: "lambda",
    topic_arn: "arn:topic",
    filter_policy_scope: "MessageBody",
    filter_policy: '{"state":{"status":["AVAILABLE","FAILED"]}}',
  });
});

test("is called on a schedule with an empty event", () => {
  expect(only(json, "aws_cloudwatch_event_rule").schedule_expression).toBe("rate(1 hour)");
  expect(only(json, "aws_cloudwatch_event_target").input).toBe("{}");
});

test("only the topic and the schedule may call it", () => {
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

test("an event that fails is tried again twice, then kept encrypted for 14 days, and raises an alarm", () => {
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

test("raises alarms on failures, on silence, on refusals that last a day, and on a channel whose newest build is too old", () => {
  expect(Object.keys(alarms()).sort()).toEqual([
    "golden-image-base--stable-age",
    "share-updater-errors",
    "share-updater-failed",
    "share-updater-refused",
    "share-updater-silent",
  ]);
  expect(alarms()["share-updater-silent"]).toMatchObject({
    namespace: "AWS/Lambda",
    metric_name: "Invocations",
    comparison_operator: "LessThanThreshold",
    treat_missing_data: "breaching",
  });
  expect(alarms()["golden-image-base--stable-age"]).toMatchObject({
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

describe("its dashboard", () => {
  const widgets = (props?: Partial<ShareUpdaterProps>) =>
    JSON.parse(only(updater(props), "aws_cloudwatch_dashboard").dashboard_body).widgets;

  test("shows what it tells of every channel, and how it is itself", () => {
    const shown = widgets().flatMap(
      ({ properties }: { properties: { metrics: string[][] } }) => properties.metrics,
    );
    expect(shown).toContainEqual([
      ...[
        "GoldenImageFactory",
        "SharedBuilds",
        "service",
        "share-updater",
        "image",
        "base",
        "channel",
        "stable",
      ],
      { label: "base/stable" },
    ]);
    expect(shown).toContainEqual(["AWS/Lambda", "Errors", "FunctionName", "share-updater"]);
    const told = [
      ...readFileSync("lambda/share-updater/report.ts", "utf8").matchAll(/\[METRICS\.(\w+)\]/g),
    ];
    const names = new Set(shown.map(([, name]: string[]) => name));
    for (const [, key = ""] of told) expect(names).toContain(METRICS[key as keyof typeof METRICS]);
  });

  test("has no widget over another, and none without a metric", () => {
    const places = widgets().map(({ x, y }: { x: number; y: number }) => `${x}/${y}`);
    expect(new Set(places).size).toBe(places.length);
    for (const { properties } of widgets({ channels: [] }))
      expect(properties.metrics).not.toEqual([]);
  });
});

describe("its role", () => {
  const role = statements(only(json, "aws_iam_role_policy").policy);

  test("may do what the code calls, by the SDK's commands that it imports, and nothing else", () => {
    const code = readFileSync("lambda/share-updater/adapters.ts", "utf8");
    const called = [...code.matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-(\w+)"/g)].flatMap(
      ([, names = "", client = ""]) =>
        [...names.matchAll(/paginate(\w+)|(\w+)Command/g)].map(
          ([, paged, sent]) => `${client}:${paged ?? sent}`,
        ),
    );
    const rest = [
      // RAM calls it in the name of who shares.
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

  test("touches no share without the factory's tag, and never who a share is for", () => {
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

  test("touches the builds of images that are shared, and their AMIs, only", () => {
    const builds = ["arn:aws:imagebuilder:eu-west-1:111111111111:image/base/*"];
    expect(role["ShareImages"].Resource).toEqual(builds);
    expect(role["LetLaunch"]).toMatchObject({
      Action: "ec2:ModifyImageAttribute",
      Resource: "arn:aws:ec2:eu-west-1::image/*",
      Condition: { StringLike: { "aws:ResourceTag/Ec2ImageBuilderArn": builds } },
    });
    const none = statements(only(updater({ imageArns: [] }), "aws_iam_role_policy").policy);
    expect(none["ShareImages"]).toBeUndefined();
    expect(none["LetLaunch"]).toBeUndefined();
  });

  test("writes its own logs and queues its own failures", () => {
    expect(role["WriteLogs"].Resource).toMatch(/^\$\{aws_cloudwatch_log_group\.\S+\.arn\}:\*$/);
    expect(role["QueueFailedEvents"].Resource).toMatch(/^\$\{aws_sqs_queue\./);
    expect(role["EncryptFailedEvents"].Resource).toBe("arn:key");
  });

  test("has a resource of * only for what can't be narrowed down", () => {
    const wide = Object.entries(role).filter(([, { Resource }]) => Resource === "*");
    expect(wide.map(([sid]) => sid)).toEqual(["FindShares", "FindImages"]);
  });
});

test("takes no concurrency aside unless told to", () => {
  expect(only(json, "aws_lambda_function").reserved_concurrent_executions).toBeUndefined();
  expect(
    only(updater({ reservedConcurrency: 2 }), "aws_lambda_function").reserved_concurrent_executions,
  ).toBe(2);
});
