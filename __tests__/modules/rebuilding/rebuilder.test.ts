import { resolve } from "node:path";
import { ArchiveProvider } from "@cdktf/provider-archive/lib/provider";
import { REBUILDER_METRICS } from "../../../contract/metrics";
import {
  parseRebuilderManifest,
  type RebuilderManifest,
  rebuilderManifestKey,
} from "../../../contract/rebuilder-manifest";
import { behindCondition } from "../../../modules/rebuilding/behind-condition";
import { Rebuilder, type RebuilderProps } from "../../../modules/rebuilding/rebuilder";
import {
  only,
  resources,
  statements,
  synthModule,
  type TerraformJson,
} from "../../../tools/fixtures/synth";
import { functionActions } from "../../../tools/policy-proofs/proofs/support";

const MANIFEST: RebuilderManifest = {
  version: 1,
  images: { web: { pipeline: "web", dedicatedHost: false, manual: false, alarmAfterDays: 3 } },
};

const PLACE = "arn:aws:imagebuilder:eu-west-1:222222222222";
const ARNS = {
  parents: ["arn:aws:imagebuilder:eu-west-1:111111111111:image/base/*"],
  images: [`${PLACE}:image/web/*`],
  pipelines: [`${PLACE}:image-pipeline/web`],
  imageRecipes: [`${PLACE}:image-recipe/web/*`],
  containerRecipes: [`${PLACE}:container-recipe/api/*`],
};

function rebuilder(props: Partial<RebuilderProps> = {}): TerraformJson {
  return synthModule((stack) => {
    new ArchiveProvider(stack, "archive");
    new Rebuilder(stack, "rebuilder", {
      name: "rebuilder",
      roleName: "rebuilder-role",
      logGroup: "/aws/lambda/rebuilder",
      home: { partition: "aws", accountId: "222222222222", region: "eu-west-1" },
      codeDirectory: resolve("tools/fixtures/function"),
      manifest: MANIFEST,
      bucket: { name: "components", arn: "arn:aws:s3:::components" },
      arns: ARNS,
      monitored: [{ image: "web", alarmName: "web-behind-parent", alarmAfterDays: 3 }],
      topicArn: "arn:topic",
      dataKeyArn: "arn:key",
      minute: 17,
      followsSharedParents: true,
      ...props,
    });
  });
}
const json = rebuilder();

function rolePolicy(props: Partial<RebuilderProps> = {}) {
  return statements(only(rebuilder(props), "aws_iam_role_policy").policy);
}

const alarms = Object.fromEntries(
  resources(json, "aws_cloudwatch_metric_alarm").map((alarm) => [alarm.alarm_name, alarm]),
);

const queues = Object.fromEntries(
  resources(json, "aws_sqs_queue").map((queue) => [queue.name, queue]),
);

test("the rebuilder runs on Node.js 22 for at most 5 minutes, and its failed events are kept", () => {
  expect(only(json, "aws_lambda_function")).toMatchObject({
    function_name: "rebuilder",
    runtime: "nodejs22.x",
    handler: "index.handler",
    timeout: 300,
    environment: {
      variables: {
        ACCOUNT_ID: "222222222222",
        PARTITION: "aws",
        MANIFEST_BUCKET: expect.stringMatching(/^\$\{aws_s3_object\.[\w-]+\.bucket\}$/),
        MANIFEST_KEY: expect.stringMatching(/^\$\{aws_s3_object\.[\w-]+\.key\}$/),
      },
    },
    dead_letter_config: { target_arn: expect.stringContaining("aws_sqs_queue.") },
    logging_config: { log_group: expect.stringContaining("aws_cloudwatch_log_group.") },
    depends_on: [expect.stringMatching(/^aws_iam_role_policy\./)],
  });
  expect(only(json, "aws_lambda_function_event_invoke_config")).toMatchObject({
    maximum_retry_attempts: 2,
    maximum_event_age_in_seconds: 3600,
  });
  expect(queues["rebuilder-failed"]).toMatchObject({
    kms_master_key_id: "arn:key",
    message_retention_seconds: 14 * 24 * 3600,
  });
  expect(only(json, "aws_cloudwatch_log_group")).toMatchObject({
    name: "/aws/lambda/rebuilder",
    kms_key_id: "arn:key",
  });
});

test("the manifest is an encrypted object that the rebuilder accepts, with the SHA-256 of its content in its key", () => {
  const object = only(json, "aws_s3_object");
  const [, local = ""] = /^\$\{local\.([\w-]+)\}$/.exec(object.content) ?? [];
  expect(object).toMatchObject({
    bucket: "components",
    key: `rebuilder/\${sha256(local.${local})}.json`,
    kms_key_id: "arn:key",
    lifecycle: { create_before_destroy: true },
  });
  const text = json.locals?.[local];
  expect(parseRebuilderManifest(text, rebuilderManifestKey(text))).toEqual(MANIFEST);
});

test("the rebuilder runs every hour, when a build has ended, and when a resource share has changed", () => {
  const rules = resources(json, "aws_cloudwatch_event_rule");
  const byName = Object.fromEntries(rules.map((rule) => [rule.name, rule]));
  expect(Object.keys(byName).sort()).toEqual(["rebuilder", "rebuilder-builds", "rebuilder-shares"]);
  expect(byName["rebuilder"].schedule_expression).toBe("cron(17 * * * ? *)");
  expect(JSON.parse(byName["rebuilder-builds"].event_pattern)).toEqual({
    source: ["aws.imagebuilder"],
    "detail-type": ["EC2 Image Builder Image State Change"],
    detail: { state: { status: ["AVAILABLE", "CANCELLED", "FAILED"] } },
  });
  expect(JSON.parse(byName["rebuilder-shares"].event_pattern)).toEqual({
    source: ["aws.ram"],
    "detail-type": ["Resource Sharing State Change"],
  });
  const targets = resources(json, "aws_cloudwatch_event_target");
  expect(targets.map(({ arn }) => arn.split(".")[0]).sort()).toEqual([
    "${aws_lambda_function",
    "${aws_sqs_queue",
    "${aws_sqs_queue",
  ]);
  expect(only(json, "aws_lambda_permission").source_arn).toMatch(
    /^\$\{aws_cloudwatch_event_rule\./,
  );
});

test("events of RAM start no run if no other account shares a parent", () => {
  const rules = resources(rebuilder({ followsSharedParents: false }), "aws_cloudwatch_event_rule");
  expect(rules.map(({ name }) => name).sort()).toEqual(["rebuilder", "rebuilder-builds"]);
});

test("a queue collects the events of a minute for one run, and at most two runs happen at once", () => {
  expect(queues["rebuilder"]).toMatchObject({
    kms_master_key_id: "arn:key",
    // AWS's minimum: six times the timeout of the function, and the time of collecting.
    visibility_timeout_seconds: 6 * 300 + 60,
  });
  expect(JSON.parse(queues["rebuilder"].redrive_policy)).toEqual({
    deadLetterTargetArn: expect.stringMatching(/^\$\{aws_sqs_queue\.rebuilder_failed_\w+\.arn\}$/),
    maxReceiveCount: 3,
  });
  expect(only(json, "aws_lambda_event_source_mapping")).toMatchObject({
    batch_size: 100,
    maximum_batching_window_in_seconds: 60,
    scaling_config: { maximum_concurrency: 2 },
  });
  const inputs = resources(json, "aws_cloudwatch_event_target").map(({ input }) => input);
  expect(inputs.filter((input) => input !== undefined)).toEqual(["{}", "{}"]);
});

test("only the rules of the rebuilder can send messages to its queue", () => {
  const policies = resources(json, "aws_sqs_queue_policy").map(({ policy }) => statements(policy));
  const { RulesSend, DenyInsecureTransport } = policies.find((one) => "RulesSend" in one) ?? {};
  const arn = expect.stringMatching(
    /^\$\{aws_cloudwatch_event_rule\.\S+_(builds|shares)_\w+\.arn\}$/,
  );
  expect(RulesSend).toMatchObject({
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Condition: { ArnEquals: { "aws:SourceArn": [arn, arn] } },
  });
  expect(DenyInsecureTransport).toMatchObject({ Effect: "Deny", Action: "sqs:*" });
});

describe("the role of the rebuilder", () => {
  test("reads the parents, its images, their pipelines and their recipes, and nothing else in Image Builder", () => {
    expect(rolePolicy()).toMatchObject({
      ReadBuilds: {
        Action: "imagebuilder:GetImage",
        Resource: [...ARNS.parents, ...ARNS.images],
      },
      ReadPipelines: {
        Action: ["imagebuilder:GetImagePipeline", "imagebuilder:ListImagePipelineImages"],
        Resource: ARNS.pipelines,
      },
      ReadImageRecipes: {
        Action: "imagebuilder:GetImageRecipe",
        Resource: ARNS.imageRecipes,
      },
      ReadContainerRecipes: {
        Action: "imagebuilder:GetContainerRecipe",
        Resource: ARNS.containerRecipes,
      },
    });
  });

  test("starts its pipelines, and tags builds that have no parent yet, with the tag of the parent only", () => {
    const { StartBuilds, TagStartedBuilds } = rolePolicy();
    expect(StartBuilds).toEqual({
      Effect: "Allow",
      Sid: "StartBuilds",
      Action: ["imagebuilder:StartImagePipelineExecution", "imagebuilder:TagResource"],
      Resource: ARNS.pipelines,
      Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": "golden-image:parent" } },
    });
    expect(TagStartedBuilds).toEqual({
      Effect: "Allow",
      Sid: "TagStartedBuilds",
      Action: "imagebuilder:TagResource",
      Resource: ARNS.images,
      Condition: {
        "ForAllValues:StringEquals": { "aws:TagKeys": "golden-image:parent" },
        Null: { "aws:TagKeys": "false", "aws:ResourceTag/golden-image:parent": "true" },
      },
    });
  });

  test("has no statement for kinds of images that don't follow their parents", () => {
    expect(rolePolicy({ arns: { ...ARNS, imageRecipes: [] } })).not.toHaveProperty(
      "ReadImageRecipes",
    );
    expect(rolePolicy({ arns: { ...ARNS, containerRecipes: [] } })).not.toHaveProperty(
      "ReadContainerRecipes",
    );
  });

  test("contains every action that the code of the rebuilder calls", () => {
    const granted = Object.values(rolePolicy()).flatMap(({ Action }) => Action);
    expect(granted).toEqual(expect.arrayContaining(functionActions("rebuilder")));
  });
});

describe("the alarms of the rebuilder", () => {
  test("notify the topic when they are raised and when they are over, and say what to do first", () => {
    expect(Object.keys(alarms).sort()).toEqual([
      "rebuilder-errors",
      "rebuilder-failed",
      "rebuilder-failing",
      "rebuilder-parents-not-visible",
      "rebuilder-silent",
      "rebuilder-unreadable",
      "web-behind-parent",
    ]);
    for (const alarm of resources(json, "aws_cloudwatch_metric_alarm")) {
      expect(alarm).toMatchObject({ alarm_actions: ["arn:topic"], ok_actions: ["arn:topic"] });
      expect(alarm.alarm_description).toMatch(
        / First .*See docs\/guides\/operations\.md in the package golden-image-factory\.$/,
      );
      expect(alarm.alarm_description.length).toBeLessThanOrEqual(1024);
    }
  });

  test.each([
    ["parents-not-visible", REBUILDER_METRICS.parentsNotVisible, 24, 18],
    ["failing", REBUILDER_METRICS.rebuildsFailing, 1, 1],
    ["unreadable", REBUILDER_METRICS.unreadable, 3, 2],
  ])(
    "%s looks at the metric %s of %i hours, of which %i must be 1 or more",
    (name, metric, hours, datapoints) => {
      expect(alarms[`rebuilder-${name}`]).toMatchObject({
        namespace: "GoldenImageFactory",
        metric_name: metric,
        dimensions: { service: "rebuilder" },
        statistic: "Minimum",
        period: 3600,
        evaluation_periods: hours,
        datapoints_to_alarm: datapoints,
        threshold: 1,
        comparison_operator: "GreaterThanOrEqualToThreshold",
        treat_missing_data: "notBreaching",
      });
    },
  );

  test("behind-parent looks at each hour of the days, one hour a day excepted, and keeps its state without data", () => {
    expect(alarms["web-behind-parent"]).toMatchObject({
      metric_name: REBUILDER_METRICS.behindParentHours,
      dimensions: { service: "rebuilder", image: "web" },
      statistic: "Minimum",
      period: 3600,
      evaluation_periods: 72,
      datapoints_to_alarm: 69,
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
      treat_missing_data: "ignore",
    });
  });

  test("behindCondition looks at a week at most, and at the figure for the days before", () => {
    expect(behindCondition(1)).toEqual({ hours: 24, hoursToAlarm: 23, threshold: 0 });
    expect(behindCondition(7)).toEqual({ hours: 168, hoursToAlarm: 161, threshold: 0 });
    expect(behindCondition(30)).toEqual({ hours: 168, hoursToAlarm: 161, threshold: 23 * 24 });
  });

  test("silent watches the rule of the schedule, which events don't use", () => {
    expect(alarms["rebuilder-silent"].metric_query[0].metric.dimensions).toEqual({
      RuleName: "rebuilder",
    });
  });
});
