import type { BuildAccess } from "../../../modules/build-environment/build-access";
import {
  BuildEnvironment,
  type BuildEnvironmentProps,
} from "../../../modules/build-environment/build-environment";
import { only, resources, statements, synthModule } from "../../../tools/fixtures/synth";

const NO_ACCESS: BuildAccess = {
  read: [],
  write: [],
  secrets: [],
  parameters: [],
  parameterPaths: [],
  policies: [],
};

const FACTORY_BUCKETS = {
  logs: "arn:aws:s3:::logs-*",
  others: ["arn:aws:s3:::components-*", "arn:aws:s3:::state-????????????"],
};

const BUILDER = "arn:aws:iam::111111111111:role/image-builder";
function environment(props: Partial<BuildEnvironmentProps> = {}) {
  return synthModule((stack) => {
    new BuildEnvironment(stack, "environment", {
      dataKey: {
        alias: "alias/data",
        accountId: "111111111111",
        region: "eu-west-1",
        partition: "aws",
        rootArn: "arn:aws:iam::111111111111:root",
        imageBuilderRoleArn: BUILDER,
      },
      topicName: "notifications",
      emails: ["a@example.com"],
      componentBucket: "components",
      logBucket: "logs",
      buildRoleArns: ["arn:aws:iam::111111111111:role/build*"],
      buildRoleName: "build",
      access: NO_ACCESS,
      imageBuildRoles: [],
      factoryBuckets: FACTORY_BUCKETS,
      lifecycleRoleName: "lifecycle",
      imageLogGroups: { base: "/aws/imagebuilder/base" },
      protect: true,
      ...props,
    });
  });
}

test("the topic is encrypted, and its policy lets only alarms of the account publish", () => {
  expect(only(environment(), "aws_sns_topic").kms_master_key_id).toMatch(/^\$\{aws_kms_key\./);
  const { AlarmsPublish, DenyInsecureTransport } = statements(
    only(environment(), "aws_sns_topic_policy").policy,
  );
  const toTheTopic = {
    Action: "sns:Publish",
    Resource: expect.stringMatching(/^\$\{aws_sns_topic\.environment_topic_\w+\.arn\}$/),
  };
  for (const statement of [AlarmsPublish, DenyInsecureTransport])
    expect(statement).toMatchObject(toTheTopic);
  expect(AlarmsPublish).toMatchObject({
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Condition: { StringEquals: { "aws:SourceAccount": "111111111111" } },
  });
  expect(DenyInsecureTransport).toMatchObject({
    Effect: "Deny",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
});

test("build instances can't access the component bucket, whatever other policies allow", () => {
  const policies = resources(environment(), "aws_s3_bucket_policy").map(({ bucket, policy }) => [
    /environment_(\w+)_/.exec(bucket)?.[1],
    statements(policy)["DenyBuildInstances"],
  ]);
  expect(Object.fromEntries(policies)).toEqual({
    logs: undefined,
    components: {
      Sid: "DenyBuildInstances",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [expect.stringMatching(/\.arn\}$/), expect.stringMatching(/\.arn\}\/\*$/)],
      Condition: { ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::111111111111:role/build*"] } },
    },
  });
});

test("the topic has a subscription for every e-mail address", () => {
  const emails = ["a@example.com", "b@example.com"];
  expect(resources(environment({ emails }), "aws_sns_topic_subscription")).toMatchObject(
    emails.map((endpoint) => ({ protocol: "email", endpoint })),
  );
});

test("the build role has AWS's two managed policies, may write to the log bucket, has no access to the factory's buckets otherwise, and nothing else", () => {
  const json = environment();
  expect(only(json, "aws_iam_instance_profile").role).toMatch(
    /^\$\{aws_iam_role\.environment_build-role_\w+\.name\}$/,
  );
  expect(
    resources(json, "aws_iam_role_policy_attachment").map(({ policy_arn }) => policy_arn),
  ).toEqual([
    "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    "arn:aws:iam::aws:policy/EC2InstanceProfileForImageBuilder",
    "arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy",
  ]);
  const { PutLogs, EncryptLogs, DenyFactoryBuckets, DenyAllButPutLogs, ...rest } = statements(
    only(json, "aws_iam_role_policy").policy,
  );
  expect(PutLogs).toMatchObject({
    Action: "s3:PutObject",
    Resource: expect.stringMatching(/logs_\w+\.arn\}\/\*$/),
  });
  expect(EncryptLogs).toMatchObject({
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: expect.stringMatching(/^\$\{aws_kms_key\./),
  });
  expect(DenyFactoryBuckets).toMatchObject({
    Effect: "Deny",
    Action: "s3:*",
    Resource: [
      "arn:aws:s3:::components-*",
      "arn:aws:s3:::state-????????????",
      "arn:aws:s3:::state-????????????/*",
    ],
  });
  expect(DenyAllButPutLogs).toEqual({
    Sid: "DenyAllButPutLogs",
    Effect: "Deny",
    NotAction: "s3:PutObject",
    Resource: ["arn:aws:s3:::logs-*"],
  });
  expect(rest).toEqual({});
});

test("the build role trusts EC2's principal of the partition", () => {
  const trusts = (partition: string) =>
    resources(environment({ dataKey: { ...chinese, partition } }), "aws_iam_role").map(
      ({ assume_role_policy }) => statements(assume_role_policy)["Assume"].Principal.Service,
    );
  expect(trusts("aws-cn")).toEqual(["ec2.amazonaws.com.cn", "imagebuilder.amazonaws.com"]);
  expect(trusts("aws")).toEqual(["ec2.amazonaws.com", "imagebuilder.amazonaws.com"]);
});
const chinese = {
  alias: "alias/data",
  accountId: "111111111111",
  region: "cn-north-1",
  partition: "aws-cn",
  rootArn: "arn:aws-cn:iam::111111111111:root",
  imageBuilderRoleArn: BUILDER,
};

test("log groups and the log bucket keep logs for 90 days", () => {
  expect(only(environment(), "aws_cloudwatch_log_group")).toMatchObject({
    name: "/aws/imagebuilder/base",
    retention_in_days: 90,
    kms_key_id: expect.stringMatching(/^\$\{aws_kms_key\./),
  });
  expect(only(environment(), "aws_s3_bucket_lifecycle_configuration").rule[0].expiration).toEqual([
    { days: 90 },
  ]);
});

test("destroying a bucket that isn't empty fails unless protect is false", () => {
  const forced = (protect: boolean) =>
    resources(environment({ protect }), "aws_s3_bucket").map(({ force_destroy }) => force_destroy);
  expect(forced(true)).toEqual([false, false]);
  expect(forced(false)).toEqual([true, true]);
});
