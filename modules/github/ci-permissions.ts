/** What GitHub Actions read and write of what the stacks are made of, kind by kind. */

/** What of an account a factory's stacks are made of, by patterns: another Region or image mustn't need other rights. */
export interface CiScope {
  readonly partition: string;
  /** 12 digits. */
  readonly accountId: string;
  /** The account whose images are parents, and whose key Auto Scaling is granted. */
  readonly sharedAccountId: string;
  /** What the names of topics, queues, functions, rules and dashboards start with. */
  readonly prefix: string;
  /** What the names of alarms start with. */
  readonly alarmPrefix: string;
  /** Names of the roles that the stacks make, by the service that is handed them. */
  readonly roles: Readonly<Record<"ec2" | "imagebuilder" | "lambda", string>>;
  /** Whether the account has containers, and what the names of their repositories are. */
  readonly hasContainers: boolean;
  readonly repositories: string;
  /** Names of the roles that Image Builder builds in. @default - its service-linked role does */
  readonly executionRoles?: string;
  readonly componentBuckets: string;
  readonly logBuckets: string;
  readonly logGroups: readonly string[];
  readonly aliases: string;
  readonly stateBucket: string;
  /** Keys of the state of every stack. */
  readonly stateKeys: string;
  /** Those of the stack that makes these roles. */
  readonly ownStateKey: string;
  /** Names of these roles, and that of them which deploys. */
  readonly ownRoles: readonly string[];
  readonly deployRole: string;
}

/** What Image Builder keeps of a stack. Builds aren't among it: their tags approve and revoke them. */
const CONFIGURATIONS = [
  "component",
  "distribution-configuration",
  "image-pipeline",
  "image-recipe",
  "infrastructure-configuration",
  "lifecycle-policy",
];

/** Rights to a kind of resource: what a plan reads, and what a deployment does beside. */
export interface Rights {
  /** In Sids. */
  readonly of: string;
  readonly resources: string | readonly string[];
  readonly read: readonly string[];
  readonly write: readonly string[];
}

export function arnIn({ partition, accountId }: CiScope) {
  return (service: string, resource: string, account = accountId, region = "*"): string =>
    `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

export function s3Arn({ partition }: CiScope, resource: string): string {
  return `arn:${partition}:s3:::${resource}`;
}

export function actions(service: string, ...names: string[]): string[] {
  return names.map((name) => `${service}:${name}`);
}

/** Reads with a wildcard: a later provider, which the stacks take, may read more of what it may read already. */
export const BUCKET_SETTINGS = actions("s3", "GetBucket*", "Get*Configuration", "ListBucket");

/** What every account has that bakes. */
function everywhere(scope: CiScope): Rights[] {
  const arn = arnIn(scope);
  const iam = (resource: string): string => arn("iam", resource, scope.accountId, "");
  const { prefix, roles, componentBuckets, logBuckets } = scope;
  return [
    {
      of: "Buckets",
      resources: [s3Arn(scope, componentBuckets), s3Arn(scope, logBuckets)],
      read: BUCKET_SETTINGS,
      write: actions(
        "s3",
        ...[
          "CreateBucket",
          "DeleteBucket",
          "DeleteBucketPolicy",
          "ListBucketVersions",
          "PutBucketOwnershipControls",
        ],
        ...[
          "PutBucketPolicy",
          "PutBucketPublicAccessBlock",
          "PutBucketTagging",
          "PutBucketVersioning",
        ],
        ...["PutEncryptionConfiguration", "PutLifecycleConfiguration"],
      ),
    },
    {
      of: "Documents",
      resources: s3Arn(scope, `${componentBuckets}/*`),
      read: actions("s3", "GetObject", "GetObjectTagging"),
      write: actions("s3", "DeleteObject", "DeleteObjectVersion", "PutObject"),
    },
    {
      // Managing without using. A key has no name before its alias, and its account no other to tell it by.
      of: "Keys",
      resources: arn("kms", "key/*"),
      read: actions(
        "kms",
        "DescribeKey",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListResourceTags",
      ),
      write: actions(
        "kms",
        ...["DisableKeyRotation", "EnableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion"],
        ...["TagResource", "UntagResource", "UpdateKeyDescription"],
      ),
    },
    {
      of: "Aliases",
      resources: [arn("kms", scope.aliases), arn("kms", "key/*")],
      read: [],
      write: actions("kms", "CreateAlias", "DeleteAlias", "UpdateAlias"),
    },
    {
      of: "Roles",
      resources: [
        ...Object.values(roles).map((name) => iam(`role/${name}`)),
        iam(`instance-profile/${roles.ec2}`),
      ],
      read: actions("iam", "Get*", "List*"),
      write: actions(
        "iam",
        ...[
          "AddRoleToInstanceProfile",
          "CreateInstanceProfile",
          "CreateRole",
          "DeleteInstanceProfile",
          "DeleteRole",
        ],
        ...[
          "DeleteRolePolicy",
          "PutRolePolicy",
          "RemoveRoleFromInstanceProfile",
          "TagInstanceProfile",
          "TagRole",
        ],
        ...[
          "UntagInstanceProfile",
          "UntagRole",
          "UpdateAssumeRolePolicy",
          "UpdateRole",
          "UpdateRoleDescription",
        ],
      ),
    },
    {
      of: "Topics",
      resources: arn("sns", `${prefix}*`),
      read: actions("sns", "Get*", "List*"),
      write: actions(
        "sns",
        ...[
          "CreateTopic",
          "DeleteTopic",
          "Publish",
          "SetSubscriptionAttributes",
          "SetTopicAttributes",
        ],
        ...["Subscribe", "TagResource", "Unsubscribe", "UntagResource"],
      ),
    },
    {
      of: "LogGroups",
      // AWS asks for a group's rights with and without what stands for its streams.
      resources: scope.logGroups
        .flatMap((name) => (name.endsWith("*") ? [name] : [name, `${name}:*`]))
        .map((name) => arn("logs", `log-group:${name}`)),
      read: actions("logs", "ListTagsForResource"),
      write: actions(
        "logs",
        ...[
          "AssociateKmsKey",
          "CreateLogGroup",
          "DeleteLogGroup",
          "PutRetentionPolicy",
          "TagResource",
          "UntagResource",
        ],
      ),
    },
    {
      of: "ImageBuilder",
      resources: CONFIGURATIONS.map((kind) => arn("imagebuilder", `${kind}/*`)),
      read: actions("imagebuilder", "Get*", "ListTagsForResource"),
      write: actions(
        "imagebuilder",
        ...["Component", "ImageRecipe"].map((kind) => `Create${kind}`),
        "DeleteImageRecipe",
        ...[
          "DistributionConfiguration",
          "ImagePipeline",
          "InfrastructureConfiguration",
          "LifecyclePolicy",
        ].flatMap((kind) => ["Create", "Delete", "Update"].map((verb) => `${verb}${kind}`)),
        ...["TagResource", "UntagResource"],
      ),
    },
  ];
}

/** What only the account that shares has: shares, and the function that keeps them. */
function sharing(scope: CiScope): Rights[] {
  const arn = arnIn(scope);
  const { prefix, alarmPrefix } = scope;
  return [
    {
      // In one, because IAM takes 10,240 characters of a role's own policies.
      of: "Updater",
      resources: [
        arn("lambda", `function:${prefix}*`),
        arn("sqs", `${prefix}*`),
        arn("events", `rule/${prefix}*`),
        arn("cloudwatch", `alarm:${alarmPrefix}*`),
        arn("cloudwatch", `dashboard/${prefix}*`, scope.accountId, ""),
      ],
      read: [
        ...actions("lambda", "Get*", "List*"),
        ...actions("sqs", "Get*", "ListQueueTags"),
        ...actions("events", "DescribeRule", "List*"),
        ...actions("cloudwatch", "GetDashboard", "ListTagsForResource"),
      ],
      write: [
        ...actions(
          "lambda",
          ...["AddPermission", "CreateFunction", "DeleteFunction", "DeleteFunctionConcurrency"],
          ...[
            "DeleteFunctionEventInvokeConfig",
            "PutFunctionConcurrency",
            "PutFunctionEventInvokeConfig",
            "RemovePermission",
          ],
          ...["TagResource", "UntagResource", "UpdateFunctionCode", "UpdateFunctionConfiguration"],
          "UpdateFunctionEventInvokeConfig",
        ),
        ...actions(
          "sqs",
          "CreateQueue",
          "DeleteQueue",
          "SetQueueAttributes",
          "TagQueue",
          "UntagQueue",
        ),
        ...actions(
          "events",
          "DeleteRule",
          "PutRule",
          "PutTargets",
          "RemoveTargets",
          "TagResource",
          "UntagResource",
        ),
        ...actions(
          "cloudwatch",
          ...[
            "DeleteAlarms",
            "DeleteDashboards",
            "PutDashboard",
            "PutMetricAlarm",
            "TagResource",
            "UntagResource",
          ],
        ),
      ],
    },
    {
      of: "SharePermissions",
      resources: arn("ram", "resource-share/*"),
      read: actions("ram", "ListResourceSharePermissions"),
      write: [],
    },
  ];
}

export function isSharing({ accountId, sharedAccountId }: CiScope): boolean {
  return accountId === sharedAccountId;
}

export function rightsOf(scope: CiScope): Rights[] {
  return [...everywhere(scope), ...(isSharing(scope) ? sharing(scope) : [])];
}
