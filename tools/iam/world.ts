/** Every policy of a factory's synthesized stacks, with references resolved to ARNs as AWS would make them. */
import type { Block, TerraformJson } from "../fixtures/synth";
import type { Document } from "./evaluate";

export type Stacks = Readonly<Record<string, TerraformJson>>;

/** A resource with its place. */
export interface Resource {
  readonly stack: string;
  readonly account: string;
  readonly region: string;
  readonly type: string;
  readonly id: string;
  /** With references resolved. */
  readonly config: Block;
}

export interface Policy {
  /** `stack: type.id`. */
  readonly address: string;
  readonly resource: Resource;
  /** What it is the policy of, or whose: ARN of a key, bucket, topic, queue, function or role. */
  readonly of: string;
  readonly kind: "identity" | "trust" | "resource";
  readonly document: Document;
}

interface Place {
  readonly account: string;
  readonly region: string;
}

/** What AWS would call a resource, by its type. */
const ARNS: Readonly<Record<string, (place: Place, config: Block, id: string) => string>> = {
  aws_kms_key: ({ account, region }, _config, id) => `arn:aws:kms:${region}:${account}:key/${id}`,
  aws_s3_bucket: (_place, { bucket }) => `arn:aws:s3:::${bucket}`,
  aws_sns_topic: ({ account, region }, { name }) => `arn:aws:sns:${region}:${account}:${name}`,
  aws_sqs_queue: ({ account, region }, { name }) => `arn:aws:sqs:${region}:${account}:${name}`,
  aws_iam_role: ({ account }, { name }) => `arn:aws:iam::${account}:role/${name}`,
  aws_iam_instance_profile: ({ account }, { name }) =>
    `arn:aws:iam::${account}:instance-profile/${name}`,
  aws_cloudwatch_log_group: ({ account, region }, { name }) =>
    `arn:aws:logs:${region}:${account}:log-group:${name}`,
  aws_cloudwatch_event_rule: ({ account, region }, { name }) =>
    `arn:aws:events:${region}:${account}:rule/${name}`,
  aws_lambda_function: ({ account, region }, { function_name: name }) =>
    `arn:aws:lambda:${region}:${account}:function:${name}`,
  aws_ram_resource_share: ({ account, region }, _config, id) =>
    `arn:aws:ram:${region}:${account}:resource-share/${id}`,
  aws_iam_policy: ({ account }, { name }) => `arn:aws:iam::${account}:policy/${name}`,
  aws_ecr_repository: ({ account, region }, { name }) =>
    `arn:aws:ecr:${region}:${account}:repository/${name}`,
  aws_iam_openid_connect_provider: ({ account }, { url }) =>
    `arn:aws:iam::${account}:oidc-provider/${String(url).replace("https://", "")}`,
};

/** Attributes that name a resource by something else than its ARN; the others of Image Builder aren't in policies. */
const ATTRIBUTES = new Set(["name", "bucket", "function_name"]);

const REFERENCE = /\$\{(\w+)\.([\w-]+)\.(\w+)\}/g;

export class Policies {
  readonly resources: readonly Resource[];
  readonly policies: readonly Policy[];

  constructor(readonly stacks: Stacks) {
    this.resources = Object.entries(stacks).flatMap(([stack, json]) =>
      this.resourcesOf(stack, json),
    );
    this.policies = this.resources.flatMap((resource) => this.policiesOf(resource));
  }

  private resourcesOf(stack: string, { provider, resource = {} }: TerraformJson): Resource[] {
    const [{ region, allowed_account_ids: [account] = [] }] = provider["aws"] as [Block];
    return Object.entries(resource).flatMap(([type, named]) =>
      Object.entries(named).map(([id, config]) => ({
        stack,
        account,
        region,
        type,
        id,
        config: this.resolved(config, resource, { account, region }),
      })),
    );
  }

  /** References to data sources and to what isn't in a policy stay as they are. */
  private resolved(
    value: Block,
    resources: Record<string, Record<string, Block>>,
    place: Place,
  ): Block {
    if (Array.isArray(value)) return value.map((item) => this.resolved(item, resources, place));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, this.resolved(item, resources, place)]),
      );
    if (typeof value !== "string") return value;
    return value
      .replace(REFERENCE, (reference, type: string, id: string, attribute: string) => {
        const config = resources[type]?.[id];
        if (!config) return reference;
        if (ATTRIBUTES.has(attribute) && typeof config[attribute] === "string")
          return config[attribute];
        return attribute === "arn" || attribute === "id"
          ? (ARNS[type]?.(place, config, id) ?? reference)
          : reference;
      })
      .replaceAll("$${", "${");
  }

  private policiesOf(resource: Resource): Policy[] {
    const { stack, account, type, id, config } = resource;
    const arn = ARNS[type]?.(resource, config, id) ?? "";
    const policy = (of: string, kind: Policy["kind"], text: string): Policy => ({
      address: `${stack}: ${type}.${id}`,
      resource,
      of,
      kind,
      document: JSON.parse(text),
    });
    switch (type) {
      case "aws_iam_role":
        if ("inline_policy" in config || "managed_policy_arns" in config)
          throw new Error(`the policies inside ${id} aren't read`);
        return [policy(arn, "trust", config.assume_role_policy)];
      case "aws_iam_role_policy":
        return [policy(`arn:aws:iam::${account}:role/${config.role}`, "identity", config.policy)];
      case "aws_kms_key":
        return [policy(arn, "resource", config.policy)];
      case "aws_s3_bucket_policy":
        return [policy(`arn:aws:s3:::${config.bucket}`, "resource", config.policy)];
      case "aws_sns_topic_policy":
        return [policy(config.arn, "resource", config.policy)];
      case "aws_sqs_queue_policy":
        return [policy(this.only(stack, "aws_sqs_queue"), "resource", config.policy)];
      case "aws_iam_policy":
        return this.of("aws_iam_role_policy_attachment", stack)
          .filter((attachment) => attachment.config.policy_arn === arn)
          .map((attachment) =>
            policy(
              `arn:aws:iam::${account}:role/${attachment.config.role}`,
              "identity",
              config.policy,
            ),
          );
      case "aws_ecr_repository_policy":
        return [
          policy(
            `arn:aws:ecr:${resource.region}:${account}:repository/${config.repository}`,
            "resource",
            config.policy,
          ),
        ];
      case "aws_ecr_lifecycle_policy":
        return [];
      case "aws_lambda_permission":
        return [
          {
            ...policy(this.only(stack, "aws_lambda_function"), "resource", "{}"),
            document: permission(config),
          },
        ];
      default:
        if ("policy" in config || "inline_policy" in config)
          throw new Error(`the policy of ${type} isn't read`);
        return [];
    }
  }

  /** A queue is named by its URL, and a function by its name: there is one of each in a stack. */
  private only(stack: string, type: string): string {
    const json = this.stacks[stack];
    const named = Object.entries(json?.resource?.[type] ?? {});
    const [[id, config] = ["", {}]] = named;
    if (named.length !== 1 || !json)
      throw new Error(`expected one ${type} in ${stack}, got ${named.length}`);
    const [{ region, allowed_account_ids: [account] = [] }] = json.provider["aws"] as [Block];
    return ARNS[type]?.({ account, region }, config, id) ?? "";
  }

  /** The ARN of a resource. */
  arnOf({ type, id, config, account, region }: Resource): string {
    return ARNS[type]?.({ account, region }, config, id) ?? "";
  }

  of(type: string, stack?: string): Resource[] {
    return this.resources.filter((one) => one.type === type && (stack ?? one.stack) === one.stack);
  }

  /** The documents of a kind that belong to an ARN, as one; a resource without is an error. */
  documentOf(arn: string, kind: Policy["kind"] = "resource"): Document {
    const found = this.policies.filter((one) => one.of === arn && one.kind === kind);
    if (found.length === 0) throw new Error(`${arn} has no ${kind} policy`);
    return {
      Version: "2012-10-17",
      Statement: found.flatMap(({ document }) => document.Statement),
    };
  }
}

const PERMISSION = ["function_name", "action", "principal", "source_arn", "depends_on", "//"];

/** The statement that Lambda makes of a permission. */
function permission(config: Block): Document {
  const unknown = Object.keys(config).filter((member) => !PERMISSION.includes(member));
  if (unknown.length > 0) throw new Error(`${unknown.join()} of a permission isn't understood`);
  const { principal, action, source_arn: source } = config;
  const named = /\.amazonaws\.com(\.cn)?$/.test(principal)
    ? { Service: principal }
    : principal === "*"
      ? "*"
      : { AWS: principal };
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Invoke",
        Effect: "Allow",
        Principal: named,
        Action: action,
        ...(source && { Condition: { ArnLike: { "aws:SourceArn": source } } }),
      },
    ],
  };
}
