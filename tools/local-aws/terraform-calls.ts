/** What Terraform asked of AWS, as the rights that AWS would have wanted for it. */
import * as lambdaSdk from "@aws-sdk/client-lambda";
import type { Call } from "./emulator";
import type { Request } from "./proxy";
import { routesOf } from "./rest-json";

/** A request with whose key it was signed. */
export interface SignedRequest {
  readonly accessKey: string;
  readonly region: string;
  /** As in the signature's scope. */
  readonly service: string;
  readonly request: Request;
}

export function signatureOf(request: Request): SignedRequest {
  const [, accessKey = "", region = "", service = ""] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(String(request.headers.authorization)) ?? [];
  return { accessKey, region, service, request };
}

/** Whether Terraform's provider, or its backend, sent it. */
export function isTerraform(agent: string | undefined): boolean {
  return agent?.includes("HashiCorp") === true;
}

export interface Needed {
  readonly action: string;
  /** ARN of the policy that is attached to a role, or taken from it. */
  readonly policyArn?: string;
  /** `*` where a request names none that is there. */
  readonly resource: string;
}

/** S3's rights by method and what of a bucket or object is asked for: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html */
const S3: Readonly<Record<string, string>> = {
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

/** Settings that are deleted by the right to put them. */
const PUT_DELETES = ["encryption", "lifecycle", "ownershipControls", "publicAccessBlock"];

function ofS3({ method, url }: Request): Needed {
  const [, bucket = "", ...path] = decodeURIComponent(url.pathname).split("/");
  const key = path.join("/");
  const resource = `arn:aws:s3:::${bucket}${key && `/${key}`}`;
  const right = (name: string): Needed => ({ action: `s3:${name}`, resource });
  const setting = Object.keys(S3).find((name) => url.searchParams.has(name));
  if (setting) {
    const puts = method === "PUT" || (method === "DELETE" && PUT_DELETES.includes(setting));
    return right(`${puts ? "Put" : method === "DELETE" ? "Delete" : "Get"}${S3[setting]}`);
  }
  if (url.searchParams.has("tagging"))
    return right(`${method === "GET" ? "Get" : "Put"}${key ? "Object" : "Bucket"}Tagging`);
  if (url.searchParams.has("versions")) return right("ListBucketVersions");
  if (url.searchParams.has("delete"))
    return { action: "s3:DeleteObjectVersion", resource: `${resource}/x` };
  if (key) return right(`${{ PUT: "Put", DELETE: "Delete", POST: "Put" }[method] ?? "Get"}Object`);
  return right({ PUT: "CreateBucket", DELETE: "DeleteBucket" }[method] ?? "ListBucket");
}

/** A label of Lambda's paths holds no slash. */
const LAMBDA = routesOf(lambdaSdk).map((route) => ({
  ...route,
  whole: new RegExp(route.path.source.replaceAll("(.+)", "[^/]+")),
}));

const SERVICES: Readonly<Record<string, string>> = { monitoring: "cloudwatch" };

/** What a request that names its operation says. */
function operationOf({ headers, url, body }: Request): { operation: string; input: Input } {
  const target = String(
    headers["x-amz-target"] ?? url.pathname.match(/\/operation\/\w+$/)?.[0] ?? "",
  );
  const text = body.toString();
  if (target !== "")
    return {
      operation: target.split(/[./]/).at(-1) ?? "",
      input: text.startsWith("{") ? JSON.parse(text) : {},
    };
  const input = Object.fromEntries(new URLSearchParams(text));
  return { operation: input["Action"] ?? "", input };
}

type Input = Readonly<Record<string, string>> & { readonly repositoryNames?: readonly string[] };

/** The resource that a request is about, by service; `undefined` where it is about none that has a name. */
const RESOURCES: Readonly<
  Record<string, (input: Input, arn: (rest: string) => string) => string | undefined>
> = {
  iam: ({ RoleName, InstanceProfileName, PolicyArn }, arn) =>
    InstanceProfileName
      ? arn(`instance-profile/${InstanceProfileName}`)
      : RoleName
        ? arn(`role/${RoleName}`)
        : PolicyArn,
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
  cloudwatch: (input, arn) => {
    const dashboard = input["DashboardName"] ?? input["DashboardNames.member.1"];
    return dashboard
      ? arn(`dashboard/${dashboard}`).replace(/cloudwatch:[^:]*/, "cloudwatch:")
      : (input["ResourceARN"] ??
          arn(`alarm:${input["AlarmName"] ?? input["AlarmNames.member.1"]}`));
  },
};

/** Lists, and what makes something that has no name yet. */
const NAMELESS = /^(cloudwatch:DescribeAlarms|kms:(CreateKey|ListAliases)|logs:DescribeLogGroups)$/;

/** The right that a request to moto needs; `undefined` where everybody has it. */
export function neededFor(
  { service: scope, region, request }: SignedRequest,
  account: string,
): Needed | undefined {
  const service = SERVICES[scope] ?? scope;
  const arn = (rest: string): string =>
    `arn:aws:${service}:${service === "iam" ? "" : region}:${account}:${rest}`;
  if (service === "sts") return undefined;
  if (service === "s3") return ofS3(request);
  if (service === "lambda") {
    const { method, url } = request;
    const operation = LAMBDA.find(
      (route) => route.method === method && route.whole.test(url.pathname),
    )?.operation;
    const name =
      /function[:s/]+([\w-]+)/.exec(decodeURIComponent(request.url.pathname))?.[1] ??
      bodyName(request);
    return { action: `lambda:${operation}`, resource: arn(`function:${name}`) };
  }
  const { operation, input } = operationOf(request);
  const action = `${service}:${operation}`;
  const { PolicyArn: policyArn } = input;
  const resource = NAMELESS.test(action) ? "*" : (RESOURCES[service]?.(input, arn) ?? "*");
  return { action, resource, ...(service === "iam" && policyArn !== undefined && { policyArn }) };
}

function bodyName({ body }: Request): string {
  return body.length > 0 ? JSON.parse(body.toString()).FunctionName : "";
}

function kindOf(operation: string): string {
  return operation
    .replace(/^Create/, "")
    .replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();
}

/** The right that a call of Image Builder or RAM needs. */
export function neededForCall(
  { service, operation, account, input }: Call,
  region: string,
): Needed {
  const action = `${service}:${operation}`;
  const given = Object.values(input).find(
    (value) => typeof value === "string" && value.startsWith(`arn:aws:${service}:`),
  );
  if (service === "ram")
    return { action, resource: typeof given === "string" && !/Get/.test(operation) ? given : "*" };
  const made = `arn:aws:imagebuilder:${region}:${account}:${kindOf(operation)}/${input["name"]}`;
  return { action, resource: operation.startsWith("Create") ? made : String(given) };
}
