/** What holds for every resource of an account, each rule by itself. */
import type { Policies, Resource } from "../iam/world";

export interface Rule {
  readonly name: string;
  /** Of a resource, in its stack: what is wrong, or nothing. */
  readonly problem: (resource: Resource, world: Policies) => string | undefined;
}

function of(type: string, problem: Rule["problem"]): Rule["problem"] {
  return (resource, world) => (resource.type === type ? problem(resource, world) : undefined);
}

/** Another resource of the same stack that belongs to this one. */
function companion(
  world: Policies,
  { stack }: Resource,
  type: string,
  bucket: string,
): Resource | undefined {
  return world.of(type, stack).find(({ config }) => config.bucket === bucket);
}

function isOwnKey(world: Policies, stack: string, value: unknown): boolean {
  return world.of("aws_kms_key", stack).some((key) => world.arnOf(key) === value);
}

/** By a key of ours, except the state bucket, whose stack makes no key: it has to be there before anything else. */
const encryptedAtRest: Rule["problem"] = (resource, world) => {
  const { type, stack, config } = resource;
  const needs = (value: unknown, what: string) =>
    isOwnKey(world, stack, value) ? undefined : `${what} is ${value}`;
  switch (type) {
    case "aws_sns_topic":
    case "aws_sqs_queue":
      return needs(config.kms_master_key_id, "its key");
    case "aws_cloudwatch_log_group":
    case "aws_imagebuilder_component":
      return needs(config.kms_key_id, "its key");
    case "aws_ecr_repository": {
      const [{ encryption_type: type, kms_key: key } = {} as Record<string, unknown>] =
        config.encryption_configuration ?? [];
      return type === "KMS" ? needs(key, "its key") : `its encryption is ${type}`;
    }
    case "aws_imagebuilder_container_recipe":
      return config.instance_configuration.block_device_mapping.every(
        ({ ebs }: { readonly ebs: Record<string, string> }) =>
          ebs["encrypted"] === "true" &&
          ebs["kms_key_id"]?.endsWith(`:${resource.account}:alias/golden-image-factory/images`),
      )
        ? undefined
        : "the volume of its host isn't encrypted with the image key";
    case "aws_s3_object":
      return config.kms_key_id === undefined ? undefined : needs(config.kms_key_id, "its key");
    case "aws_s3_bucket": {
      const rule = companion(
        world,
        resource,
        "aws_s3_bucket_server_side_encryption_configuration",
        config.bucket,
      )?.config.rule?.[0];
      const { sse_algorithm: algorithm, kms_master_key_id: key } =
        rule?.apply_server_side_encryption_by_default ?? {};
      if (stack.startsWith("state-"))
        return algorithm === "AES256" ? undefined : `its algorithm is ${algorithm}`;
      return algorithm === "aws:kms" ? needs(key, "its key") : `its algorithm is ${algorithm}`;
    }
    case "aws_imagebuilder_image_recipe": {
      const key = `:${resource.account}:alias/golden-image-factory/images`;
      const volumes: {
        readonly ebs?: { readonly encrypted?: string; readonly kms_key_id?: string };
      }[] = config.block_device_mapping ?? [];
      const isClosed = volumes.every(
        ({ ebs }) => ebs?.encrypted === "true" && ebs.kms_key_id?.endsWith(key),
      );
      return volumes.length > 0 && isClosed
        ? undefined
        : "a volume isn't encrypted with the image key";
    }
    default:
      return undefined;
  }
};

const PUBLIC = [
  "block_public_acls",
  "block_public_policy",
  "ignore_public_acls",
  "restrict_public_buckets",
];

/** What these rules, and the proofs, were written for: whatever else comes has to be thought about first. */
const TYPES = new Set(
  `cloudwatch_dashboard cloudwatch_event_rule cloudwatch_event_target cloudwatch_log_group cloudwatch_metric_alarm ecr_lifecycle_policy ecr_repository ecr_repository_policy iam_instance_profile iam_openid_connect_provider iam_policy iam_role iam_role_policy
  iam_role_policy_attachment imagebuilder_component imagebuilder_container_recipe imagebuilder_distribution_configuration imagebuilder_image_pipeline imagebuilder_image_recipe
  imagebuilder_infrastructure_configuration imagebuilder_lifecycle_policy imagebuilder_workflow kms_alias kms_grant kms_key lambda_function
  lambda_function_event_invoke_config lambda_permission ram_principal_association ram_resource_share s3_bucket s3_bucket_lifecycle_configuration
  s3_bucket_ownership_controls s3_bucket_policy s3_bucket_public_access_block s3_bucket_server_side_encryption_configuration s3_bucket_versioning
  s3_object sns_topic sns_topic_policy sns_topic_subscription sqs_queue sqs_queue_policy`
    .split(/\s+/)
    .map((name) => `aws_${name}`),
);

/** Types that AWS gives no tags, or that are a setting of something that has. */
const UNTAGGED =
  /_(policy|policy_attachment|association|alias|object|permission|subscription|target|dashboard|grant|event_invoke_config|configuration|versioning|controls|public_access_block|document)$/;

const SECRET =
  /(password|passwd|secret|token|private_?key|api_?key|AKIA[0-9A-Z]{16}|gh[pousr]_\w{20})/i;

function values(value: unknown): string[] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, item]) => [key, ...values(item)])
    : [String(value)];
}

export const RULES: readonly Rule[] = [
  {
    name: "everything is of a type that these rules were written for",
    problem: ({ type }) => (TYPES.has(type) ? undefined : "it isn't"),
  },
  { name: "everything at rest is encrypted with a key of ours", problem: encryptedAtRest },
  {
    name: "keys rotate, and take their longest to be deleted",
    problem: of("aws_kms_key", ({ config }) =>
      config.enable_key_rotation === true && config.deletion_window_in_days === 30
        ? undefined
        : "it doesn't",
    ),
  },
  {
    name: "buckets, topics and queues refuse plain HTTP",
    problem: (resource, world) => {
      if (!["aws_s3_bucket", "aws_sns_topic", "aws_sqs_queue"].includes(resource.type))
        return undefined;
      const arn = world.arnOf(resource);
      const refuses = world.policies
        .filter((policy) => policy.of === arn)
        .flatMap(({ document }) => document.Statement)
        .some(
          ({ Effect, Principal, Condition }) =>
            Effect === "Deny" &&
            Principal === "*" &&
            Condition?.["Bool"]?.["aws:SecureTransport"] === "false",
        );
      return refuses ? undefined : "it doesn't";
    },
  },
  {
    name: "buckets are closed to the public, versioned and without ACLs",
    problem: of("aws_s3_bucket", (resource, world) => {
      const { bucket } = resource.config;
      const access =
        companion(world, resource, "aws_s3_bucket_public_access_block", bucket)?.config ?? {};
      if (!PUBLIC.every((setting) => access[setting] === true))
        return "it isn't closed to the public";
      const ownership = companion(world, resource, "aws_s3_bucket_ownership_controls", bucket)
        ?.config.rule?.object_ownership;
      if (ownership !== "BucketOwnerEnforced") return "it has ACLs";
      const versioning = companion(world, resource, "aws_s3_bucket_versioning", bucket)?.config
        .versioning_configuration?.status;
      return versioning === "Enabled" ? undefined : "it isn't versioned";
    }),
  },
  {
    name: "containers keep their tags, are scanned when they come, and are deleted by Image Builder alone",
    problem: of("aws_ecr_repository", ({ config }) => {
      if (config.image_tag_mutability !== "IMMUTABLE") return "a tag can be moved";
      if (config.image_scanning_configuration?.scan_on_push !== true) return "they aren't scanned";
      return config.tags?.LifecycleExecutionAccess === "EC2 Image Builder"
        ? undefined
        : "Image Builder can't delete any";
    }),
  },
  {
    name: "instances that build containers let them ask for their role, two hops away",
    problem: of("aws_imagebuilder_container_recipe", ({ config, stack }, world) => {
      const [host] = world
        .of("aws_imagebuilder_infrastructure_configuration", stack)
        .filter((one) => one.config.name === config.name);
      return host?.config.instance_metadata_options?.http_put_response_hop_limit === 2
        ? undefined
        : "they don't";
    }),
  },
  {
    name: "workflows have a role of ours to run in",
    problem: of("aws_imagebuilder_image_pipeline", ({ config }) =>
      (config.workflow ?? []).length > 0 && config.execution_role === undefined
        ? "it has none"
        : undefined,
    ),
  },
  {
    name: "logs are kept for a time, and not for ever",
    problem: of("aws_cloudwatch_log_group", ({ config }) =>
      config.retention_in_days > 0 ? undefined : "it is kept for ever",
    ),
  },
  {
    name: "instances that build take the metadata service's second version only, and are terminated when they fail",
    problem: of("aws_imagebuilder_infrastructure_configuration", ({ config }) => {
      if (config.instance_metadata_options?.http_tokens !== "required")
        return "it takes the first version";
      return config.terminate_instance_on_failure === true ? undefined : "it isn't terminated";
    }),
  },
  {
    name: "images are distributed without a launch permission, which the updater gives",
    problem: of("aws_imagebuilder_distribution_configuration", ({ config }) =>
      JSON.stringify(config).includes("launch_permission") ? "it has one" : undefined,
    ),
  },
  {
    name: "whatever takes tags gets the factory's",
    problem: ({ type, stack }, world) => {
      const [provider] = world.stacks[stack]?.provider["aws"] ?? [];
      const tags = provider?.default_tags?.[0]?.tags;
      return UNTAGGED.test(type) || (tags && Object.keys(tags).length > 0)
        ? undefined
        : "it has none";
    },
  },
  {
    name: "shares stay within the organization",
    problem: of("aws_ram_resource_share", ({ config }) =>
      config.allow_external_principals === false ? undefined : "it doesn't",
    ),
  },
  {
    name: "no variable and no parameter holds a secret",
    problem: ({ type, config }) => {
      const told =
        type === "aws_lambda_function"
          ? config.environment?.variables
          : ["aws_imagebuilder_image_recipe", "aws_imagebuilder_container_recipe"].includes(type)
            ? config.component
            : type === "aws_imagebuilder_image_pipeline"
              ? config.workflow
              : {};
      const found = values(told).find((text) => SECRET.test(text));
      return found === undefined ? undefined : `'${found}' looks like one`;
    },
  },
];

/** Every violation of every rule. */
export function violations(world: Policies): string[] {
  return world.resources.flatMap((resource) =>
    RULES.flatMap(({ name, problem }) => {
      const wrong = problem(resource, world);
      return wrong === undefined
        ? []
        : [`${resource.stack}: ${resource.type}.${resource.id}: ${name}: ${wrong}`];
    }),
  );
}
