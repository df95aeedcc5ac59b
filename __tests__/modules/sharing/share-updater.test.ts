import { resolve } from "node:path";
import { ArchiveProvider } from "@cdktf/provider-archive/lib/provider";
import { RamPrincipalAssociation } from "@cdktf/provider-aws/lib/ram-principal-association";
import type { TerraformStack } from "cdktf";
import { type Manifest, manifestKey, parseManifest } from "../../../contract/manifest";
import { METRICS } from "../../../contract/metrics";
import { ShareUpdater, type ShareUpdaterProps } from "../../../modules/sharing/share-updater";
import { only, resources, statements, synthModule } from "../../../tools/fixtures/synth";
import { functionActions } from "../../../tools/policy-proofs/proofs/support";

const HOME = { partition: "aws", accountId: "111111111111", region: "eu-west-1" };

const MANIFEST: Manifest = {
  version: 1,
  launchPermissionGraceDays: 30,
  regions: ["eu-west-1"],
  audiences: { organization: ["arn:organization"] },
  images: { base: { channels: {} }, web: { parent: "base", channels: {} } },
};

function updater(
  props: Partial<ShareUpdaterProps> | ((stack: TerraformStack) => Partial<ShareUpdaterProps>) = {},
) {
  return synthModule((stack) => {
    new ArchiveProvider(stack, "archive");
    new ShareUpdater(stack, "updater", {
      name: "share-updater",
      fullRunRuleName: "share-updater-full",
      roleName: "share-updater-role",
      dashboardName: "golden-images-eu-west-1",
      logGroup: "/aws/lambda/share-updater",
      home: HOME,
      codeDirectory: resolve("tools/fixtures/function"),
      manifest: MANIFEST,
      bucket: { name: "components", arn: "arn:aws:s3:::components" },
      shareArns: "arn:aws:ram:eu-west-1:111111111111:resource-share/*",
      sharedImageArns: ["arn:aws:imagebuilder:eu-west-1:111111111111:image/base/*"],
      childImageArns: ["arn:aws:imagebuilder:eu-west-1:111111111111:image/web/*"],
      limitedImageArns: [],
      imageArns: "arn:aws:imagebuilder:eu-west-1:111111111111:image/*/*",
      amiArns: "arn:aws:ec2:*::image/*",
      channels: [
        { image: "base", channel: "stable", alarmName: "base-stable-age", maxAgeDays: 14 },
      ],
      topicArn: "arn:topic",
      dataKeyArn: "arn:key",
      schedule: "rate(1 hour)",
      hoursBetweenRuns: 1,
      concurrency: 5,
      runDependsOn: [],
      ...(typeof props === "function" ? props(stack) : props),
    });
  });
}
const json = updater();

/** The resource of a type whose arguments contain a text. */
function withText(type: string, text: string) {
  return resources(json, type).filter((resource) => JSON.stringify(resource).includes(text));
}

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

test("the updater's environment contains its account, partition, manifest and queue", () => {
  expect(only(json, "aws_lambda_function").environment).toEqual({
    variables: {
      ACCOUNT_ID: "111111111111",
      PARTITION: "aws",
      MANIFEST_BUCKET: expect.stringMatching(/^\$\{aws_s3_object\.[\w-]+\.bucket\}$/),
      MANIFEST_KEY: expect.stringMatching(/^\$\{aws_s3_object\.[\w-]+\.key\}$/),
      QUEUE_URL: expect.stringMatching(/^\$\{aws_sqs_queue\.updater_queue_\w+\.url\}$/),
    },
  });
});

describe("the manifest", () => {
  const object = only(json, "aws_s3_object");

  test("is an encrypted object whose key contains the SHA-256 of exactly its content", () => {
    const [, local = ""] = /^\$\{(local\.[\w-]+)\}$/.exec(object.content) ?? [];
    expect(object).toMatchObject({
      bucket: "components",
      key: `channels/\${sha256(${local})}.json`,
      server_side_encryption: "aws:kms",
      kms_key_id: "arn:key",
      // The provider's own tags would exceed the 10 that an object can have.
      override_provider: { default_tags: { tags: {} } },
    });
    const text = json.locals?.[local.replace("local.", "")];
    expect(text).toBe(JSON.stringify(MANIFEST));
    expect(parseManifest(text, manifestKey(text))).toEqual(MANIFEST);
  });

  test("is created before the old one is destroyed, so that the function always finds one", () => {
    expect(object.lifecycle).toEqual({ create_before_destroy: true });
  });

  test("starts a run when it changes, once the queue, the role's policy and the principals are there", () => {
    const { depends_on, ...run } = only(
      updater((stack) => ({
        runDependsOn: [
          new RamPrincipalAssociation(stack, "principal", {
            resourceShareArn: "arn:share",
            principal: "222222222222",
          }),
        ],
      })),
      "aws_lambda_invocation",
    );
    expect(run).toMatchObject({
      input: "{}",
      triggers: { manifest: expect.stringMatching(/^\$\{aws_s3_object\.[\w-]+\.key\}$/) },
    });
    expect(depends_on).toEqual([
      expect.stringMatching(/^aws_lambda_event_source_mapping\./),
      expect.stringMatching(/^aws_iam_role_policy\./),
      "aws_ram_principal_association.principal",
    ]);
  });
});

describe("the queue", () => {
  const [queue] = withText("aws_sqs_queue", "visibility");

  test("is encrypted, and hides a message for six times the function's timeout", () => {
    expect(queue).toMatchObject({ name: "share-updater", kms_master_key_id: "arn:key" });
    expect(queue.visibility_timeout_seconds).toBe(1_800);
    expect(queue.visibility_timeout_seconds).toBeGreaterThanOrEqual(
      6 * only(json, "aws_lambda_function").timeout,
    );
  });

  test("gives a message to the dead-letter queue after three deliveries, which takes messages of no other queue", () => {
    expect(JSON.parse(queue.redrive_policy)).toEqual({
      deadLetterTargetArn: expect.stringMatching(/^\$\{aws_sqs_queue\.updater_failed_/),
      maxReceiveCount: 3,
    });
    const { queue_url, redrive_allow_policy } = only(json, "aws_sqs_queue_redrive_allow_policy");
    expect(queue_url).toMatch(/^\$\{aws_sqs_queue\.updater_failed_\w+\.url\}$/);
    expect(JSON.parse(redrive_allow_policy)).toEqual({
      redrivePermission: "byQueue",
      sourceQueueArns: [expect.stringMatching(/^\$\{aws_sqs_queue\.updater_queue_\w+\.arn\}$/)],
    });
  });

  test("takes messages of SNS from the topic only, over TLS only", () => {
    const [{ policy }] = withText("aws_sqs_queue_policy", "TopicSends");
    expect(statements(policy)).toMatchObject({
      TopicSends: {
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Condition: { ArnEquals: { "aws:SourceArn": "arn:topic" } },
      },
      DenyInsecureTransport: { Effect: "Deny", Principal: "*", Action: "sqs:*" },
    });
  });

  test("gets the topic's messages about builds that succeed or fail, as they are, by a filter on their body", () => {
    expect(only(json, "aws_sns_topic_subscription")).toMatchObject({
      protocol: "sqs",
      topic_arn: "arn:topic",
      endpoint: expect.stringMatching(/^\$\{aws_sqs_queue\.updater_queue_\w+\.arn\}$/),
      raw_message_delivery: true,
      filter_policy_scope: "MessageBody",
      filter_policy: '{"state":{"status":["AVAILABLE","FAILED"]}}',
      depends_on: [expect.stringMatching(/^aws_sqs_queue_policy\./)],
    });
  });

  test("invokes the updater with one message at a time, as many at once as the factory file says", () => {
    expect(only(json, "aws_lambda_event_source_mapping")).toMatchObject({
      event_source_arn: expect.stringMatching(/^\$\{aws_sqs_queue\.updater_queue_\w+\.arn\}$/),
      batch_size: 1,
      scaling_config: { maximum_concurrency: 5 },
    });
    // It would also throttle schedules and operators.
    expect(only(json, "aws_lambda_function").reserved_concurrent_executions).toBeUndefined();
  });
});

test("schedules invoke the updater for every image, and daily for every build", () => {
  const targets = resources(json, "aws_cloudwatch_event_target").map(({ input }) => input);
  const rules = resources(json, "aws_cloudwatch_event_rule").map(
    ({ name, schedule_expression }) => [name, schedule_expression],
  );
  expect(rules).toEqual([
    ["share-updater-full", "rate(1 day)"],
    ["share-updater", "rate(1 hour)"],
  ]);
  expect(targets).toEqual(['{"full":true}', "{}"]);
});

test("only the schedules may invoke the updater", () => {
  expect(
    resources(json, "aws_lambda_permission").map(({ principal, source_arn }) => [
      principal,
      source_arn,
    ]),
  ).toEqual([
    ["events.amazonaws.com", expect.stringMatching(/^\$\{aws_cloudwatch_event_rule\.\S*full/)],
    ["events.amazonaws.com", expect.stringMatching(/^\$\{aws_cloudwatch_event_rule\./)],
  ]);
});

test("an event of a schedule that fails is retried twice, then kept encrypted for 14 days, and raises an alarm", () => {
  expect(only(json, "aws_lambda_function_event_invoke_config").maximum_retry_attempts).toBe(2);
  expect(only(json, "aws_lambda_function").dead_letter_config.target_arn).toMatch(
    /^\$\{aws_sqs_queue\.updater_failed_/,
  );
  expect(withText("aws_sqs_queue", "share-updater-failed")).toEqual([
    expect.objectContaining({ kms_master_key_id: "arn:key", message_retention_seconds: 1_209_600 }),
  ]);
  expect(alarms()["share-updater-failed"]).toMatchObject({
    namespace: "AWS/SQS",
    metric_name: "ApproximateNumberOfMessagesVisible",
    comparison_operator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
  });
});

describe("alarms", () => {
  test("watch the function, its queues, every metric of the factory, and the ages of channels with maxAgeDays", () => {
    expect(Object.keys(alarms()).sort()).toEqual([
      "base-stable-age",
      "share-updater-delayed",
      "share-updater-errors",
      "share-updater-failed",
      "share-updater-failed-associations",
      "share-updater-failed-builds",
      "share-updater-mismatches",
      "share-updater-orphaned-permissions",
      "share-updater-refused",
      "share-updater-scheduled-revocations",
      "share-updater-silent",
      "share-updater-unreadable",
    ]);
    const { namespace, service, ...metrics } = METRICS;
    const watched = resources(json, "aws_cloudwatch_metric_alarm").map(
      ({ metric_name }) => metric_name,
    );
    for (const metric of Object.values(metrics)) expect(watched).toContain(metric);
    for (const alarm of Object.values(alarms()))
      expect(alarm).toMatchObject({ alarm_actions: ["arn:topic"], ok_actions: ["arn:topic"] });
  });

  test("watch the function's errors, and messages that wait for more than their retries take", () => {
    expect(alarms()["share-updater-errors"]).toMatchObject({
      namespace: "AWS/Lambda",
      metric_name: "Errors",
    });
    expect(alarms()["share-updater-delayed"]).toMatchObject({
      namespace: "AWS/SQS",
      metric_name: "ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: expect.stringMatching(/^\$\{aws_sqs_queue\.updater_queue_/) },
      threshold: 7_200,
    });
  });

  test("watch the age of a channel's newest build", () => {
    expect(alarms()["base-stable-age"]).toMatchObject({
      namespace: "GoldenImageFactory",
      metric_name: "NewestSharedAgeHours",
      dimensions: { service: "share-updater", image: "base", channel: "stable" },
      statistic: "Maximum",
      evaluation_periods: 1,
      threshold: 336,
      treat_missing_data: "ignore",
    });
  });

  /** Number of hours that an alarm looks at, and how many of them raise it. */
  const windows = (hoursBetweenRuns: number) =>
    Object.fromEntries(
      resources(updater({ hoursBetweenRuns }), "aws_cloudwatch_metric_alarm")
        .filter(
          ({ namespace, dimensions }) => namespace === "GoldenImageFactory" && !dimensions.image,
        )
        .map((alarm) => {
          expect(alarm).toMatchObject({
            dimensions: { service: "share-updater" },
            statistic: "Maximum",
            period: 3_600,
            threshold: 1,
            treat_missing_data: "notBreaching",
          });
          return [alarm.metric_name, [alarm.datapoints_to_alarm, alarm.evaluation_periods]];
        }),
    );

  test("are raised by one run of one image, and stay until its next run was due; the alarm for mismatches needs two hours, the one for removals most runs of a day", () => {
    expect(windows(1)).toEqual({
      FailedAssociations: [1, 3],
      Unreadable: [1, 3],
      ManifestMismatches: [2, 4],
      FailedBuilds: [1, 1],
      OrphanedLaunchPermissions: [1, 26],
      ScheduledRevocations: [1, 26],
      RefusedRemovals: [18, 26],
    });
    expect(windows(24)).toEqual({
      FailedAssociations: [1, 26],
      Unreadable: [1, 26],
      ManifestMismatches: [2, 50],
      FailedBuilds: [1, 1],
      OrphanedLaunchPermissions: [1, 26],
      ScheduledRevocations: [1, 26],
      RefusedRemovals: [2, 50],
    });
  });
});

test("the alarm for missing runs counts hours without data as 0 runs, and waits for the first run", () => {
  const { metric_query, ...alarm } = alarms()["share-updater-silent"];
  expect(metric_query).toEqual([
    {
      id: "invocations",
      metric: {
        namespace: "AWS/Events",
        metric_name: "Invocations",
        dimensions: { RuleName: "share-updater" },
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
      "The updater failed. The event is processed again, up to three times in all, which is safe. First find the cause in the log group /aws/lambda/share-updater. See docs/guides/operations.md in the package golden-image-factory.",
    "share-updater-failed":
      "The dead-letter queue contains events that the updater couldn't process. First find the cause in the log group /aws/lambda/share-updater. When it is fixed, run 'npx --no factory update IMAGE' and purge the queue. See docs/guides/operations.md in the package golden-image-factory.",
    "share-updater-silent":
      "The updater's schedule hasn't run for more than a day. Until the daily full run, builds whose events were lost aren't shared, and builds that were revoked by a tag alone stay shared. First check that the EventBridge rule share-updater exists and is enabled. See docs/guides/operations.md in the package golden-image-factory.",
    "share-updater-delayed":
      "A message for the updater has waited for more than 2 hours. New builds of its image aren't shared, and builds that were revoked by a tag alone stay shared. Commands such as 'factory revoke' still work. First check that the event source mapping of the function share-updater is enabled, and that Lambda doesn't throttle the function. If there are too many images for its concurrency, raise updater.concurrency in factory.yaml. See docs/guides/operations.md in the package golden-image-factory.",
    "share-updater-failed-associations":
      "RAM couldn't add a build to a share. Older builds are shared in its place. First run 'npx --no factory status' to find the share and the build, then find the reason in the log group /aws/lambda/share-updater. Each run tries again. See docs/guides/operations.md in the package golden-image-factory.",
    "share-updater-refused":
      "In most of the last 26 hours, RAM has refused to remove a build from a share: a consumer depends on the build. First run 'npx --no factory status' to find the share and the build, then ask the consumers to delete their images and recipes that are based on the build. See docs/guides/operations.md in the package golden-image-factory.",
    "share-updater-orphaned-permissions":
      "Accounts can launch AMIs although no channel grants it any more: an account left a channel, a channel or image left factory.yaml, or builds no longer meet the conditions of a channel. First find the AMIs, the accounts and the date of removal in the log group /aws/lambda/share-updater (the message is 'no channel grants this launch permission any more'). Then ask the owners of the accounts to replace instances and Auto Scaling groups that use these AMIs before that date. See docs/guides/operations.md in the package golden-image-factory.",
    "share-updater-unreadable":
      "The updater couldn't read or change a share, build or AMI. It continued with the others. First find the error in the log group /aws/lambda/share-updater (the message is 'image not fully reconciled' or 'images that left the factory file can't be found'). Each run tries again. See docs/guides/operations.md in the package golden-image-factory.",
    "share-updater-failed-builds":
      "A build of a golden image failed. First find the build in the log group /aws/lambda/share-updater (the message is 'build failed'), then read its log. Then start the pipeline again with 'npx --no factory build IMAGE'. See docs/guides/operations.md in the package golden-image-factory.",
    "share-updater-mismatches":
      "A resource share isn't as factory.yaml describes it: it is missing or not ACTIVE, or its principals were changed by hand. First find the share in the log group /aws/lambda/share-updater (the message is 'the share isn't as the manifest describes it'). Then find out in AWS CloudTrail who changed the share, and deploy the stack to restore it. See docs/guides/operations.md in the package golden-image-factory.",
    "share-updater-scheduled-revocations":
      "A scheduled revocation has taken effect. Accounts can't launch the build any more, but pipelines can still build on it. First find the build in the log group /aws/lambda/share-updater (the message is 'a scheduled revocation has taken effect, and the build isn't disabled'). Then disable it with 'npx --no factory revoke IMAGE BUILD --reason REASON'. For a container, add --delete. See docs/guides/operations.md in the package golden-image-factory.",
    "base-stable-age":
      "The newest build of base in the channel stable is older than 14 days. First run 'npx --no factory explain base --account ID' with the ID of an account in the channel's audience. It shows why no newer build is shared. Then build the image or approve a build. See docs/guides/operations.md in the package golden-image-factory.",
  });
});

describe("the dashboard", () => {
  const widgets = (props?: Partial<ShareUpdaterProps>) =>
    JSON.parse(only(updater(props), "aws_cloudwatch_dashboard").dashboard_body).widgets;

  test("shows every metric of the updater, its function and its queue", () => {
    const shown = widgets().flatMap(
      ({ properties }: { properties: { metrics: string[][] } }) => properties.metrics,
    );
    expect(shown).toContainEqual([
      "GoldenImageFactory",
      "NewestSharedAgeHours",
      "service",
      "share-updater",
      "image",
      "base",
      "channel",
      "stable",
      { label: "base/stable" },
    ]);
    expect(shown).toContainEqual(["AWS/Lambda", "Errors", "FunctionName", "share-updater"]);
    expect(shown).toContainEqual([
      "AWS/SQS",
      "ApproximateAgeOfOldestMessage",
      "QueueName",
      "share-updater",
    ]);
    const { namespace, service, ...metrics } = METRICS;
    const names = new Set(shown.map(([, name]: string[]) => name));
    for (const name of Object.values(metrics)) expect(names).toContain(name);
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
    const called = functionActions("share-updater")
      // The function calls it only for channels that limit findings.
      .filter((action) => action !== "ec2:GetImageFindings");
    const rest = [
      // Lambda calls these with the permissions of the role.
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
      // Makes S3 report a missing manifest as such.
      "s3:ListBucket",
      // RAM calls it with the permissions of the role that shares.
      "imagebuilder:PutImagePolicy",
      "kms:Decrypt",
      "kms:GenerateDataKey",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ];
    const allowed = Object.values(role).flatMap(({ Action }) => Action);
    expect(called).toHaveLength(15);
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

  test("reads every build of the account, and shares only those of images with a channel", () => {
    expect(role["ReadBuilds"].Resource).toBe(
      "arn:aws:imagebuilder:eu-west-1:111111111111:image/*/*",
    );
    expect(role["ShareImages"]).toMatchObject({
      Action: "imagebuilder:PutImagePolicy",
      Resource: ["arn:aws:imagebuilder:eu-west-1:111111111111:image/base/*"],
    });
    const none = statements(only(updater({ sharedImageArns: [] }), "aws_iam_role_policy").policy);
    expect(none["ShareImages"]).toBeUndefined();
    expect(none["ReadBuilds"]).toBeDefined();
  });

  test("marks only builds that have a golden parent, and sets only one tag", () => {
    expect(role["MarkInheritedRevocations"]).toMatchObject({
      Action: "imagebuilder:TagResource",
      Resource: ["arn:aws:imagebuilder:eu-west-1:111111111111:image/web/*"],
      Condition: {
        Null: { "aws:TagKeys": "false" },
        "ForAllValues:StringEquals": { "aws:TagKeys": "golden-image:revoked-by" },
      },
    });
    const none = statements(only(updater({ childImageArns: [] }), "aws_iam_role_policy").policy);
    expect(none["MarkInheritedRevocations"]).toBeUndefined();
  });

  test("marks only builds of images with limits for findings as shared, and sets only tags for that", () => {
    expect(role["MarkSharedBuilds"]).toBeUndefined();
    const limitedImageArns = ["arn:aws:imagebuilder:eu-west-1:111111111111:image/base/*"];
    const limited = statements(only(updater({ limitedImageArns }), "aws_iam_role_policy").policy);
    expect(limited["MarkSharedBuilds"]).toMatchObject({
      Action: "imagebuilder:TagResource",
      Resource: limitedImageArns,
      Condition: {
        Null: { "aws:TagKeys": "false" },
        "ForAllValues:StringLike": { "aws:TagKeys": "golden-image:shared-in-*" },
      },
    });
  });

  test("changes only the factory's AMIs, in every Region, and only one of their tags", () => {
    const isFactoryAmi = {
      Null: { "aws:ResourceTag/golden-image:image": "false" },
      StringLike: {
        "aws:ResourceTag/Ec2ImageBuilderArn":
          "arn:aws:imagebuilder:eu-west-1:111111111111:image/*/*",
      },
    };
    expect(role["ModifyLaunchPermissions"]).toMatchObject({
      Action: "ec2:ModifyImageAttribute",
      Resource: "arn:aws:ec2:*::image/*",
      Condition: isFactoryAmi,
    });
    expect(role["MarkOrphanedPermissions"]).toMatchObject({
      Action: ["ec2:CreateTags", "ec2:DeleteTags"],
      Resource: "arn:aws:ec2:*::image/*",
      Condition: {
        ...isFactoryAmi,
        Null: { ...isFactoryAmi.Null, "aws:TagKeys": "false" },
        "ForAllValues:StringEquals": { "aws:TagKeys": "golden-image:orphaned-since" },
      },
    });
  });

  test("reads only manifests, and writes only to the updater's log group and queues", () => {
    expect(role["ReadManifest"].Resource).toBe("arn:aws:s3:::components/channels/*");
    expect(role["FindManifest"].Resource).toBe("arn:aws:s3:::components");
    expect(role["WriteLogs"].Resource).toMatch(/^\$\{aws_cloudwatch_log_group\.\S+\.arn\}:\*$/);
    expect(role["ProcessMessages"].Resource).toMatch(/^\$\{aws_sqs_queue\.updater_queue_/);
    expect(role["SendMessages"].Resource).toEqual([
      expect.stringMatching(/^\$\{aws_sqs_queue\.updater_queue_/),
      expect.stringMatching(/^\$\{aws_sqs_queue\.updater_failed_/),
    ]);
    expect(role["UseDataKey"].Resource).toBe("arn:key");
  });

  test("has the resource * only for actions that can't be limited to a resource", () => {
    const wide = Object.entries(role).filter(([, { Resource }]) => Resource === "*");
    expect(wide.map(([sid]) => sid)).toEqual(["FindShares", "FindImages", "FindAmis"]);
  });
});
