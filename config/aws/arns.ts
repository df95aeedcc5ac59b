/** ARNs as AWS writes them. Names that this project gives are in `config/names.ts`. */

import type { AccountRegion } from "../../contract/account-region";
import { parseContainerUri } from "../../contract/container-uri";
import { PARTITIONS } from "./sdk-names";
import type { ImageKind } from "./workflow-steps";

/** Returns the partition of a Region, which its name shows. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(({ pattern }) => pattern.test(region))?.id ?? "aws";
}

function arn(service: string, { accountId, region }: AccountRegion, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`;
}

// Image Builder

/** Returns an ARN of the factory file with the Region instead of `{region}`. */
export function arnIn(template: string, region: string): string {
  return template.replace("{region}", region);
}

/**
 * ARN of an image. A range such as `x.x.x` resolves to the highest version that the caller can see.
 */
export function imageArn(at: AccountRegion, name: string, version: string): string {
  return arn("imagebuilder", at, `image/${name}/${version}`);
}

export function awsManagedImageArn(region: string, name: string, version: string): string {
  return imageArn({ accountId: "aws", region }, name, version);
}

/** ARN of another resource of Image Builder, such as `infrastructure-configuration/NAME`. */
export function imageBuilderArn(at: AccountRegion, resource: string): string {
  return arn("imagebuilder", at, resource);
}

/** Pattern of the ARNs of all builds of an image. `name` may be `*`. */
export function imageBuildsArn(at: AccountRegion, name: string): string {
  return imageArn(at, name, "*");
}

/** ARN of a run of a workflow in a build. `id` may be `*`. */
export function workflowExecutionArn(at: AccountRegion, id: string): string {
  return arn("imagebuilder", at, `workflow-execution/${id}`);
}

/** Pattern of the ARNs of the streams of a log group. */
export function logStreamArn(at: AccountRegion, group: string): string {
  return arn("logs", at, `log-group:${group}:log-stream:*`);
}

/**
 * ARN of the pipeline of an image. Image Builder names it after the pipeline, which has the image's
 * name.
 */
export function pipelineArn(at: AccountRegion, image: string): string {
  return arn("imagebuilder", at, `image-pipeline/${image}`);
}

/** Pattern of the ARNs of all versions of an image's recipe. `name` may be `*`. */
export function recipesArn(at: AccountRegion, kind: ImageKind, name: string): string {
  return arn("imagebuilder", at, `${kind}-recipe/${name}/*`);
}

export function imageRecipeArn(at: AccountRegion, name: string, version: string): string {
  return arn("imagebuilder", at, `image-recipe/${name}/${version}`);
}

/**
 * ARN of the only build of a component version. The version lock file never issues a version twice,
 * and Image Builder numbers builds from 1. Assumed: it does so again after a version was deleted.
 */
export function componentArn(at: AccountRegion, name: string, version: string): string {
  return arn("imagebuilder", at, `component/${name}/${version}/1`);
}

export function awsManagedComponentArn(region: string, name: string, version: string): string {
  return arn("imagebuilder", { accountId: "aws", region }, `component/${name}/${version}`);
}

/**
 * ARN of an AWS-managed workflow. Only its newest version can be named:
 * https://github.com/aws/aws-cdk/issues/29910
 */
export function awsManagedWorkflowArn(region: string, type: string, name: string): string {
  return arn("imagebuilder", { accountId: "aws", region }, `workflow/${type}/${name}/x.x.x`);
}

/** Prefix of the SSM parameters that Image Builder's service-linked role may write. */
export const IMAGE_BUILDER_PARAMETERS = "/imagebuilder/";

/** Prefix of the public SSM parameters. They belong to no account. */
export const PUBLIC_PARAMETERS = "/aws/service/";

// Amazon EC2, Amazon ECR, AWS RAM

/**
 * Pattern of the ARNs of all AMIs. They contain no account. `region` may be `*`, for every Region
 * of the partition.
 */
export function anyAmiArn(at: AccountRegion, region: string): string {
  return `arn:${partitionOf(at.region)}:ec2:${region}::image/*`;
}

/** ARN of an ECR repository. `name` may be a pattern. */
export function repositoryArn(at: AccountRegion, name: string): string {
  return arn("ecr", at, `repository/${name}`);
}

/** Repository that Image Builder creates for Amazon Inspector to scan containers in. */
export const SCAN_REPOSITORY = "image-builder-image-scanning-repository";

/**
 * Returns the ARN of the ECR repository that an image URI names; `undefined` for other registries.
 */
export function repositoryArnOfUri(uri: string): string | undefined {
  const container = parseContainerUri(uri);
  return container && repositoryArn(container, container.repository);
}

/**
 * Pattern of the ARNs of all resource shares. A share's id is random, so policies match shares by
 * their tags.
 */
export function anyShareArn(at: AccountRegion): string {
  return arn("ram", at, "resource-share/*");
}

/**
 * ARN of AWS's permission for shared images. Shares name it, so that a new default permission can't
 * widen them.
 */
export function imagePermissionArn(region: string): string {
  return `arn:${partitionOf(region)}:ram::aws:permission/AWSRAMDefaultPermissionImageBuilderImage`;
}

// Amazon S3

/** ARN of a bucket, or of objects as `BUCKET/KEY`. Both may be patterns. */
export function bucketArn(region: string, resource: string): string {
  return `arn:${partitionOf(region)}:s3:::${resource}`;
}

// IAM and AWS KMS

function iamArn({ accountId, region }: AccountRegion, resource: string): string {
  return `arn:${partitionOf(region)}:iam::${accountId}:${resource}`;
}

/** ARN of a role. `name` includes the role's path, if it has one. */
export function roleArn(at: AccountRegion, name: string): string {
  return iamArn(at, `role/${name}`);
}

/** ARN of a policy of AWS. `name` includes its path, if it has one. */
export function managedPolicyArn(region: string, name: string): string {
  return iamArn({ accountId: "aws", region }, `policy/${name}`);
}

/** ARN of the account itself, which delegates access to its IAM policies. */
export function rootArn(at: AccountRegion): string {
  return iamArn(at, "root");
}

/** ARN of Image Builder's service-linked role. It builds images and publishes notifications. */
export function imageBuilderRoleArn(at: AccountRegion): string {
  return roleArn(at, "aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder");
}

/** ARN of the service-linked role with which Amazon Inspector scans AMIs. */
export function inspectorRoleArn(at: AccountRegion): string {
  return roleArn(
    at,
    "aws-service-role/ami.inspector2.amazonaws.com/AWSServiceRoleForAmazonInspector2Ami",
  );
}

/**
 * ARN of the service-linked role of Amazon EC2 Auto Scaling. It launches the instances of Auto
 * Scaling groups.
 */
export function autoScalingRoleArn(at: AccountRegion): string {
  return roleArn(at, "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling");
}

/**
 * Pattern of the ARNs of the roles that IAM Identity Center creates for a permission set. The
 * suffix is random, and the Region segment is optional.
 */
export function permissionSetRoleArn(at: AccountRegion, permissionSet: string): string {
  return roleArn(
    at,
    `aws-reserved/sso.amazonaws.com/*AWSReservedSSO_${permissionSet}_????????????????`,
  );
}

export function oidcProviderArn(at: AccountRegion, issuer: string): string {
  return iamArn(at, `oidc-provider/${issuer}`);
}

export function aliasArn(at: AccountRegion, alias: string): string {
  return arn("kms", at, alias);
}

// Amazon SNS, AWS Systems Manager, AWS Lambda

export function topicArn(at: AccountRegion, name: string): string {
  return arn("sns", at, name);
}

/**
 * ARN of an SSM parameter. It contains one slash before the name, whether or not the name starts
 * with one. `region` may be `*`, for every Region of the partition.
 */
export function parameterArn(at: AccountRegion, name: string, region = at.region): string {
  const path = name.replace(/^\//, "");
  const account = name.startsWith(PUBLIC_PARAMETERS) ? "" : at.accountId;
  return `arn:${partitionOf(at.region)}:ssm:${region}:${account}:parameter/${path}`;
}

/**
 * ARN of a secret, given its name or ARN. AWS Secrets Manager adds a hyphen and six characters to
 * the name.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
 */
export function secretArn(at: AccountRegion, secret: string): string {
  if (secret.startsWith("arn:")) return secret;
  return arn("secretsmanager", at, `secret:${secret}-??????`);
}

/**
 * ARN of a Systems Manager document, given its name or ARN. The ARNs of AWS's own documents contain
 * no account.
 */
export function documentArn(at: AccountRegion, document: string): string {
  if (document.startsWith("arn:")) return document;
  const isOwnedByAws = /^(AWS|Amazon)/.test(document);
  return arn("ssm", isOwnedByAws ? { ...at, accountId: "" } : at, `document/${document}`);
}

/** ARN of a Lambda function, given its name or ARN. */
export function functionArn(at: AccountRegion, name: string): string {
  return name.startsWith("arn:") ? name : arn("lambda", at, `function:${name}`);
}

// AWS Organizations

export interface OrganizationId {
  /** `o-…` */
  readonly id: string;
  /** 12 digits. */
  readonly managementAccountId: string;
}

export function organizationArn(
  region: string,
  { id, managementAccountId }: OrganizationId,
): string {
  return `arn:${partitionOf(region)}:organizations::${managementAccountId}:organization/${id}`;
}

export function organizationalUnitArn(
  region: string,
  { id, managementAccountId }: OrganizationId,
  unitId: string,
): string {
  return `arn:${partitionOf(region)}:organizations::${managementAccountId}:ou/${id}/${unitId}`;
}
