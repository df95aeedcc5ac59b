import { resolve } from "node:path";
import { ArchiveProvider } from "@cdktf/provider-archive/lib/provider";
import { RECORDER_METRICS } from "../../../contract/metrics";
import {
  parseRecorderManifest,
  type RecorderManifest,
  recorderManifestKey,
} from "../../../contract/recorder";
import { Recorder, type RecorderProps } from "../../../modules/recording/recorder";
import {
  type Block,
  only,
  resources,
  statements,
  synthModule,
} from "../../../tools/fixtures/synth";

const MANIFEST: RecorderManifest = {
  version: 1,
  images: { base: { version: "1.0.3", digests: { recipe: "0123456789abcdef" } } },
  components: {},
};

const IMAGES = ["arn:aws:imagebuilder:eu-west-1:111111111111:image/base/*"];
const ROLE = "arn:aws:iam::111111111111:role/recorder-role";

function recorder(
  evidence: Partial<RecorderProps["evidence"]> = {},
  others: Pick<RecorderProps, "notes" | "marks" | "repositoryArns"> & {
    readonly evidence?: undefined;
  } = {},
) {
  return synthModule((stack) => {
    new ArchiveProvider(stack, "archive");
    new Recorder(stack, "recorder", {
      name: "recorder",
      roleName: "recorder-role",
      logGroup: "/aws/lambda/recorder",
      home: { partition: "aws", accountId: "111111111111", region: "eu-west-1" },
      codeDirectory: resolve("tools/fixtures/function"),
      manifest: MANIFEST,
      bucket: { name: "components", arn: "arn:aws:s3:::components" },
      imageArns: IMAGES,
      evidence: {
        bucketName: "evidence",
        keyAlias: "alias/evidence",
        rootArn: "arn:aws:iam::111111111111:root",
        recorderArn: ROLE,
        audience: {
          OrganizationalUnits: {
            "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": ["o-a/*/ou-b/*"] },
          },
          Accounts: { StringEquals: { "aws:PrincipalAccount": ["222222222222"] } },
        },
        organizationId: "o-a",
        buildRoleArns: ["arn:aws:iam::*:role/build-*"],
        protect: true,
        ...evidence,
      },
      topicArn: "arn:topic",
      dataKeyArn: "arn:key",
      ...others,
    });
  });
}
const json = recorder();

function queue(name: string, from = json): Block {
  return resources(from, "aws_sqs_queue").find((one) => one.name === name);
}

const alarms: Record<string, Block> = Object.fromEntries(
  resources(json, "aws_cloudwatch_metric_alarm").map((alarm) => [alarm.alarm_name, alarm]),
);

test("the recorder runs on Node.js 22 for at most 2 minutes, with its queue, bucket and key in its environment", () => {
  expect(only(json, "aws_lambda_function")).toMatchObject({
    function_name: "recorder",
    runtime: "nodejs22.x",
    handler: "index.handler",
    timeout: 120,
    environment: {
      variables: {
        ACCOUNT_ID: "111111111111",
        PARTITION: "aws",
        MANIFEST_BUCKET: expect.stringMatching(/^\$\{aws_s3_object\.[\w-]+\.bucket\}$/),
        MANIFEST_KEY: expect.stringMatching(/^\$\{aws_s3_object\.[\w-]+\.key\}$/),
        QUEUE_URL: expect.stringMatching(/^\$\{aws_sqs_queue\.[\w-]+\.url\}$/),
        EVIDENCE_BUCKET: expect.stringMatching(/^\$\{aws_s3_bucket\.[\w-]+\.bucket\}$/),
        SIGNING_KEY_ARN: expect.stringMatching(/^\$\{aws_kms_key\.[\w-]+\.arn\}$/),
      },
    },
    logging_config: { log_group: expect.stringContaining("aws_cloudwatch_log_group.") },
    depends_on: [expect.stringMatching(/^aws_iam_role_policy\./)],
  });
});

test("two builds at a time are recorded, and a message that failed three times is kept", () => {
  expect(only(json, "aws_lambda_event_source_mapping")).toMatchObject({
    batch_size: 1,
    scaling_config: { maximum_concurrency: 2 },
  });
  expect(queue("recorder")).toMatchObject({
    kms_master_key_id: "arn:key",
    visibility_timeout_seconds: 720,
  });
  expect(JSON.parse(queue("recorder").redrive_policy)).toMatchObject({ maxReceiveCount: 3 });
  expect(queue("recorder-failed")).toMatchObject({
    kms_master_key_id: "arn:key",
    message_retention_seconds: 14 * 24 * 3600,
  });
});

test("no topic sends messages to the recorder's queue", () => {
  const policies = resources(json, "aws_sqs_queue_policy");
  expect(policies).toHaveLength(2);
  for (const { policy } of policies)
    expect(Object.keys(statements(policy))).toEqual(["DenyInsecureTransport"]);
  expect(json.resource).not.toHaveProperty("aws_sns_topic_subscription");
});

test("the manifest is an encrypted object that the recorder accepts, with the SHA-256 of its content in its key", () => {
  const object = only(json, "aws_s3_object");
  const [, local = ""] = /^\$\{local\.([\w-]+)\}$/.exec(object.content) ?? [];
  expect(object).toMatchObject({
    bucket: "components",
    key: `recorder/\${sha256(local.${local})}.json`,
    kms_key_id: "arn:key",
  });
  const text = json.locals?.[local];
  expect(parseRecorderManifest(text, recorderManifestKey(text))).toEqual(MANIFEST);
});

test("the role of the recorder reads builds, signs with its key, and reads and writes evidence", () => {
  expect(statements(only(json, "aws_iam_role_policy").policy)).toMatchObject({
    ReadBuilds: {
      Action: ["imagebuilder:GetImage", "imagebuilder:ListImagePackages"],
      Resource: IMAGES,
    },
    FindAmis: { Action: "ec2:DescribeImages", Resource: "*" },
    ReadManifest: { Action: "s3:GetObject", Resource: "arn:aws:s3:::components/recorder/*" },
    Sign: {
      Action: ["kms:GetPublicKey", "kms:Sign"],
      Resource: expect.stringMatching(/^\$\{aws_kms_key\.[\w-]+\.arn\}$/),
    },
    WriteEvidence: {
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: expect.stringMatching(/^\$\{aws_s3_bucket\.[\w-]+\.arn\}\/\*$/),
    },
  });
});

const NOTES = {
  name: "notes",
  emails: ["releases@example.com", "team@example.com"],
  workflowExecutionArns: "arn:workflows",
  logStreamArns: "arn:logs",
};
const MARKS = { amiArns: "arn:amis", buildArns: "arn:builds" };

test("the role of the recorder reads digests in the repositories of its containers only", () => {
  const repositoryArns = ["arn:repository"];
  const sids = (props: Parameters<typeof recorder>[1]) =>
    statements(only(recorder({}, props), "aws_iam_role_policy").policy);
  expect(sids({ repositoryArns })["ReadContainers"]).toMatchObject({
    Action: "ecr:DescribeImages",
    Resource: repositoryArns,
  });
  expect(sids({})).not.toHaveProperty("ReadContainers");
  expect(sids({ evidence: undefined, repositoryArns })).not.toHaveProperty("ReadContainers");
});

test("a recorder without evidence has no key and no bucket, and its role can't sign or list packages", () => {
  const marking = recorder({}, { evidence: undefined, marks: MARKS });
  for (const type of ["aws_kms_key", "aws_s3_bucket", "aws_sns_topic"])
    expect(marking.resource).not.toHaveProperty(type);
  expect(only(marking, "aws_lambda_function").environment.variables).toEqual({
    ACCOUNT_ID: "111111111111",
    PARTITION: "aws",
    MANIFEST_BUCKET: expect.any(String),
    MANIFEST_KEY: expect.any(String),
    QUEUE_URL: expect.any(String),
    WATERMARKS: "true",
  });
  const role = statements(only(marking, "aws_iam_role_policy").policy);
  expect(role["ReadBuilds"]).toMatchObject({ Action: ["imagebuilder:GetImage"] });
  expect(Object.keys(role).filter((sid) => /Sign|Evidence|Notes/.test(sid))).toEqual([]);
});

test("the role of a recorder that marks AMIs changes only watermarks of the factory's AMIs", () => {
  const marking = recorder({}, { marks: MARKS });
  expect(statements(only(marking, "aws_iam_role_policy").policy)["MarkAmis"]).toMatchObject({
    Action: ["ec2:AttachImageWatermark", "ec2:DetachImageWatermark"],
    Resource: "arn:amis",
    Condition: {
      Null: { "aws:ResourceTag/golden-image:image": "false" },
      StringLike: { "aws:ResourceTag/Ec2ImageBuilderArn": "arn:builds" },
    },
  });
});

describe("a recorder that sends release notes", () => {
  const noting = recorder({}, { evidence: undefined, notes: NOTES });

  test("publishes to an encrypted topic with its subscriptions, which rejects plain HTTP", () => {
    expect(only(noting, "aws_sns_topic")).toMatchObject({
      name: "notes",
      kms_master_key_id: "arn:key",
    });
    expect(resources(noting, "aws_sns_topic_subscription")).toMatchObject(
      NOTES.emails.map((endpoint) => ({ protocol: "email", endpoint })),
    );
    expect(Object.keys(statements(only(noting, "aws_sns_topic_policy").policy))).toEqual([
      "DenyInsecureTransport",
    ]);
    expect(only(noting, "aws_lambda_function").environment.variables).toMatchObject({
      NOTES_TOPIC_ARN: expect.stringMatching(/^\$\{aws_sns_topic\.[\w-]+\.arn\}$/),
    });
  });

  test("reads failed steps, logs, shares and findings, and writes only records of messages", () => {
    const role = statements(only(noting, "aws_iam_role_policy").policy);
    expect(role).toMatchObject({
      ReadBuilds: {
        Action: [
          "imagebuilder:GetImage",
          "imagebuilder:ListImagePackages",
          "imagebuilder:ListWorkflowExecutions",
        ],
        Resource: IMAGES,
      },
      PublishNotes: {
        Action: "sns:Publish",
        Resource: expect.stringMatching(/^\$\{aws_sns_topic\.[\w-]+\.arn\}$/),
      },
      RecordNotes: { Action: "s3:PutObject", Resource: "arn:aws:s3:::components/notes/*" },
      ReadSharesAndFindings: {
        Action: ["ec2:GetImageFindings", "ram:GetResourceShareAssociations"],
        Resource: "*",
      },
      ReadFailedSteps: {
        Action: "imagebuilder:ListWorkflowStepExecutions",
        Resource: "arn:workflows",
      },
      ReadBuildLogs: { Action: "logs:GetLogEvents", Resource: "arn:logs" },
    });
    expect(role).not.toHaveProperty("Sign");
  });
});

test("the key signs with ECDSA on P-256, doesn't rotate, and takes 30 days to be deleted", () => {
  const key = only(json, "aws_kms_key");
  expect(key).toMatchObject({
    customer_master_key_spec: "ECC_NIST_P256",
    key_usage: "SIGN_VERIFY",
    deletion_window_in_days: 30,
  });
  expect(key).not.toHaveProperty("enable_key_rotation");
  expect(only(json, "aws_kms_alias").name).toBe("alias/evidence");
});

test("only the recorder's role can sign, and only digests", () => {
  const { Sign, ReadPublicKey } = statements(only(json, "aws_kms_key").policy);
  expect(Sign).toMatchObject({
    Action: "kms:Sign",
    Condition: {
      ArnEquals: { "aws:PrincipalArn": ROLE },
      StringEquals: { "kms:MessageType": "DIGEST", "kms:SigningAlgorithm": "ECDSA_SHA_256" },
    },
  });
  expect(ReadPublicKey).toMatchObject({ Action: "kms:GetPublicKey" });
});

test("Terraform rejects plans that destroy the key or the bucket for evidence, unless the factory isn't protected", () => {
  const lifecycle = { prevent_destroy: true };
  expect(only(json, "aws_kms_key").lifecycle).toEqual(lifecycle);
  expect(only(json, "aws_s3_bucket")).toMatchObject({ lifecycle, force_destroy: false });
  const unprotected = recorder({ protect: false });
  expect(only(unprotected, "aws_kms_key").lifecycle).toBeUndefined();
  expect(only(unprotected, "aws_s3_bucket").lifecycle).toBeUndefined();
  expect(only(unprotected, "aws_s3_bucket").force_destroy).toBe(true);
});

test("the bucket for evidence is encrypted by Amazon S3, so that other accounts can read it without a key", () => {
  const encryption = only(json, "aws_s3_bucket_server_side_encryption_configuration");
  expect(encryption.rule[0].apply_server_side_encryption_by_default).toEqual({
    sse_algorithm: "AES256",
  });
});

test("each part of the audience can read evidence, within the organization", () => {
  const policy = statements(only(json, "aws_s3_bucket_policy").policy);
  const bucket = expect.stringMatching(/^\$\{aws_s3_bucket\.[\w-]+\.arn\}$/);
  const read = {
    Effect: "Allow",
    Principal: "*",
    Action: ["s3:GetObject", "s3:ListBucket"],
    Resource: [bucket, expect.stringMatching(/\/\*$/)],
  };
  expect(policy["OrganizationalUnitsRead"]).toMatchObject({
    ...read,
    Condition: {
      "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": ["o-a/*/ou-b/*"] },
      StringEquals: { "aws:PrincipalOrgID": "o-a" },
    },
  });
  expect(policy["AccountsRead"]).toMatchObject({
    ...read,
    Condition: {
      StringEquals: { "aws:PrincipalAccount": ["222222222222"], "aws:PrincipalOrgID": "o-a" },
    },
  });
});

test("evidence can't be written by others, replaced or deleted, and build instances have no access", () => {
  expect(statements(only(json, "aws_s3_bucket_policy").policy)).toMatchObject({
    DenyOtherWriters: {
      Effect: "Deny",
      Action: "s3:PutObject",
      Condition: { ArnNotEquals: { "aws:PrincipalArn": ROLE } },
    },
    DenyOverwriting: {
      Effect: "Deny",
      Action: "s3:PutObject",
      Condition: { Null: { "s3:if-none-match": "true" } },
    },
    DenyReplacing: {
      Effect: "Deny",
      Action: [
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
      ],
    },
    DenyBuildInstances: {
      Effect: "Deny",
      Action: "s3:*",
      Condition: { ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::*:role/build-*"] } },
    },
  });
});

test("the recorder's alarms are for failures, incomplete records, late messages and the dead-letter queue", () => {
  expect(Object.keys(alarms).sort()).toEqual([
    "recorder-delayed",
    "recorder-errors",
    "recorder-failed",
    "recorder-incomplete",
  ]);
  for (const alarm of Object.values(alarms))
    expect(alarm).toMatchObject({ alarm_actions: ["arn:topic"], ok_actions: ["arn:topic"] });
  expect(alarms["recorder-incomplete"]).toMatchObject({
    namespace: RECORDER_METRICS.namespace,
    metric_name: RECORDER_METRICS.incomplete,
    dimensions: { service: RECORDER_METRICS.service },
    threshold: 1,
    treat_missing_data: "notBreaching",
  });
});

test("the descriptions of the recorder's alarms name the problem and what to do first", () => {
  const descriptions = Object.fromEntries(
    Object.entries(alarms).map(([name, { alarm_description: text }]) => [name, text]),
  );
  expect(descriptions).toEqual({
    "recorder-delayed":
      "A message for the recorder has waited for more than 2 hours, so new builds have no evidence, release notes and watermarks. First check that the event source mapping of the function recorder is enabled, and that Lambda doesn't throttle the function. See docs/guides/operations.md in the package golden-image-factory.",
    "recorder-errors":
      "The recorder failed. The message is processed again, up to three times in all, which is safe. Builds are shared without waiting for the recorder. First find the cause in the log group /aws/lambda/recorder. See docs/guides/operations.md in the package golden-image-factory.",
    "recorder-failed":
      "The dead-letter queue contains builds that the recorder couldn't record. First find the cause in the log group /aws/lambda/recorder. When it is fixed, run 'npx --no factory record IMAGE BUILD' and purge the queue. See docs/guides/operations.md in the package golden-image-factory.",
    "recorder-incomplete":
      "The recorder couldn't record a build or mark its AMIs, or it recorded a build without its packages or a container's digest, because Image Builder or Amazon ECR didn't list them in time. First find the build in the log group /aws/lambda/recorder (the message is 'build not recorded', 'AMI not marked' or 'build recorded without its packages, or without a digest of a container'). To record a build or mark its AMIs again, run 'npx --no factory record IMAGE BUILD'. A statement without packages is valid. A statement without the digest of a container image that Amazon ECR has isn't: build the container again. See docs/guides/operations.md in the package golden-image-factory.",
  });
});
