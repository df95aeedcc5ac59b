import { loadFactory } from "../../../config/load";
import type { Block } from "../../../tools/fixtures/synth";
import { synthFactory } from "../../../tools/fixtures/synth";
import { Policies, type Stacks } from "../../../tools/iam/world";
import { RULES, violations } from "../../../tools/policy-proofs/rules";

const stacks: Stacks = synthFactory(loadFactory("factory.yaml"));
/** With containers and workflows. */
const containers: Stacks = synthFactory(loadFactory("examples/containers/factory.yaml"));

const SHARED = "shared-eu-west-1";
const [RECIPE, INFRASTRUCTURE] = [
  "aws_imagebuilder_image_recipe",
  "aws_imagebuilder_infrastructure_configuration",
];

/** What a change of the first resource of a type breaks. */
function after(
  type: string,
  change: (config: Block, stack: Block) => unknown,
  stack = SHARED,
  from = stacks,
): string[] {
  const copy = JSON.parse(JSON.stringify(from));
  const [config] = Object.values(copy[stack].resource[type] ?? {});
  if (!config) throw new Error(`${stack} has no ${type}`);
  change(config, copy[stack]);
  return violations(new Policies(copy)).map((violation) =>
    violation.split(": ").slice(2).join(": "),
  );
}

test("the shipped example violates nothing", () => {
  expect(violations(new Policies(stacks))).toEqual([]);
  expect(violations(new Policies(containers))).toEqual([]);
});

const SEEDS: readonly [
  rule: string,
  type: string,
  change: (config: Block, stack: Block) => unknown,
  stack?: string,
  from?: Stacks,
][] = [
  [
    "everything at rest is encrypted with a key of ours: its key is alias/aws/sns",
    "aws_sns_topic",
    (c) => (c.kms_master_key_id = "alias/aws/sns"),
  ],
  [
    "everything at rest is encrypted with a key of ours: its key is undefined",
    "aws_sqs_queue",
    (c) => delete c.kms_master_key_id,
  ],
  [
    "everything at rest is encrypted with a key of ours: its key is undefined",
    "aws_cloudwatch_log_group",
    (c) => delete c.kms_key_id,
  ],
  [
    "everything at rest is encrypted with a key of ours: its algorithm is AES256",
    "aws_s3_bucket_server_side_encryption_configuration",
    (c) => (c.rule[0].apply_server_side_encryption_by_default = { sse_algorithm: "AES256" }),
  ],
  [
    "everything at rest is encrypted with a key of ours: its algorithm is undefined",
    "aws_s3_bucket_server_side_encryption_configuration",
    (c) => (c.rule = []),
    "state-shared",
  ],
  [
    "everything at rest is encrypted with a key of ours: a volume isn't encrypted with the image key",
    RECIPE,
    (c) => (c.block_device_mapping[0].ebs.encrypted = "false"),
  ],
  [
    "everything at rest is encrypted with a key of ours: a volume isn't encrypted with the image key",
    RECIPE,
    (c) => delete c.block_device_mapping[0].ebs.kms_key_id,
  ],
  [
    "everything is of a type that these rules were written for: it isn't",
    "aws_sns_topic",
    (_c, stack) =>
      (stack.resource.aws_lambda_function_url = { open: { authorization_type: "NONE" } }),
  ],
  [
    "everything at rest is encrypted with a key of ours: a volume isn't encrypted with the image key",
    RECIPE,
    (c) => (c.block_device_mapping = []),
  ],
  [
    "keys rotate, and take their longest to be deleted: it doesn't",
    "aws_kms_key",
    (c) => (c.deletion_window_in_days = 7),
  ],
  [
    "buckets, topics and queues refuse plain HTTP: it doesn't",
    "aws_sqs_queue_policy",
    (c) => (c.policy = c.policy.replace('"false"', '"true"')),
  ],
  [
    "buckets are closed to the public, versioned and without ACLs: it isn't closed to the public",
    "aws_s3_bucket_public_access_block",
    (c) => (c.block_public_policy = false),
  ],
  [
    "buckets are closed to the public, versioned and without ACLs: it has ACLs",
    "aws_s3_bucket_ownership_controls",
    (c) => (c.rule.object_ownership = "ObjectWriter"),
  ],
  [
    "buckets are closed to the public, versioned and without ACLs: it isn't versioned",
    "aws_s3_bucket_versioning",
    (c) => (c.versioning_configuration.status = "Suspended"),
  ],
  [
    "logs are kept for a time, and not for ever: it is kept for ever",
    "aws_cloudwatch_log_group",
    (c) => delete c.retention_in_days,
  ],
  [
    "instances that build take the metadata service's second version only, and are terminated when they fail: it takes the first version",
    INFRASTRUCTURE,
    (c) => (c.instance_metadata_options.http_tokens = "optional"),
  ],
  [
    "instances that build take the metadata service's second version only, and are terminated when they fail: it isn't terminated",
    INFRASTRUCTURE,
    (c) => (c.terminate_instance_on_failure = false),
  ],
  [
    "images are distributed without a launch permission, which the updater gives: it has one",
    "aws_imagebuilder_distribution_configuration",
    (c) =>
      (c.distribution[0].ami_distribution_configuration.launch_permission = {
        user_ids: ["222222222222"],
      }),
  ],
  [
    "whatever takes tags gets the factory's: it has none",
    "aws_sns_topic",
    (_c, stack) => delete stack.provider.aws[0].default_tags,
  ],
  [
    "shares stay within the organization: it doesn't",
    "aws_ram_resource_share",
    (c) => (c.allow_external_principals = true),
  ],
  [
    "no variable and no parameter holds a secret: 'API_TOKEN' looks like one",
    "aws_lambda_function",
    (c) => (c.environment.variables.API_TOKEN = "x"),
  ],
  [
    "no variable and no parameter holds a secret: 'AKIAABCDEFGHIJKLMNOP' looks like one",
    RECIPE,
    (c) => (c.component[0].parameter = [{ name: "Key", value: "AKIAABCDEFGHIJKLMNOP" }]),
  ],
  [
    "everything at rest is encrypted with a key of ours: its encryption is AES256",
    "aws_ecr_repository",
    (c) => (c.encryption_configuration = [{ encryption_type: "AES256" }]),
    SHARED,
    containers,
  ],
  [
    "everything at rest is encrypted with a key of ours: the volume of its host isn't encrypted with the image key",
    "aws_imagebuilder_container_recipe",
    (c) => (c.instance_configuration.block_device_mapping[0].ebs.encrypted = "false"),
    SHARED,
    containers,
  ],
  [
    "containers keep their tags, are scanned when they come, and are deleted by Image Builder alone: a tag can be moved",
    "aws_ecr_repository",
    (c) => (c.image_tag_mutability = "MUTABLE"),
    SHARED,
    containers,
  ],
  [
    "containers keep their tags, are scanned when they come, and are deleted by Image Builder alone: they aren't scanned",
    "aws_ecr_repository",
    (c) => (c.image_scanning_configuration.scan_on_push = false),
    SHARED,
    containers,
  ],
  [
    "containers keep their tags, are scanned when they come, and are deleted by Image Builder alone: Image Builder can't delete any",
    "aws_ecr_repository",
    (c) => delete c.tags,
    SHARED,
    containers,
  ],
  [
    "instances that build containers let them ask for their role, two hops away: they don't",
    INFRASTRUCTURE,
    (c) => (c.instance_metadata_options.http_put_response_hop_limit = 1),
    SHARED,
    containers,
  ],
  [
    "workflows have a role of ours to run in: it has none",
    "aws_imagebuilder_image_pipeline",
    (c) => delete c.execution_role,
    `${SHARED}-java`,
    containers,
  ],
  [
    "no variable and no parameter holds a secret: 'Password' looks like one",
    "aws_imagebuilder_image_pipeline",
    (c) => (c.workflow[2].parameter = [{ name: "Password", value: "x" }]),
    `${SHARED}-java`,
    containers,
  ],
];

const seeds = SEEDS.map(([rule, type, change, stack, from]) => ({
  rule,
  type,
  change,
  stack,
  from,
}));

test.each(seeds)(
  "a seeded violation is caught: $rule ($type)",
  ({ rule, type, change, stack, from }) => {
    expect(after(type, change, stack, from)).toContain(rule);
  },
);

test("every rule has a seeded violation", () => {
  expect(
    RULES.map(({ name }) => name).filter(
      (name) => !SEEDS.some(([seed]) => seed.startsWith(`${name}: `)),
    ),
  ).toEqual([]);
});
