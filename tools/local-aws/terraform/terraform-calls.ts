/** Derives the IAM permissions that AWS requires for the requests that Terraform sent. */
import * as lambdaSdk from "@aws-sdk/client-lambda";
import type { Call } from "../protocol/emulator";
import type { Request } from "../protocol/forward";
import { routesOf } from "../protocol/rest-json";

/** A request with the scope of its signature. */
export interface SignedRequest {
  readonly accessKey: string;
  readonly region: string;
  /** Such as `monitoring` for CloudWatch. */
  readonly service: string;
  readonly request: Request;
}

export function signatureOf(request: Request): SignedRequest {
  const [, accessKey = "", region = "", service = ""] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(String(request.headers.authorization)) ?? [];
  return { accessKey, region, service, request };
}

/** Whether a `User-Agent` is that of Terraform's AWS provider or S3 backend. */
export function isTerraform(agent: string | undefined): boolean {
  return agent?.includes("HashiCorp") === true;
}

export interface RequiredPermission {
  readonly action: string;
  /** ARN of the managed policy that the request attaches to a role or detaches. */
  readonly policyArn?: string;
  /** `*` if the request names no existing resource. */
  readonly resource: string;
}

/**
 * The S3 permissions for settings of buckets and objects, by query parameter.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
 */
const S3_SETTINGS: Readonly<Record<string, string>> = {
  accelerate: "AccelerateConfiguration",
  acl: "BucketAcl",
  cors: "BucketCORS",
  encryption: "EncryptionConfiguration",
  lifecycle: "LifecycleConfiguration",
  logging: "BucketLogging",
  "object-lock": "BucketObjectLockConfiguration",
  ownershipControls: "BucketOwnershipControls",
  policy: "BucketPolicy",
  publicAccessBlock: "BucketPublicAccessBlock",
  replication: "ReplicationConfiguration",
  requestPayment: "BucketRequestPayment",
  versioning: "BucketVersioning",
  website: "BucketWebsite",
};

/** Settings whose deletion requires the permission to put them. */
const DELETED_BY_PUT = ["encryption", "lifecycle", "ownershipControls", "publicAccessBlock"];

function s3SettingVerb(method: string, setting: string): "Get" | "Put" | "Delete" {
  if (method === "PUT") return "Put";
  if (method !== "DELETE") return "Get";
  return DELETED_BY_PUT.includes(setting) ? "Put" : "Delete";
}

function requiredByS3({ method, url }: Request): RequiredPermission {
  const [, bucket = "", ...path] = decodeURIComponent(url.pathname).split("/");
  const key = path.join("/");
  const resource = `arn:aws:s3:::${bucket}${key && `/${key}`}`;
  const permission = (name: string): RequiredPermission => ({ action: `s3:${name}`, resource });

  const setting = Object.keys(S3_SETTINGS).find((name) => url.searchParams.has(name));
  if (setting) return permission(`${s3SettingVerb(method, setting)}${S3_SETTINGS[setting]}`);
  if (url.searchParams.has("tagging"))
    return permission(`${method === "GET" ? "Get" : "Put"}${key ? "Object" : "Bucket"}Tagging`);
  if (url.searchParams.has("versions")) return permission("ListBucketVersions");
  if (url.searchParams.has("delete"))
    return { action: "s3:DeleteObjectVersion", resource: `${resource}/x` };
  if (key)
    return permission(`${{ PUT: "Put", DELETE: "Delete", POST: "Put" }[method] ?? "Get"}Object`);
  return permission({ PUT: "CreateBucket", DELETE: "DeleteBucket" }[method] ?? "ListBucket");
}

/** In the paths of Lambda's API a label contains no slash. */
const LAMBDA_ROUTES = routesOf(lambdaSdk).map(({ operation, method, path }) => ({
  operation,
  method,
  path: new RegExp(path.source.replaceAll("(.+)", "[^/]+")),
}));

function requiredByLambda(
  { method, url, body }: Request,
  arn: (resource: string) => string,
): RequiredPermission {
  const operation = LAMBDA_ROUTES.find(
    (route) => route.method === method && route.path.test(url.pathname),
  )?.operation;
  const path = decodeURIComponent(url.pathname);
  // Its condition names the function.
  if (operation === "CreateEventSourceMapping")
    return { action: `lambda:${operation}`, resource: "*" };
  const [, mapping] = /event-source-mapping[:s]+\/?([\w-]+)/.exec(path) ?? [];
  if (mapping)
    return { action: `lambda:${operation}`, resource: arn(`event-source-mapping:${mapping}`) };
  const [, nameInPath] = /function[:s/]+([\w-]+)/.exec(path) ?? [];
  const nameInBody = (): string =>
    body.length > 0 ? JSON.parse(body.toString()).FunctionName : "";
  return {
    action: `lambda:${operation === "Invoke" ? "InvokeFunction" : operation}`,
    resource: arn(`function:${nameInPath ?? nameInBody()}`),
  };
}

type Input = Readonly<Record<string, string>> & { readonly repositoryNames?: readonly string[] };

/** The operation of a JSON, CBOR or query request. */
function operationOf({ headers, url, body }: Request): { operation: string; input: Input } {
  const [operationPath] = /\/operation\/\w+$/.exec(url.pathname) ?? [];
  const target = String(headers["x-amz-target"] ?? operationPath ?? "");
  const text = body.toString();
  if (target === "") {
    const input = Object.fromEntries(new URLSearchParams(text));
    return { operation: input["Action"] ?? "", input };
  }
  return {
    operation: target.replace(/.*[./]/, ""),
    input: text.startsWith("{") ? JSON.parse(text) : {},
  };
}

type FindArn = (input: Input, arn: (resource: string) => string) => string | undefined;

function iamResource(
  { RoleName, InstanceProfileName, PolicyArn }: Input,
  arn: (resource: string) => string,
): string | undefined {
  if (InstanceProfileName) return arn(`instance-profile/${InstanceProfileName}`);
  return RoleName ? arn(`role/${RoleName}`) : PolicyArn;
}

function cloudwatchResource(input: Input, arn: (resource: string) => string): string | undefined {
  const dashboard = input["DashboardName"] ?? input["DashboardNames.member.1"];
  // Dashboards are global.
  if (dashboard) return arn(`dashboard/${dashboard}`).replace(/cloudwatch:[^:]*/, "cloudwatch:");
  const alarm = input["AlarmName"] ?? input["AlarmNames.member.1"];
  return input["ResourceARN"] ?? arn(`alarm:${alarm}`);
}

/** The ARN of the resource that a request names, by service. */
const RESOURCES: Readonly<Record<string, FindArn>> = {
  iam: iamResource,
  cloudwatch: cloudwatchResource,
  ecr: ({ repositoryName, repositoryNames, resourceArn }, arn) =>
    resourceArn ?? arn(`repository/${repositoryName ?? repositoryNames?.[0]}`),
  kms: ({ KeyId, TargetKeyId, ResourceId, AliasName }, arn) => {
    const key = KeyId ?? TargetKeyId ?? ResourceId;
    return key ? arn(`key/${key.split("/").at(-1)}`) : AliasName && arn(AliasName);
  },
  sns: ({ TopicArn, ResourceArn, SubscriptionArn, Name }, arn) =>
    TopicArn ?? ResourceArn ?? SubscriptionArn ?? (Name && arn(Name)),
  sqs: ({ QueueUrl, QueueName }, arn) => arn(QueueName ?? QueueUrl?.split("/").at(-1) ?? ""),
  logs: ({ logGroupName, resourceArn }, arn) =>
    resourceArn ?? (logGroupName && arn(`log-group:${logGroupName}`)),
  events: ({ Name, Rule, ResourceARN }, arn) => ResourceARN ?? arn(`rule/${Name ?? Rule}`),
};

/** Operations that list resources, and those that create a resource without a name. */
const WITHOUT_RESOURCE =
  /^(cloudwatch:DescribeAlarms|kms:(CreateKey|ListAliases)|logs:DescribeLogGroups)$/;

/** The permission that a request to moto requires; `undefined` if it requires none. */
export function requiredForRequest(
  { service: scope, region, request }: SignedRequest,
  account: string,
): RequiredPermission | undefined {
  const service = scope === "monitoring" ? "cloudwatch" : scope;
  const arn = (resource: string): string =>
    `arn:aws:${service}:${service === "iam" ? "" : region}:${account}:${resource}`;
  if (service === "sts") return undefined;
  if (service === "s3") return requiredByS3(request);
  if (service === "lambda") return requiredByLambda(request, arn);
  const { operation, input } = operationOf(request);
  const action = `${service}:${operation}`;
  const { PolicyArn: policyArn } = input;
  const named = WITHOUT_RESOURCE.test(action) ? undefined : RESOURCES[service]?.(input, arn);
  return {
    action,
    resource: named ?? "*",
    ...(service === "iam" && policyArn !== undefined && { policyArn }),
  };
}

/** Turns `CreateImageRecipe` into `image-recipe`. */
function createdKind(operation: string): string {
  return operation
    .replace(/^Create/, "")
    .replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The permission that a call of Image Builder or RAM requires. */
export function requiredForCall(
  { service, operation, account, input }: Call,
  region: string,
): RequiredPermission {
  const action = `${service}:${operation}`;
  // An update of a pipeline names its recipe too.
  const updated = input[`${lowerFirst(operation.replace(/^Update/, ""))}Arn`];
  const named = [updated, ...Object.values(input)].find(
    (value): value is string =>
      typeof value === "string" && value.startsWith(`arn:aws:${service}:`),
  );
  if (service === "ram")
    return { action, resource: named !== undefined && !/Get/.test(operation) ? named : "*" };
  if (!operation.startsWith("Create")) return { action, resource: String(named) };
  const resource = `${createdKind(operation)}/${input["name"]}`;
  return { action, resource: `arn:aws:imagebuilder:${region}:${account}:${resource}` };
}
