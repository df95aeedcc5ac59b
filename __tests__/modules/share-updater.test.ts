import { resolve } from "node:path";
import { ArchiveProvider } from "@cdktf/provider-archive/lib/provider";
import { ShareUpdater, type ShareUpdaterProps } from "../../modules/share-updater";
import { only, resources, statements, synthModule } from "../support/synth";

const updater = (props: Partial<ShareUpdaterProps> = {}) =>
  synthModule((stack) => {
    new ArchiveProvider(stack, "archive");
    new ShareUpdater(stack, "updater", {
      name: "share-updater",
      roleName: "share-updater-role",
      codeDirectory: resolve("dist/share-updater"),
      environment: { accountId: "111111111111" },
      topicArn: "arn:topic",
      dataKeyArn: "arn:key",
      schedule: "rate(1 hour)",
      ...props,
    });
  });
const json = updater();

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
  expect(only(json, "aws_lambda_function").environment).toEqual({ variables: { ACCOUNT_ID: "111111111111" } });
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
  expect(resources(json, "aws_lambda_permission").map(({ principal, source_arn }) => [principal, source_arn])).toEqual([
    ["sns.amazonaws.com", "arn:topic"],
    ["events.amazonaws.com", expect.stringMatching(/^\$\{aws_cloudwatch_event_rule\./)],
  ]);
});

test("an event that fails is tried again twice, then kept encrypted for 14 days, and raises an alarm", () => {
  expect(only(json, "aws_lambda_function_event_invoke_config").maximum_retry_attempts).toBe(2);
  expect(only(json, "aws_lambda_function").dead_letter_config.target_arn).toMatch(/^\$\{aws_sqs_queue\./);
  expect(only(json, "aws_sqs_queue")).toMatchObject({ kms_master_key_id: "arn:key", message_retention_seconds: 1_209_600 });
  expect(only(json, "aws_cloudwatch_metric_alarm")).toMatchObject({
    namespace: "AWS/SQS",
    metric_name: "ApproximateNumberOfMessagesVisible",
    threshold: 1,
    alarm_actions: ["arn:topic"],
  });
});

test("may write its own logs and queue its own failures, and nothing else", () => {
  const { WriteLogs, QueueFailedEvents, EncryptFailedEvents, ...rest } = statements(only(json, "aws_iam_role_policy").policy);
  expect(WriteLogs).toMatchObject({
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: expect.stringMatching(/^\$\{aws_cloudwatch_log_group\.\S+\.arn\}:\*$/),
  });
  expect(QueueFailedEvents).toMatchObject({
    Action: "sqs:SendMessage",
    Resource: expect.stringMatching(/^\$\{aws_sqs_queue\./),
  });
  expect(EncryptFailedEvents).toMatchObject({ Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "arn:key" });
  expect(rest).toEqual({});
});

test("takes no concurrency aside unless told to", () => {
  expect(only(json, "aws_lambda_function").reserved_concurrent_executions).toBeUndefined();
  expect(only(updater({ reservedConcurrency: 2 }), "aws_lambda_function").reserved_concurrent_executions).toBe(2);
});
