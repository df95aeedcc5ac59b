/** Permissions to read and to manage the resources of the stacks, by kind of resource. */

import { MANIFEST_PREFIX } from "../../contract/manifest";
import { REBUILDER_MANIFEST_PREFIX } from "../../contract/rebuilder-manifest";
import { RECORDER_MANIFEST_PREFIX } from "../../contract/recorder";
import type { Statement } from "../common/policy";
import { DOCUMENTS_PREFIX } from "../image-builder/component";
import { type CiScope, globalArn, isSharedAccount, regionalArn, roleArn, s3Arn } from "./ci-scope";

/**
 * The managed policies of the deploy role, by what they allow to manage. One policy would exceed
 * the 6,144 characters that a managed policy can have.
 */
export type DeployPolicy =
  | "build-environment"
  | "keys"
  | "roles"
  | "image-builder"
  | "sharing"
  | "rebuilding"
  | "additions";

/** Permissions for one kind of resource. */
export interface ResourceKind {
  /** End of the statements' Sids. */
  readonly name: string;
  /** Policy of the deploy role that contains the permissions. */
  readonly policy: DeployPolicy;
  readonly arns: (scope: CiScope) => string | readonly string[];
  /** Actions of plans and deployments. */
  readonly read: readonly string[];
  /** Actions of deployments only. */
  readonly write: readonly string[];
}

/**
 * Kinds of Image Builder resources. Builds aren't among them, because their tags approve and revoke
 * builds.
 */
const IMAGE_BUILDER_RESOURCES = [
  "component",
  "distribution-configuration",
  "image-pipeline",
  "image-recipe",
  "infrastructure-configuration",
  "lifecycle-policy",
];

/**
 * Actions that read a bucket's settings. Wildcards allow for later provider versions, which may
 * read more settings.
 */
export const READ_BUCKET_SETTINGS = ["s3:GetBucket*", "s3:Get*Configuration", "s3:ListBucket"];

/** Patterns of the ARNs of the roles of functions that not every account has. */
export function additionalFunctionRoles(scope: CiScope): string[] {
  const { rebuilder, recorder } = scope;
  return [rebuilder, recorder].flatMap((one) => (one ? [roleArn(scope, one.roles)] : []));
}

/** Start of the keys of what Terraform writes to the bucket of component documents. */
const DOCUMENT_PREFIXES = [
  DOCUMENTS_PREFIX,
  MANIFEST_PREFIX,
  REBUILDER_MANIFEST_PREFIX,
  RECORDER_MANIFEST_PREFIX,
];

/** Kinds of resources of every account that builds. */
const BUILD_RESOURCES: readonly ResourceKind[] = [
  {
    name: "Buckets",
    policy: "build-environment",
    arns: (scope) =>
      [
        scope.componentBuckets,
        scope.logBuckets,
        ...(scope.recorder?.buckets ? [scope.recorder.buckets] : []),
      ].map((name) => s3Arn(scope, name)),
    read: READ_BUCKET_SETTINGS,
    write: [
      "s3:CreateBucket",
      "s3:DeleteBucket",
      "s3:DeleteBucketPolicy",
      "s3:ListBucketVersions",
      "s3:PutBucketOwnershipControls",
      "s3:PutBucketPolicy",
      "s3:PutBucketPublicAccessBlock",
      "s3:PutBucketTagging",
      "s3:PutBucketVersioning",
      "s3:PutEncryptionConfiguration",
      "s3:PutLifecycleConfiguration",
    ],
  },
  {
    name: "Documents",
    policy: "build-environment",
    arns: (scope) =>
      DOCUMENT_PREFIXES.map((prefix) => s3Arn(scope, `${scope.componentBuckets}/${prefix}*`)),
    read: ["s3:GetObject", "s3:GetObjectTagging"],
    write: ["s3:PutObject"],
  },
  {
    // Administration without use. Keys have random ids, so the statement covers all keys of the
    // account.
    name: "Keys",
    policy: "keys",
    arns: (scope) => regionalArn(scope, "kms", "key/*"),
    read: [
      "kms:DescribeKey",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:ListResourceTags",
    ],
    write: [
      "kms:DisableKeyRotation",
      "kms:EnableKeyRotation",
      "kms:PutKeyPolicy",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateKeyDescription",
    ],
  },
  {
    name: "Aliases",
    policy: "keys",
    arns: (scope) => [regionalArn(scope, "kms", scope.aliases), regionalArn(scope, "kms", "key/*")],
    read: [],
    write: ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
  },
  {
    name: "Roles",
    policy: "roles",
    arns: (scope) => [
      ...Object.values(scope.roles).map((name) => roleArn(scope, name)),
      ...additionalFunctionRoles(scope),
      ...(scope.fleetRole === undefined ? [] : [roleArn(scope, scope.fleetRole)]),
      globalArn(scope, "iam", `instance-profile/${scope.roles.ec2}`),
    ],
    read: ["iam:Get*", "iam:List*"],
    write: [
      "iam:AddRoleToInstanceProfile",
      "iam:CreateInstanceProfile",
      "iam:CreateRole",
      "iam:DeleteInstanceProfile",
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:PutRolePolicy",
      "iam:RemoveRoleFromInstanceProfile",
      "iam:TagInstanceProfile",
      "iam:TagRole",
      "iam:UntagInstanceProfile",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:UpdateRoleDescription",
    ],
  },
  {
    name: "Topics",
    policy: "build-environment",
    arns: (scope) => regionalArn(scope, "sns", `${scope.prefix}*`),
    read: ["sns:Get*", "sns:List*"],
    write: [
      "sns:CreateTopic",
      "sns:DeleteTopic",
      "sns:Publish",
      "sns:SetSubscriptionAttributes",
      "sns:SetTopicAttributes",
      "sns:Subscribe",
      "sns:TagResource",
      "sns:Unsubscribe",
      "sns:UntagResource",
    ],
  },
  {
    // AWS checks these permissions for the ARN of the log group, with and without the suffix for
    // its streams.
    name: "LogGroups",
    policy: "build-environment",
    arns: (scope) =>
      scope.logGroups
        .flatMap((name) => (name.endsWith("*") ? [name] : [name, `${name}:*`]))
        .map((name) => regionalArn(scope, "logs", `log-group:${name}`)),
    read: ["logs:ListTagsForResource"],
    write: [
      "logs:AssociateKmsKey",
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ],
  },
  {
    name: "ImageBuilder",
    policy: "image-builder",
    arns: (scope) =>
      IMAGE_BUILDER_RESOURCES.map((kind) => regionalArn(scope, "imagebuilder", `${kind}/*`)),
    read: ["imagebuilder:Get*", "imagebuilder:ListTagsForResource"],
    write: [
      "imagebuilder:CreateComponent",
      "imagebuilder:CreateImageRecipe",
      "imagebuilder:DeleteImageRecipe",
      "imagebuilder:CreateDistributionConfiguration",
      "imagebuilder:DeleteDistributionConfiguration",
      "imagebuilder:UpdateDistributionConfiguration",
      "imagebuilder:CreateImagePipeline",
      "imagebuilder:DeleteImagePipeline",
      "imagebuilder:UpdateImagePipeline",
      "imagebuilder:CreateInfrastructureConfiguration",
      "imagebuilder:DeleteInfrastructureConfiguration",
      "imagebuilder:UpdateInfrastructureConfiguration",
      "imagebuilder:CreateLifecyclePolicy",
      "imagebuilder:DeleteLifecyclePolicy",
      "imagebuilder:UpdateLifecyclePolicy",
      "imagebuilder:TagResource",
      "imagebuilder:UntagResource",
    ],
  },
];

const READ_FUNCTIONS = [
  "lambda:Get*",
  "lambda:List*",
  "sqs:Get*",
  "sqs:ListQueueTags",
  "events:DescribeRule",
  "events:List*",
  "cloudwatch:ListTagsForResource",
];

/** Functions with their queues, rules and alarms. */
const WRITE_FUNCTIONS = [
  "lambda:AddPermission",
  "lambda:CreateFunction",
  "lambda:DeleteFunction",
  "lambda:DeleteFunctionEventInvokeConfig",
  "lambda:PutFunctionEventInvokeConfig",
  "lambda:RemovePermission",
  "lambda:TagResource",
  "lambda:UntagResource",
  "lambda:UpdateFunctionCode",
  "lambda:UpdateFunctionConfiguration",
  "lambda:UpdateFunctionEventInvokeConfig",
  "sqs:CreateQueue",
  "sqs:DeleteQueue",
  "sqs:SetQueueAttributes",
  "sqs:TagQueue",
  "sqs:UntagQueue",
  "events:DeleteRule",
  "events:PutRule",
  "events:PutTargets",
  "events:RemoveTargets",
  "events:TagResource",
  "events:UntagResource",
  "cloudwatch:DeleteAlarms",
  "cloudwatch:PutMetricAlarm",
  "cloudwatch:TagResource",
  "cloudwatch:UntagResource",
];

/**
 * Kinds of resources of the shared account only: the updater and the resource shares. The
 * rebuilder of the shared account has the same permissions as the updater.
 */
const SHARING_RESOURCES: readonly ResourceKind[] = [
  {
    // One statement for several services: their actions and resources don't overlap.
    name: "Updater",
    policy: "sharing",
    arns: (scope) => [
      regionalArn(scope, "lambda", `function:${scope.prefix}*`),
      regionalArn(scope, "sqs", `${scope.prefix}*`),
      regionalArn(scope, "events", `rule/${scope.prefix}*`),
      regionalArn(scope, "cloudwatch", `alarm:${scope.alarmPrefix}*`),
      globalArn(scope, "cloudwatch", `dashboard/${scope.prefix}*`),
    ],
    read: [...READ_FUNCTIONS, "cloudwatch:GetDashboard"],
    write: [
      ...WRITE_FUNCTIONS,
      "lambda:InvokeFunction",
      "cloudwatch:DeleteDashboards",
      "cloudwatch:PutDashboard",
    ],
  },
  mappingKind("sharing"),
  {
    name: "SharePermissions",
    policy: "sharing",
    arns: (scope) => regionalArn(scope, "ram", "resource-share/*"),
    read: ["ram:ListResourceSharePermissions"],
    write: [],
  },
];

/**
 * Returns the mappings of queues to functions. They have random ids: a condition limits changes to
 * those of the factory's functions.
 */
function mappingKind(policy: DeployPolicy): ResourceKind {
  return {
    name: "EventSourceMappings",
    policy,
    arns: (scope) => regionalArn(scope, "lambda", "event-source-mapping:*"),
    read: ["lambda:GetEventSourceMapping", "lambda:ListTags"],
    write: ["lambda:TagResource", "lambda:UntagResource"],
  };
}

/** Returns the rebuilder of an app account, and the mapping of its queue. */
function rebuilderKinds(names: string): ResourceKind[] {
  const rebuilder: ResourceKind = {
    name: "Rebuilder",
    policy: "rebuilding",
    arns: (scope) => [
      regionalArn(scope, "lambda", `function:${names}`),
      regionalArn(scope, "sqs", names),
      regionalArn(scope, "events", `rule/${names}`),
      regionalArn(scope, "cloudwatch", `alarm:${scope.alarmPrefix}*`),
    ],
    read: READ_FUNCTIONS,
    write: WRITE_FUNCTIONS,
  };
  return [rebuilder, mappingKind("rebuilding")];
}

/** Kinds of resources of the account's stacks, except those of containers and workflows. */
export function resourceKinds(scope: CiScope): readonly ResourceKind[] {
  if (isSharedAccount(scope)) return [...BUILD_RESOURCES, ...SHARING_RESOURCES];
  const { rebuilder } = scope;
  return rebuilder ? [...BUILD_RESOURCES, ...rebuilderKinds(rebuilder.resources)] : BUILD_RESOURCES;
}

/** Statements that let plans read resources. */
export function readStatements(scope: CiScope, kinds: readonly ResourceKind[]): Statement[] {
  return kinds
    .filter(({ read }) => read.length > 0)
    .map(({ name, arns, read }) => ({ Sid: `Read${name}`, Action: read, Resource: arns(scope) }));
}

/** Statements that let deployments read, create, change and destroy resources. */
export function manageStatements(scope: CiScope, kinds: readonly ResourceKind[]): Statement[] {
  return kinds.map(({ name, arns, read, write }) => ({
    Sid: `Manage${name}`,
    Action: [...read, ...write],
    Resource: arns(scope),
  }));
}
