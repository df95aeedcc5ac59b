import { loadFactory } from "../../../config/load";
import type { Block } from "../../../tools/fixtures/synth";
import { synthFactory } from "../../../tools/fixtures/synth";
import { ResolvedStacks, type SynthesizedStacks } from "../../../tools/iam/resolved-stacks";
import { RULES, violations } from "../../../tools/policy-proofs/rules";

const stacks: SynthesizedStacks = synthFactory(loadFactory("factory.yaml"));
/** An example with containers and workflows. */
const containers: SynthesizedStacks = synthFactory(loadFactory("examples/containers/factory.yaml"));

/** An example with evidence. */
const complete: SynthesizedStacks = synthFactory(loadFactory("examples/complete/factory.yaml"));

const SHARED = "shared-eu-west-1";
const [RECIPE, INFRASTRUCTURE] = [
  "aws_imagebuilder_image_recipe",
  "aws_imagebuilder_infrastructure_configuration",
];

/** The violations after a change of the first resource of a type, without its address. */
function violationsAfter(
  type: string,
  change: (config: Block, stack: Block) => unknown,
  stack = SHARED,
  from = stacks,
): string[] {
  const copy = JSON.parse(JSON.stringify(from));
  const [config] = Object.values(copy[stack].resource[type] ?? {});
  if (!config) throw new Error(`${stack} must contain a ${type}`);
  change(config, copy[stack]);
  return violations(new ResolvedStacks(copy)).map((violation) =>
    violation.split(": ").slice(2).join(": "),
  );
}

test("the shipped factory and two examples follow every rule", () => {
  for (const synthesized of [stacks, containers, complete])
    expect(violations(new ResolvedStacks(synthesized))).toEqual([]);
});

const VIOLATIONS: readonly [
  rule: string,
  type: string,
  change: (config: Block, stack: Block) => unknown,
  stack?: string,
  from?: SynthesizedStacks,
][] = [
  [
    "all data at rest is encrypted with a key of the factory: the key must be a key of the stack, got: alias/aws/sns",
    "aws_sns_topic",
    (c) => (c.kms_master_key_id = "alias/aws/sns"),
  ],
  [
    "all data at rest is encrypted with a key of the factory: the key must be a key of the stack, got: undefined",
    "aws_sqs_queue",
    (c) => delete c.kms_master_key_id,
  ],
  [
    "all data at rest is encrypted with a key of the factory: the key must be a key of the stack, got: undefined",
    "aws_cloudwatch_log_group",
    (c) => delete c.kms_key_id,
  ],
  [
    "all data at rest is encrypted with a key of the factory: the algorithm must be aws:kms, got: AES256",
    "aws_s3_bucket_server_side_encryption_configuration",
    (c) => (c.rule[0].apply_server_side_encryption_by_default = { sse_algorithm: "AES256" }),
  ],
  [
    "all data at rest is encrypted with a key of the factory: the algorithm must be AES256, got: undefined",
    "aws_s3_bucket_server_side_encryption_configuration",
    (c) => (c.rule = []),
    "state-shared",
  ],
  [
    "all data at rest is encrypted with a key of the factory: all volumes must be encrypted with the image key",
    RECIPE,
    (c) => (c.block_device_mapping[0].ebs.encrypted = "false"),
  ],
  [
    "all data at rest is encrypted with a key of the factory: all volumes must be encrypted with the image key",
    RECIPE,
    (c) => delete c.block_device_mapping[0].ebs.kms_key_id,
  ],
  [
    "every resource is of a type that these rules cover: aws_lambda_function_url must be added to KNOWN_TYPES",
    "aws_sns_topic",
    (_c, stack) =>
      (stack.resource.aws_lambda_function_url = { open: { authorization_type: "NONE" } }),
  ],
  [
    "all data at rest is encrypted with a key of the factory: all volumes must be encrypted with the image key",
    RECIPE,
    (c) => (c.block_device_mapping = []),
  ],
  [
    "keys rotate, except those that sign, and have the longest waiting period before deletion: deletion_window_in_days must be 30, got: 7",
    "aws_kms_key",
    (c) => (c.deletion_window_in_days = 7),
  ],
  [
    "keys rotate, except those that sign, and have the longest waiting period before deletion: enable_key_rotation must be true",
    "aws_kms_key",
    (c) => delete c.enable_key_rotation,
  ],
  [
    "keys rotate, except those that sign, and have the longest waiting period before deletion: enable_key_rotation must be false",
    "aws_kms_key",
    (c) => (c.key_usage = "SIGN_VERIFY"),
  ],
  [
    "a bucket's policy opens it to principals of an organization only: the statement OrganizationRead must name the organization",
    "aws_s3_bucket_policy",
    (_c, stack) => {
      for (const bucket of Object.values<Block>(stack.resource.aws_s3_bucket_policy))
        bucket.policy = bucket.policy.replaceAll("aws:PrincipalOrgID", "aws:PrincipalTag/team");
    },
    SHARED,
    complete,
  ],
  [
    "buckets, topics and queues reject plain HTTP: the policy must deny requests without aws:SecureTransport",
    "aws_sqs_queue_policy",
    (c) => (c.policy = c.policy.replace('"false"', '"true"')),
  ],
  [
    "buckets block public access, are versioned and have no ACLs: public access must be blocked",
    "aws_s3_bucket_public_access_block",
    (c) => (c.block_public_policy = false),
  ],
  [
    "buckets block public access, are versioned and have no ACLs: the object ownership must be BucketOwnerEnforced, got: ObjectWriter",
    "aws_s3_bucket_ownership_controls",
    (c) => (c.rule.object_ownership = "ObjectWriter"),
  ],
  [
    "buckets block public access, are versioned and have no ACLs: versioning must be Enabled, got: Suspended",
    "aws_s3_bucket_versioning",
    (c) => (c.versioning_configuration.status = "Suspended"),
  ],
  [
    "log groups have a retention period: retention_in_days must be at least 1",
    "aws_cloudwatch_log_group",
    (c) => delete c.retention_in_days,
  ],
  [
    "build instances require IMDSv2: http_tokens must be required",
    INFRASTRUCTURE,
    (c) => (c.instance_metadata_options.http_tokens = "optional"),
  ],
  [
    "distributions give no launch permission, because the updater does: launch_permission must be removed",
    "aws_imagebuilder_distribution_configuration",
    (c) =>
      (c.distribution[0].ami_distribution_configuration.launch_permission = {
        user_ids: ["222222222222"],
      }),
  ],
  [
    "all resources that can have tags have the factory's tags: the provider must have default_tags",
    "aws_sns_topic",
    (_c, stack) => delete stack.provider.aws[0].default_tags,
  ],
  [
    "shares stay within the organization: allow_external_principals must be false",
    "aws_ram_resource_share",
    (c) => (c.allow_external_principals = true),
  ],
  [
    "the policy of a bucket, topic or queue names that resource only: the policy must name only arn:aws:sns:eu-west-1:111111111111:golden-image-factory-notifications, got: *",
    "aws_sns_topic_policy",
    (c) => {
      const document = JSON.parse(c.policy);
      document.Statement[0].Resource = "*";
      c.policy = JSON.stringify(document);
    },
  ],
  [
    "a queue hides a message for at least six times the timeout of the function that processes it, and gives it to a dead-letter queue after some tries: visibility_timeout_seconds must be at least 1806, got: 1800",
    "aws_lambda_function",
    (c) => (c.timeout = 301),
  ],
  [
    "a queue hides a message for at least six times the timeout of the function that processes it, and gives it to a dead-letter queue after some tries: the queue must have a redrive_policy",
    "aws_lambda_event_source_mapping",
    (_, stack) => {
      for (const queue of Object.values<Block>(stack.resource.aws_sqs_queue))
        delete queue.redrive_policy;
    },
  ],
  [
    "a queue hides a message for at least six times the timeout of the function that processes it, and gives it to a dead-letter queue after some tries: the queue and the function must be in the stack",
    "aws_lambda_event_source_mapping",
    (c) => (c.event_source_arn = "arn:aws:sqs:eu-west-1:111111111111:other"),
  ],
  [
    "a dead-letter queue takes messages of one queue only: redrivePermission must be byQueue, with one queue",
    "aws_sqs_queue_redrive_allow_policy",
    (c) => (c.redrive_allow_policy = '{"redrivePermission":"allowAll"}'),
  ],
  [
    "no environment variable or parameter contains a secret: 'API_TOKEN' looks like a secret",
    "aws_lambda_function",
    (c) => (c.environment.variables.API_TOKEN = "x"),
  ],
  [
    "no environment variable or parameter contains a secret: 'AKIAABCDEFGHIJKLMNOP' looks like a secret",
    RECIPE,
    (c) => (c.component[0].parameter = [{ name: "Key", value: "AKIAABCDEFGHIJKLMNOP" }]),
  ],
  [
    "all data at rest is encrypted with a key of the factory: the encryption type must be KMS, got: AES256",
    "aws_ecr_repository",
    (c) => (c.encryption_configuration = [{ encryption_type: "AES256" }]),
    SHARED,
    containers,
  ],
  [
    "all data at rest is encrypted with a key of the factory: the volumes of the build instance must be encrypted with the image key",
    "aws_imagebuilder_container_recipe",
    (c) => (c.instance_configuration.block_device_mapping[0].ebs.encrypted = "false"),
    SHARED,
    containers,
  ],
  [
    "repositories have immutable tags, scan on push, and allow only Image Builder to delete images: image_tag_mutability must be IMMUTABLE",
    "aws_ecr_repository",
    (c) => (c.image_tag_mutability = "MUTABLE"),
    SHARED,
    containers,
  ],
  [
    "repositories have immutable tags, scan on push, and allow only Image Builder to delete images: scan_on_push must be true",
    "aws_ecr_repository",
    (c) => (c.image_scanning_configuration.scan_on_push = false),
    SHARED,
    containers,
  ],
  [
    "repositories have immutable tags, scan on push, and allow only Image Builder to delete images: the tag LifecycleExecutionAccess must be EC2 Image Builder",
    "aws_ecr_repository",
    (c) => delete c.tags,
    SHARED,
    containers,
  ],
  [
    "containers on a build instance can reach the instance metadata service: http_put_response_hop_limit must be 2, got: 1",
    INFRASTRUCTURE,
    (c) => (c.instance_metadata_options.http_put_response_hop_limit = 1),
    SHARED,
    containers,
  ],
  [
    "pipelines with workflows have an execution role: execution_role is missing",
    "aws_imagebuilder_image_pipeline",
    (c) => delete c.execution_role,
    `${SHARED}-java`,
    containers,
  ],
  [
    "no environment variable or parameter contains a secret: 'Password' looks like a secret",
    "aws_imagebuilder_image_pipeline",
    (c) => (c.workflow[2].parameter = [{ name: "Password", value: "x" }]),
    `${SHARED}-java`,
    containers,
  ],
];

const cases = VIOLATIONS.map(([rule, type, change, stack, from]) => ({
  rule,
  type,
  change,
  stack,
  from,
}));

test.each(cases)("violations reports: $rule ($type)", ({ rule, type, change, stack, from }) => {
  expect(violationsAfter(type, change, stack, from)).toContain(rule);
});

test("every rule has a test with a violation", () => {
  expect(
    RULES.map(({ name }) => name).filter(
      (name) => !VIOLATIONS.some(([violation]) => violation.startsWith(`${name}: `)),
    ),
  ).toEqual([]);
});
