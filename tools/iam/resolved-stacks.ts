/**
 * Resources and policies of synthesized stacks, with references resolved to ARNs as AWS forms them.
 */
import type { Block, TerraformJson } from "../fixtures/synth";
import type { Document } from "./evaluate";

/** Synthesized stacks, by id. */
export type SynthesizedStacks = Readonly<Record<string, TerraformJson>>;

export interface Resource {
  readonly stack: string;
  readonly account: string;
  readonly region: string;
  readonly type: string;
  /** The name within the stack. */
  readonly id: string;
  /** Arguments with references resolved. */
  readonly config: Block;
}

export interface Policy {
  /** `stack: type.id`. */
  readonly address: string;
  readonly resource: Resource;
  /** ARN of the role, key, bucket, topic, queue, function or repository that has the policy. */
  readonly of: string;
  readonly kind: "identity" | "trust" | "resource";
  readonly document: Document;
}

interface AccountRegion {
  readonly account: string;
  readonly region: string;
}

type ArnFormat = (location: AccountRegion, config: Block, id: string) => string;

/**
 * How AWS forms the ARN of a resource, by type. Where AWS generates an id, the name in the stack
 * stands for it.
 */
const ARN_FORMATS: Readonly<Record<string, ArnFormat>> = {
  aws_kms_key: ({ account, region }, _config, id) => `arn:aws:kms:${region}:${account}:key/${id}`,
  aws_s3_bucket: (_location, { bucket }) => `arn:aws:s3:::${bucket}`,
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

/** Attributes that name a resource other than by its ARN and occur in policies. */
const NAME_ATTRIBUTES = new Set(["name", "bucket", "function_name"]);

const REFERENCE = /\$\{(\w+)\.([\w-]+)\.(\w+)\}/g;

type ResourceBlocks = Readonly<Record<string, Readonly<Record<string, Block>>>>;

/**
 * Leaves references to data sources, and to attributes that don't occur in policies, as they are.
 */
function resolveReferences(value: Block, blocks: ResourceBlocks, location: AccountRegion): Block {
  if (Array.isArray(value)) return value.map((item) => resolveReferences(item, blocks, location));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolveReferences(item, blocks, location)]),
    );
  if (typeof value !== "string" || !value.includes("${")) return value;
  return value
    .replace(REFERENCE, (reference, type: string, id: string, attribute: string) => {
      const config = blocks[type]?.[id];
      if (!config) return reference;
      if (NAME_ATTRIBUTES.has(attribute) && typeof config[attribute] === "string")
        return config[attribute];
      const isArn = attribute === "arn" || attribute === "id";
      return isArn ? (ARN_FORMATS[type]?.(location, config, id) ?? reference) : reference;
    })
    .replaceAll("$${", "${");
}

function locationOf({ provider }: TerraformJson): AccountRegion {
  const [{ region, allowed_account_ids: [account] = [] }] = provider["aws"] as [Block];
  return { account, region };
}

function resourcesIn(stack: string, json: TerraformJson): Resource[] {
  const location = locationOf(json);
  const blocks: ResourceBlocks = json.resource ?? {};
  return Object.entries(blocks).flatMap(([type, named]) =>
    Object.entries(named).map(([id, config]) => ({
      stack,
      ...location,
      type,
      id,
      config: resolveReferences(config, blocks, location),
    })),
  );
}

function arnOf({ type, id, config, account, region }: Resource): string {
  return ARN_FORMATS[type]?.({ account, region }, config, id) ?? "";
}

/** The ARN of the queue that a reference to a queue's URL names. */
function queueArn(url: string, resources: readonly Resource[]): string {
  const [, name] = /^\$\{aws_sqs_queue\.([\w-]+)\.url\}$/.exec(url) ?? [];
  const queue = resources.find(({ type, id }) => type === "aws_sqs_queue" && id === name);
  if (!queue) throw new Error(`expected the URL of a queue of the stack, got: ${url}`);
  return arnOf(queue);
}

/** The ARN of the function of the stack that has a name. */
function functionArn(name: string, resources: readonly Resource[]): string {
  const found = resources.find(
    ({ type, config }) => type === "aws_lambda_function" && config.function_name === name,
  );
  if (!found) throw new Error(`expected the name of a function of the stack, got: ${name}`);
  return arnOf(found);
}

/** The policies that a resource declares. `siblings` are all resources of its stack. */
function policiesOf(resource: Resource, siblings: readonly Resource[]): Policy[] {
  const { stack, account, region, type, id, config } = resource;
  const declared = (of: string, kind: Policy["kind"], document: Document): Policy => ({
    address: `${stack}: ${type}.${id}`,
    resource,
    of,
    kind,
    document,
  });
  const policy = (of: string, kind: Policy["kind"], text: string): Policy =>
    declared(of, kind, JSON.parse(text));
  const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
  switch (type) {
    case "aws_iam_role":
      if ("inline_policy" in config || "managed_policy_arns" in config)
        throw new Error(`${stack}: aws_iam_role.${id}: policies inside a role aren't supported`);
      return [policy(arnOf(resource), "trust", config.assume_role_policy)];
    case "aws_iam_role_policy":
      return [policy(roleArn(config.role), "identity", config.policy)];
    case "aws_iam_policy":
      return siblings
        .filter((sibling) => sibling.type === "aws_iam_role_policy_attachment")
        .filter((attachment) => attachment.config.policy_arn === arnOf(resource))
        .map((attachment) => policy(roleArn(attachment.config.role), "identity", config.policy));
    case "aws_kms_key":
      return [policy(arnOf(resource), "resource", config.policy)];
    case "aws_s3_bucket_policy":
      return [policy(`arn:aws:s3:::${config.bucket}`, "resource", config.policy)];
    case "aws_sns_topic_policy":
      return [policy(config.arn, "resource", config.policy)];
    case "aws_sqs_queue_policy":
      return [policy(queueArn(config.queue_url, siblings), "resource", config.policy)];
    case "aws_ecr_repository_policy": {
      const arn = `arn:aws:ecr:${region}:${account}:repository/${config.repository}`;
      return [policy(arn, "resource", config.policy)];
    }
    case "aws_ecr_lifecycle_policy":
      // Deletes images, but grants nothing.
      return [];
    case "aws_lambda_permission": {
      const arn = functionArn(config.function_name, siblings);
      return [declared(arn, "resource", permissionDocument(config))];
    }
    default:
      if ("policy" in config || "inline_policy" in config)
        throw new Error(`${stack}: ${type}.${id}: the policy of this type isn't supported`);
      return [];
  }
}

interface ResolvedStack {
  readonly id: string;
  readonly resources: readonly Resource[];
  readonly policies: readonly Policy[];
}

/** The mutation test changes one stack at a time: the others are resolved once. */
const resolvedStacks = new WeakMap<TerraformJson, ResolvedStack>();

function resolveStack(id: string, json: TerraformJson): ResolvedStack {
  const known = resolvedStacks.get(json);
  if (known?.id === id) return known;
  const resources = resourcesIn(id, json);
  const policies = resources.flatMap((resource) => policiesOf(resource, resources));
  const resolved = { id, resources, policies };
  resolvedStacks.set(json, resolved);
  return resolved;
}

export class ResolvedStacks {
  readonly resources: readonly Resource[];
  readonly policies: readonly Policy[];
  private readonly byType = new Map<string, Resource[]>();
  /** By kind and ARN. */
  private readonly documents = new Map<string, Document>();

  constructor(readonly synthesized: SynthesizedStacks) {
    const stacks = Object.entries(synthesized).map(([id, json]) => resolveStack(id, json));
    this.resources = stacks.flatMap(({ resources }) => resources);
    this.policies = stacks.flatMap(({ policies }) => policies);
    for (const resource of this.resources) {
      const sameType = this.byType.get(resource.type);
      if (sameType) sameType.push(resource);
      else this.byType.set(resource.type, [resource]);
    }
    for (const { of, kind, document } of this.policies) {
      const key = `${kind} ${of}`;
      const { Version, Statement } = this.documents.get(key) ?? {
        Version: "2012-10-17",
        Statement: [],
      };
      this.documents.set(key, { Version, Statement: [...Statement, ...document.Statement] });
    }
  }

  arnOf(resource: Resource): string {
    return arnOf(resource);
  }

  /** Resources of a type. @param stack only those of this stack. @default - all stacks */
  resourcesOf(type: string, stack?: string): Resource[] {
    const all = this.byType.get(type) ?? [];
    return all.filter((resource) => (stack ?? resource.stack) === resource.stack);
  }

  /** The policies of an ARN, as one document. Throws an `Error` if there is none. */
  documentOf(arn: string, kind: Policy["kind"] = "resource"): Document {
    const document = this.findDocument(arn, kind);
    if (!document) throw new Error(`${arn} must have a policy of kind ${kind}`);
    return document;
  }

  /** The policies of an ARN, as one document; `undefined` if there is none. */
  findDocument(arn: string, kind: Policy["kind"]): Document | undefined {
    return this.documents.get(`${kind} ${arn}`);
  }
}

const PERMISSION_ARGUMENTS = [
  "function_name",
  "action",
  "principal",
  "source_arn",
  "depends_on",
  "//",
];

function permissionPrincipal(principal: string): Document["Statement"][number]["Principal"] {
  if (principal === "*") return "*";
  return /\.amazonaws\.com(\.cn)?$/.test(principal) ? { Service: principal } : { AWS: principal };
}

/** The policy that Lambda creates for a permission. */
function permissionDocument(config: Block): Document {
  const unknown = Object.keys(config).filter((name) => !PERMISSION_ARGUMENTS.includes(name));
  if (unknown.length > 0)
    throw new Error(`aws_lambda_permission: ${unknown.join(", ")} isn't supported`);
  const { principal, action, source_arn: source } = config;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Invoke",
        Effect: "Allow",
        Principal: permissionPrincipal(principal),
        Action: action,
        ...(source && { Condition: { ArnLike: { "aws:SourceArn": source } } }),
      },
    ],
  };
}
