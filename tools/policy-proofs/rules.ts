/** Rules that every resource of the synthesized stacks must follow, each on its own. */
import type { ResolvedStacks, Resource } from "../iam/resolved-stacks";

export interface Rule {
  /** A sentence that is true of every resource. */
  readonly name: string;
  /** Returns what is wrong with a resource; `undefined` if it follows the rule. */
  readonly problem: (resource: Resource, stacks: ResolvedStacks) => string | undefined;
}

function forType(type: string, problem: Rule["problem"]): Rule["problem"] {
  return (resource, stacks) => (resource.type === type ? problem(resource, stacks) : undefined);
}

/** The resource of a type that configures the same bucket. */
function bucketSetting(
  stacks: ResolvedStacks,
  { stack, config: { bucket } }: Resource,
  type: string,
): Resource | undefined {
  return stacks.resourcesOf(type, stack).find(({ config }) => config.bucket === bucket);
}

function isKeyOfStack(stacks: ResolvedStacks, stack: string, arn: unknown): boolean {
  return stacks.resourcesOf("aws_kms_key", stack).some((key) => stacks.arnOf(key) === arn);
}

interface Volume {
  readonly ebs?: { readonly encrypted?: string; readonly kms_key_id?: string };
}

function isEncryptedWithImageKey({ ebs }: Volume, account: string): boolean {
  const alias = `:${account}:alias/golden-image-factory/images`;
  return ebs?.encrypted === "true" && ebs.kms_key_id?.endsWith(alias) === true;
}

/**
 * Two buckets are the exception. The stack of the state bucket has no key, because it is deployed
 * before any other. Other accounts read evidence, and could decrypt with no key of this account.
 */
function bucketEncryptionProblem(bucket: Resource, stacks: ResolvedStacks): string | undefined {
  const type = "aws_s3_bucket_server_side_encryption_configuration";
  const [rule] = bucketSetting(stacks, bucket, type)?.config.rule ?? [];
  const { sse_algorithm: algorithm, kms_master_key_id: key } =
    rule?.apply_server_side_encryption_by_default ?? {};
  const isException =
    bucket.stack.startsWith("state-") || bucket.config.bucket.includes("-evidence-");
  const expected = isException ? "AES256" : "aws:kms";
  if (algorithm !== expected) return `the algorithm must be ${expected}, got: ${algorithm}`;
  return expected === "AES256" ? undefined : keyProblem(key, bucket, stacks);
}

function keyProblem(key: unknown, { stack }: Resource, stacks: ResolvedStacks) {
  return isKeyOfStack(stacks, stack, key)
    ? undefined
    : `the key must be a key of the stack, got: ${key}`;
}

function encryptionProblem(resource: Resource, stacks: ResolvedStacks): string | undefined {
  const { type, account, config } = resource;
  switch (type) {
    case "aws_sns_topic":
    case "aws_sqs_queue":
      return keyProblem(config.kms_master_key_id, resource, stacks);
    case "aws_cloudwatch_log_group":
    case "aws_imagebuilder_component":
      return keyProblem(config.kms_key_id, resource, stacks);
    case "aws_s3_object":
      // Without a key the object has the bucket's encryption.
      if (config.kms_key_id === undefined) return undefined;
      return keyProblem(config.kms_key_id, resource, stacks);
    case "aws_ecr_repository": {
      const [encryption] = config.encryption_configuration ?? [];
      const encryptionType = encryption?.encryption_type;
      if (encryptionType !== "KMS")
        return `the encryption type must be KMS, got: ${encryptionType}`;
      return keyProblem(encryption.kms_key, resource, stacks);
    }
    case "aws_imagebuilder_container_recipe": {
      const volumes: readonly Volume[] = config.instance_configuration.block_device_mapping;
      return volumes.every((volume) => isEncryptedWithImageKey(volume, account))
        ? undefined
        : "the volumes of the build instance must be encrypted with the image key";
    }
    case "aws_imagebuilder_image_recipe": {
      const volumes: readonly Volume[] = config.block_device_mapping ?? [];
      const areEncrypted = volumes.every((volume) => isEncryptedWithImageKey(volume, account));
      return volumes.length > 0 && areEncrypted
        ? undefined
        : "all volumes must be encrypted with the image key";
    }
    case "aws_s3_bucket":
      return bucketEncryptionProblem(resource, stacks);
    default:
      return undefined;
  }
}

const PUBLIC_ACCESS_BLOCKS = [
  "block_public_acls",
  "block_public_policy",
  "ignore_public_acls",
  "restrict_public_buckets",
];

function bucketProblem(bucket: Resource, stacks: ResolvedStacks): string | undefined {
  const setting = (type: string) => bucketSetting(stacks, bucket, type)?.config ?? {};
  const access = setting("aws_s3_bucket_public_access_block");
  if (!PUBLIC_ACCESS_BLOCKS.every((block) => access[block] === true))
    return "public access must be blocked";
  const ownership = setting("aws_s3_bucket_ownership_controls").rule?.object_ownership;
  if (ownership !== "BucketOwnerEnforced")
    return `the object ownership must be BucketOwnerEnforced, got: ${ownership}`;
  const versioning = setting("aws_s3_bucket_versioning").versioning_configuration?.status;
  return versioning === "Enabled" ? undefined : `versioning must be Enabled, got: ${versioning}`;
}

function rejectsPlainHttp(resource: Resource, stacks: ResolvedStacks): boolean {
  const statements = stacks.findDocument(stacks.arnOf(resource), "resource")?.Statement ?? [];
  return statements.some(
    ({ Effect, Principal, Condition }) =>
      Effect === "Deny" &&
      Principal === "*" &&
      Condition?.["Bool"]?.["aws:SecureTransport"] === "false",
  );
}

/** Amazon S3 rejects a policy that names another bucket. */
function otherResourceProblem(
  { stack, type, id }: Resource,
  stacks: ResolvedStacks,
): string | undefined {
  const found = stacks.policies.find(({ address }) => address === `${stack}: ${type}.${id}`);
  if (!found) return undefined;
  const { of, document } = found;
  const named = document.Statement.flatMap(({ Resource: resources = [] }) => resources);
  const other = named.find((resource) => resource !== of && resource !== `${of}/*`);
  return other === undefined ? undefined : `the policy must name only ${of}, got: ${other}`;
}

/**
 * Statements of a bucket's policy that Amazon S3 might take for public: it rejects the policy then.
 */
function publicStatement(bucket: Resource, stacks: ResolvedStacks): string | undefined {
  const statements = stacks.findDocument(stacks.arnOf(bucket), "resource")?.Statement ?? [];
  return statements.find(
    ({ Effect, Principal, Condition }) =>
      Effect === "Allow" &&
      Principal === "*" &&
      Condition?.["StringEquals"]?.["aws:PrincipalOrgID"] === undefined,
  )?.Sid;
}

/** A resource of another type needs rules and proofs first. */
const KNOWN_TYPES = new Set(
  `cloudwatch_dashboard cloudwatch_event_rule cloudwatch_event_target cloudwatch_log_group
  cloudwatch_metric_alarm ecr_lifecycle_policy ecr_repository ecr_repository_policy
  iam_instance_profile iam_openid_connect_provider iam_policy iam_role iam_role_policy
  iam_role_policy_attachment imagebuilder_component imagebuilder_container_recipe
  imagebuilder_distribution_configuration imagebuilder_image_pipeline imagebuilder_image_recipe
  imagebuilder_infrastructure_configuration imagebuilder_lifecycle_policy imagebuilder_workflow
  kms_alias kms_grant kms_key lambda_event_source_mapping lambda_function
  lambda_function_event_invoke_config lambda_invocation lambda_permission ram_principal_association ram_resource_share s3_bucket
  s3_bucket_lifecycle_configuration s3_bucket_ownership_controls s3_bucket_policy
  s3_bucket_public_access_block s3_bucket_server_side_encryption_configuration
  s3_bucket_versioning s3_object sns_topic sns_topic_policy sns_topic_subscription sqs_queue
  sqs_queue_policy sqs_queue_redrive_allow_policy`
    .split(/\s+/)
    .map((name) => `aws_${name}`),
);

/** Types without tags in AWS, and types that configure another resource. */
const UNTAGGED_TYPES =
  /_(policy|policy_attachment|association|alias|object|permission|subscription|target|dashboard|grant|event_invoke_config|invocation|configuration|versioning|controls|public_access_block|document)$/;

const SECRET =
  /(password|passwd|secret|token|private_?key|api_?key|AKIA[0-9A-Z]{16}|gh[pousr]_\w{20})/i;

/** All keys and values at any depth. */
function textsIn(value: unknown): string[] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)])
    : [String(value)];
}

/** Arguments that AWS shows to everyone who may read the resource. */
function readableSettings({ type, config }: Resource): unknown {
  switch (type) {
    case "aws_lambda_function":
      return config.environment?.variables;
    case "aws_imagebuilder_image_recipe":
    case "aws_imagebuilder_container_recipe":
      return config.component;
    case "aws_imagebuilder_image_pipeline":
      return config.workflow;
    default:
      return {};
  }
}

export const RULES: readonly Rule[] = [
  {
    name: "every resource is of a type that these rules cover",
    problem: ({ type }) =>
      KNOWN_TYPES.has(type) ? undefined : `${type} must be added to KNOWN_TYPES`,
  },
  {
    name: "all data at rest is encrypted with a key of the factory",
    problem: encryptionProblem,
  },
  {
    name: "keys rotate, except those that sign, and have the longest waiting period before deletion",
    problem: forType("aws_kms_key", ({ config }) => {
      // AWS KMS can't rotate keys that sign.
      const rotates = config.key_usage !== "SIGN_VERIFY";
      if ((config.enable_key_rotation === true) !== rotates)
        return `enable_key_rotation must be ${rotates}`;
      const days = config.deletion_window_in_days;
      return days === 30 ? undefined : `deletion_window_in_days must be 30, got: ${days}`;
    }),
  },
  {
    name: "buckets, topics and queues reject plain HTTP",
    problem: (resource, stacks) => {
      if (!["aws_s3_bucket", "aws_sns_topic", "aws_sqs_queue"].includes(resource.type))
        return undefined;
      return rejectsPlainHttp(resource, stacks)
        ? undefined
        : "the policy must deny requests without aws:SecureTransport";
    },
  },
  {
    name: "the policy of a bucket, topic or queue names that resource only",
    problem: (resource, stacks) =>
      ["aws_s3_bucket_policy", "aws_sns_topic_policy", "aws_sqs_queue_policy"].includes(
        resource.type,
      )
        ? otherResourceProblem(resource, stacks)
        : undefined,
  },
  {
    name: "a bucket's policy opens it to principals of an organization only",
    problem: forType("aws_s3_bucket", (bucket, stacks) => {
      const sid = publicStatement(bucket, stacks);
      return sid === undefined ? undefined : `the statement ${sid} must name the organization`;
    }),
  },
  {
    name: "buckets block public access, are versioned and have no ACLs",
    problem: forType("aws_s3_bucket", bucketProblem),
  },
  {
    name: "repositories have immutable tags, scan on push, and allow only Image Builder to delete images",
    problem: forType("aws_ecr_repository", ({ config }) => {
      if (config.image_tag_mutability !== "IMMUTABLE")
        return "image_tag_mutability must be IMMUTABLE";
      if (config.image_scanning_configuration?.scan_on_push !== true)
        return "scan_on_push must be true";
      return config.tags?.LifecycleExecutionAccess === "EC2 Image Builder"
        ? undefined
        : "the tag LifecycleExecutionAccess must be EC2 Image Builder";
    }),
  },
  {
    name: "containers on a build instance can reach the instance metadata service",
    problem: forType("aws_imagebuilder_container_recipe", ({ config, stack }, stacks) => {
      const infrastructure = stacks
        .resourcesOf("aws_imagebuilder_infrastructure_configuration", stack)
        .find((one) => one.config.name === config.name);
      const hops = infrastructure?.config.instance_metadata_options?.http_put_response_hop_limit;
      return hops === 2 ? undefined : `http_put_response_hop_limit must be 2, got: ${hops}`;
    }),
  },
  {
    name: "pipelines with workflows have an execution role",
    problem: forType("aws_imagebuilder_image_pipeline", ({ config }) =>
      (config.workflow ?? []).length > 0 && config.execution_role === undefined
        ? "execution_role is missing"
        : undefined,
    ),
  },
  {
    name: "log groups have a retention period",
    problem: forType("aws_cloudwatch_log_group", ({ config }) =>
      config.retention_in_days > 0 ? undefined : "retention_in_days must be at least 1",
    ),
  },
  {
    name: "build instances require IMDSv2",
    problem: forType("aws_imagebuilder_infrastructure_configuration", ({ config }) =>
      config.instance_metadata_options?.http_tokens === "required"
        ? undefined
        : "http_tokens must be required",
    ),
  },
  {
    name: "distributions give no launch permission, because the updater does",
    problem: forType("aws_imagebuilder_distribution_configuration", ({ config }) =>
      JSON.stringify(config).includes("launch_permission")
        ? "launch_permission must be removed"
        : undefined,
    ),
  },
  {
    name: "all resources that can have tags have the factory's tags",
    problem: ({ type, stack }, stacks) => {
      const [provider] = stacks.synthesized[stack]?.provider["aws"] ?? [];
      const tags = Object.keys(provider?.default_tags?.[0]?.tags ?? {});
      return UNTAGGED_TYPES.test(type) || tags.length > 0
        ? undefined
        : "the provider must have default_tags";
    },
  },
  {
    name: "shares stay within the organization",
    problem: forType("aws_ram_resource_share", ({ config }) =>
      config.allow_external_principals === false
        ? undefined
        : "allow_external_principals must be false",
    ),
  },
  {
    name: "a queue hides a message for at least six times the timeout of the function that processes it, and gives it to a dead-letter queue after some tries",
    problem: forType("aws_lambda_event_source_mapping", ({ config, stack }, stacks) => {
      const queue = stacks
        .resourcesOf("aws_sqs_queue", stack)
        .find((one) => stacks.arnOf(one) === config.event_source_arn)?.config;
      const lambda = stacks
        .resourcesOf("aws_lambda_function", stack)
        .find((one) => one.config.function_name === config.function_name)?.config;
      if (!queue || !lambda) return "the queue and the function must be in the stack";
      const minimum = 6 * lambda.timeout;
      if (queue.visibility_timeout_seconds < minimum)
        return `visibility_timeout_seconds must be at least ${minimum}, got: ${queue.visibility_timeout_seconds}`;
      const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(queue.redrive_policy ?? "{}");
      return deadLetterTargetArn !== undefined && maxReceiveCount > 1
        ? undefined
        : "the queue must have a redrive_policy";
    }),
  },
  {
    name: "a dead-letter queue takes messages of one queue only",
    problem: forType("aws_sqs_queue_redrive_allow_policy", ({ config }) => {
      const { redrivePermission, sourceQueueArns = [] } = JSON.parse(config.redrive_allow_policy);
      return redrivePermission === "byQueue" && sourceQueueArns.length === 1
        ? undefined
        : "redrivePermission must be byQueue, with one queue";
    }),
  },
  {
    name: "no environment variable or parameter contains a secret",
    problem: (resource) => {
      const secret = textsIn(readableSettings(resource)).find((text) => SECRET.test(text));
      return secret === undefined ? undefined : `'${secret}' looks like a secret`;
    },
  },
];

/** Returns every violation of every rule, each with the address of its resource. */
export function violations(stacks: ResolvedStacks): string[] {
  return stacks.resources.flatMap((resource) =>
    RULES.flatMap(({ name, problem }) => {
      const wrong = problem(resource, stacks);
      return wrong === undefined
        ? []
        : [`${resource.stack}: ${resource.type}.${resource.id}: ${name}: ${wrong}`];
    }),
  );
}
