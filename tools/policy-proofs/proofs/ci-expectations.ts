/**
 * The permissions that the roles for GitHub Actions must have, resource by resource. The lists of
 * writes are complete: they prove that the deploy role can do nothing else. The end-to-end test
 * proves the opposite, that Terraform needs no more than the roles allow.
 */
import { buildablesOf } from "../../../config/model";
import {
  LICENSES_POLICY,
  PRIVATE_HOST,
  PRIVATE_PARENT,
  PUBLIC_PARENT,
  SOURCES_POLICY,
} from "../../fixtures/random-factories";
import type { Context } from "../../iam/evaluate";
import type { Resource } from "../../iam/resolved-stacks";
import type { PolicyFixture } from "../policy-fixture";
import {
  amiParameters,
  FIND_ACTIONS,
  hasRecorder,
  isFollowing,
  needsExecutionRole,
  ownerOf,
  words,
} from "./support";

export const ISSUER = "token.actions.githubusercontent.com";

const PREFIX = "golden-image-factory";

export interface Expectation {
  readonly service: string;
  readonly resource: string;
  readonly context?: Context;
  /** All write actions of the deploy role. @default - none */
  readonly writes: readonly string[];
  /** Read actions that the roles need; they may have others. @default - none */
  readonly reads: readonly string[];
  /** Whether the plan role doesn't need `reads`. @default false */
  readonly isDeployOnly?: boolean;
  /**
   * Whether both roles may decrypt, which the authorization reference calls a write. @default false
   */
  readonly isDecrypted?: boolean;
}

type Details = Partial<Omit<Expectation, "service" | "resource">>;

function expectation(service: string, resource: string, details: Details = {}): Expectation {
  return { service, resource, writes: [], reads: [], ...details };
}

/** An account with the names and ARNs of its resources. */
interface Scope {
  readonly account: string;
  readonly sharedAccount: string;
  readonly region: string;
  /** Whether it is the shared account. */
  readonly isShared: boolean;
  readonly stateBucket: string;
  /** The stack of the state bucket. */
  readonly stateStack: string;
  /** Whether an image of the account follows its parent. */
  readonly hasRebuilder: boolean;
  /** Whether operators may look at the account. */
  readonly hasFleetRole: boolean;
  /** Whether it is the shared account, and records builds. */
  readonly hasRecorder: boolean;
  /** Whether it is the shared account, and stores evidence about builds. */
  readonly hasEvidence: boolean;
  /** Whether Terraform rejects plans that destroy keys and buckets with objects. */
  readonly isProtected: boolean;
  readonly hasContainers: boolean;
  readonly hasExecutionRole: boolean;
  /** Paths of the SSM parameters that contain the IDs of parents and of build instances' AMIs. */
  readonly amiParameters: readonly string[];
  /** ARNs of the policies that build roles may have, in addition to AWS's. */
  readonly buildPolicies: readonly string[];
  readonly arn: (service: string, resource: string) => string;
  readonly iamArn: (resource: string) => string;
}

function scopeOf(fixture: PolicyFixture, role: Resource): Scope {
  const { factory, stacks } = fixture;
  const { account, region, stack } = role;
  const owner = ownerOf(fixture, role);
  const buildables = buildablesOf(owner);
  const [bucket] = stacks.resourcesOf("aws_s3_bucket", stack);
  return {
    account,
    sharedAccount: factory.shared.id,
    region,
    isShared: account === factory.shared.id,
    stateBucket: String(bucket?.config.bucket),
    stateStack: stack,
    hasRebuilder: buildables.some(isFollowing),
    hasFleetRole: factory.apps.some((app) => app === owner && app.fleet),
    hasRecorder: account === factory.shared.id && hasRecorder(factory),
    hasEvidence: account === factory.shared.id && factory.evidence,
    isProtected: factory.protect,
    hasContainers: buildables.some(({ kind }) => kind === "container"),
    hasExecutionRole: buildables.some(needsExecutionRole),
    amiParameters: buildables.flatMap(amiParameters),
    buildPolicies: [owner, ...buildables].flatMap(({ buildAccess }) => buildAccess.policies),
    arn: (service, resource) => `arn:aws:${service}:${region}:${account}:${resource}`,
    iamArn: (resource) => `arn:aws:iam::${account}:${resource}`,
  };
}

const TAG_ACTIONS = ["TagResource", "UntagResource"];

export const BUCKET_WRITES = words(`
  CreateBucket DeleteBucket DeleteBucketPolicy PutBucketOwnershipControls PutBucketPolicy
  PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration
  PutLifecycleConfiguration
`);

function bucketExpectations({
  account,
  region,
  stateBucket,
  stateStack,
  hasEvidence,
  isProtected,
}: Scope): Expectation[] {
  const bucket = (name: string): string => `arn:aws:s3:::${name}`;
  const state = (key: string): string => bucket(`${stateBucket}/${PREFIX}/${key}`);
  return [
    expectation("s3", bucket(`${PREFIX}-components-${account}-${region}`), {
      writes: BUCKET_WRITES,
      reads: words(
        "GetAccelerateConfiguration GetBucketPolicy GetEncryptionConfiguration ListBucket",
      ),
    }),
    expectation("s3", bucket(`${PREFIX}-logs-${account}-${region}`), {
      writes: BUCKET_WRITES,
      reads: ["GetLifecycleConfiguration"],
    }),
    // The pattern of the bucket matches keys, too. None of the actions on the bucket is for objects:
    // the deploy role can't write evidence, and can delete it only if the factory isn't protected.
    ...["", "/base/1.0.0/1/provenance.dsse.json"].map((key) =>
      expectation("s3", bucket(`${PREFIX}-evidence-${account}-${region}${key}`), {
        writes: hasEvidence
          ? [
              ...BUCKET_WRITES,
              ...(isProtected || key === "" ? [] : ["DeleteObject", "DeleteObjectVersion"]),
            ]
          : [],
        reads: hasEvidence ? ["GetBucketPolicy", "ListBucket"] : [],
      }),
    ),
    expectation("s3", bucket("other-bucket")),
    expectation("s3", bucket(stateBucket), { reads: ["ListBucket"] }),
    expectation("s3", state("x.tfstate"), { writes: ["PutObject"], reads: ["GetObject"] }),
    expectation("s3", state("x.tfstate.tflock"), {
      writes: ["DeleteObject", "PutObject"],
      reads: ["GetObject"],
    }),
    // The stack that creates these roles is deployed by its account's administrators.
    expectation("s3", state(`${stateStack}.tfstate`), { reads: ["GetObject"] }),
    expectation("s3", state(`${stateStack}.tfstate.tflock`), { reads: ["GetObject"] }),
    expectation("s3", state("else")),
  ];
}

const KEY_WRITES = words(`
  CreateAlias DeleteAlias DisableKeyRotation EnableKeyRotation PutKeyPolicy ScheduleKeyDeletion
  TagResource UntagResource UpdateAlias UpdateKeyDescription
`);

const ENCRYPT_ACTIONS = words(`
  Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext
  GenerateDataKeyWithoutPlaintext
`);

function keyExpectations(scope: Scope): Expectation[] {
  const { account, region, isShared, hasContainers, sharedAccount, arn } = scope;
  const key = arn("kms", "key/1");
  const whenContainers = (...actions: string[]): string[] => (hasContainers ? actions : []);
  const used = { isDecrypted: true, writes: [...KEY_WRITES, ...ENCRYPT_ACTIONS] };
  const viaEcr = { "kms:ViaService": `ecr.${region}.amazonaws.com` };
  const forAws = { "kms:GrantIsForAWSResource": "true" };
  return [
    expectation("kms", key, {
      writes: KEY_WRITES,
      reads: words("DescribeKey GetKeyPolicy GetKeyRotationStatus ListAliases ListResourceTags"),
    }),
    expectation("kms", key, {
      ...used,
      context: {
        "kms:EncryptionContext:aws:s3:arn": `arn:aws:s3:::${PREFIX}-components-${account}-${region}`,
      },
    }),
    expectation("kms", key, {
      ...used,
      context: { "aws:CalledVia": ["imagebuilder.amazonaws.com"] },
    }),
    expectation("kms", key, {
      context: { ...viaEcr, ...forAws },
      writes: [...KEY_WRITES, ...whenContainers("CreateGrant", "RetireGrant")],
    }),
    expectation("kms", key, {
      context: viaEcr,
      writes: [...KEY_WRITES, ...whenContainers("RetireGrant")],
    }),
    expectation("kms", key, {
      context: { "kms:ViaService": "s3.x.amazonaws.com" },
      writes: KEY_WRITES,
    }),
    expectation("kms", key, {
      context: { "kms:ViaService": `ec2.${region}.amazonaws.com`, ...forAws },
      writes: KEY_WRITES,
    }),
    expectation("kms", arn("kms", `alias/${PREFIX}/images`), {
      writes: ["CreateAlias", "DeleteAlias", "UpdateAlias"],
    }),
    expectation("kms", arn("kms", "alias/else")),
    ...(isShared
      ? []
      : [
          expectation("kms", `arn:aws:kms:${region}:${sharedAccount}:key/1`, {
            writes: ["CreateGrant", "RetireGrant"],
            reads: FIND_ACTIONS,
          }),
        ]),
  ];
}

const ROLE_WRITES = words(`
  AddRoleToInstanceProfile CreateInstanceProfile CreateRole DeleteInstanceProfile DeleteRole
  DeleteRolePolicy PutRolePolicy RemoveRoleFromInstanceProfile TagInstanceProfile TagRole
  UntagInstanceProfile UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription
`);

const ROLE_READS = words("GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies");

function managedPolicy(path: string): Context {
  return { "iam:PolicyARN": `arn:aws:iam::aws:policy/${path}` };
}

function passedTo(service: string): Context {
  return { "iam:PassedToService": `${service}.amazonaws.com` };
}

/** The managed policies that the deploy role may attach to the roles of the stacks. */
const ATTACHABLE_POLICIES = [
  ["build", "AmazonSSMManagedInstanceCore"],
  ["build", "EC2InstanceProfileForImageBuilder"],
  ["lifecycle", "service-role/EC2ImageBuilderLifecycleExecutionPolicy"],
  ["share-updater", "AmazonSSMManagedInstanceCore"],
] as const;

/** The roles of functions that not every account has. */
function functionRoleExpectations({
  region,
  iamArn,
  hasRebuilder,
  hasRecorder,
}: Scope): Expectation[] {
  return [
    ["rebuilder", hasRebuilder],
    ["recorder", hasRecorder],
  ].flatMap(([name, isThere]) => {
    const role = iamArn(`role/${PREFIX}-${name}-${region}`);
    const granted = (...actions: string[]): string[] => (isThere ? actions : []);
    const writes = granted(...ROLE_WRITES);
    return [
      expectation("iam", role, { writes, reads: granted(...ROLE_READS) }),
      expectation("iam", role, { context: managedPolicy("AmazonSSMManagedInstanceCore"), writes }),
      expectation("iam", role, {
        context: passedTo("lambda"),
        writes: granted(...ROLE_WRITES, "PassRole"),
      }),
      expectation("iam", role, { context: passedTo("ec2"), writes }),
    ];
  });
}

function roleExpectations(scope: Scope): Expectation[] {
  const { region, iamArn, buildPolicies, hasFleetRole } = scope;
  const role = (name: string): string => iamArn(`role/${PREFIX}-${name}-${region}`);
  const build = role("build");
  const pass = [...ROLE_WRITES, "PassRole"];
  return [
    ...["build", "lifecycle", "share-updater"].map((name) =>
      expectation("iam", role(name), { writes: ROLE_WRITES, reads: ROLE_READS }),
    ),
    ...[{}, managedPolicy("AmazonSSMManagedInstanceCore"), passedTo("lambda")].map((context) =>
      expectation("iam", iamArn(`role/${PREFIX}-fleet`), {
        context,
        writes: hasFleetRole ? ROLE_WRITES : [],
        reads: hasFleetRole ? ROLE_READS : [],
      }),
    ),
    expectation("iam", iamArn(`instance-profile/${PREFIX}-build-${region}`), {
      writes: ROLE_WRITES,
      reads: ["GetInstanceProfile"],
    }),
    ...ATTACHABLE_POLICIES.map(([name, path]) =>
      expectation("iam", role(name), {
        context: managedPolicy(path),
        writes: [...ROLE_WRITES, "AttachRolePolicy", "DetachRolePolicy"],
      }),
    ),
    expectation("iam", build, {
      context: managedPolicy("AdministratorAccess"),
      writes: ROLE_WRITES,
    }),
    ...[LICENSES_POLICY, SOURCES_POLICY].flatMap((name) => {
      const policyArn = iamArn(name);
      const context = { "iam:PolicyARN": policyArn };
      const isNamed = buildPolicies.includes(policyArn);
      return [
        expectation("iam", build, {
          context,
          writes: [...ROLE_WRITES, ...(isNamed ? ["AttachRolePolicy", "DetachRolePolicy"] : [])],
        }),
        expectation("iam", role("lifecycle"), { context, writes: ROLE_WRITES }),
      ];
    }),
    expectation("iam", `${build}--base`, { writes: ROLE_WRITES, reads: ROLE_READS }),
    ...functionRoleExpectations(scope),
    expectation("iam", build, { context: passedTo("ec2"), writes: pass }),
    expectation("iam", build, { context: passedTo("lambda"), writes: ROLE_WRITES }),
    expectation("iam", role("share-updater"), { context: passedTo("lambda"), writes: pass }),
    expectation("iam", role("lifecycle"), { context: passedTo("imagebuilder"), writes: pass }),
    expectation(
      "iam",
      iamArn("role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder"),
      { writes: ["CreateServiceLinkedRole"], reads: ["GetRole"], isDeployOnly: true },
    ),
    expectation("iam", iamArn("role/aws-service-role/other.amazonaws.com/X")),
    // The roles for GitHub Actions can't change themselves.
    expectation("iam", iamArn(`role/${PREFIX}-plan`)),
    expectation("iam", iamArn(`role/${PREFIX}-deploy`)),
    ...["deploy-sharing", "deploy-rebuilding", "deploy-additions"].map((name) =>
      expectation("iam", iamArn(`policy/${PREFIX}-${name}`)),
    ),
    expectation("iam", iamArn(`oidc-provider/${ISSUER}`)),
  ];
}

const TOPIC_WRITES = words(`
  CreateTopic DeleteTopic Publish SetSubscriptionAttributes SetTopicAttributes Subscribe
  TagResource Unsubscribe UntagResource
`);

const LOG_GROUP_WRITES = words(`
  AssociateKmsKey CreateLogGroup DeleteLogGroup PutRetentionPolicy TagResource UntagResource
`);

function topicAndLogExpectations({ arn, hasRebuilder, hasRecorder }: Scope): Expectation[] {
  const functions = { "share-updater": true, rebuilder: hasRebuilder, recorder: hasRecorder };
  const groupsOf = (isThere: boolean): string[] =>
    Object.entries(functions).flatMap(([name, exists]) =>
      exists === isThere ? [`/aws/lambda/${PREFIX}-${name}`] : [],
    );
  const logGroups = ["/aws/imagebuilder/base", ...groupsOf(true)];
  return [
    ...["notifications", "notes"].map((name) =>
      expectation("sns", arn("sns", `${PREFIX}-${name}`), {
        writes: TOPIC_WRITES,
        reads: words("GetSubscriptionAttributes GetTopicAttributes ListTagsForResource"),
      }),
    ),
    expectation("sns", arn("sns", "else")),
    // AWS checks the ARN of a log group with and without the part for log streams.
    ...logGroups
      .flatMap((name) => [name, `${name}:log-stream:`])
      .map((name) =>
        expectation("logs", arn("logs", `log-group:${name}`), {
          writes: LOG_GROUP_WRITES,
          reads: ["DescribeLogGroups", "ListTagsForResource"],
        }),
      ),
    ...["/else", ...groupsOf(false)].map((name) =>
      expectation("logs", arn("logs", `log-group:${name}`), { reads: ["DescribeLogGroups"] }),
    ),
  ];
}

const CONFIGURATION_WRITES = words(`
  CreateComponent CreateDistributionConfiguration CreateImagePipeline CreateImageRecipe
  CreateInfrastructureConfiguration CreateLifecyclePolicy DeleteDistributionConfiguration
  DeleteImagePipeline DeleteImageRecipe DeleteInfrastructureConfiguration DeleteLifecyclePolicy
  TagResource UntagResource UpdateDistributionConfiguration UpdateImagePipeline
  UpdateInfrastructureConfiguration UpdateLifecyclePolicy
`);

const CONFIGURATIONS = [
  "component/agent/1.0.0/1",
  "distribution-configuration/base",
  "image-pipeline/base",
  "image-recipe/base/1.0.0",
  "infrastructure-configuration/base",
  "lifecycle-policy/base",
];

function imageBuilderExpectations({ account, region, arn }: Scope): Expectation[] {
  const owned = (owner: string, resource: string): string =>
    `arn:aws:imagebuilder:${region}:${owner}:${resource}`;
  return [
    ...CONFIGURATIONS.map((resource) =>
      expectation("imagebuilder", arn("imagebuilder", resource), {
        writes: CONFIGURATION_WRITES,
        reads: words("GetComponent GetImagePipeline GetImageRecipe ListTagsForResource"),
      }),
    ),
    // Tags of a build approve and revoke it, and its policy shares it.
    ...[account, "aws", "888888888888"].map((owner) =>
      expectation("imagebuilder", owned(owner, "image/base/1.0.0/1"), { reads: ["GetImage"] }),
    ),
    expectation("imagebuilder", owned("aws", "component/update-linux/1.0.0/1"), {
      reads: ["GetComponent"],
    }),
    expectation("inspector2", "*", { reads: ["BatchGetAccountStatus"], isDeployOnly: true }),
    expectation("ec2", `arn:aws:ec2:${region}::image/ami-1`, {
      context: { "aws:ResourceTag/Ec2ImageBuilderArn": "x" },
      reads: ["DescribeImages"],
      isDeployOnly: true,
    }),
  ];
}

const FUNCTION_WRITES = words(`
  AddPermission CreateFunction DeleteFunction DeleteFunctionEventInvokeConfig InvokeFunction
  PutFunctionEventInvokeConfig RemovePermission TagResource UntagResource UpdateFunctionCode
  UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig
`);

const QUEUE_WRITES = words("CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue");

const RULE_WRITES = words("DeleteRule PutRule PutTargets RemoveTargets TagResource UntagResource");

const ALARM_WRITES = words(`
  DeleteAlarms DeleteDashboards PutDashboard PutMetricAlarm TagResource UntagResource
`);

/** Mappings have random ids, so a condition limits the role to those of the factory's functions. */
function mappingExpectations({ isShared, hasRebuilder, arn }: Scope): Expectation[] {
  const hasMappings = isShared || hasRebuilder;
  const granted = (...actions: string[]): readonly string[] => (hasMappings ? actions : []);
  const changes = [
    "CreateEventSourceMapping",
    "DeleteEventSourceMapping",
    ...TAG_ACTIONS,
    "UpdateEventSourceMapping",
  ];
  const mapping = arn("lambda", "event-source-mapping:1");
  const of = (name: string): Context => ({
    "lambda:FunctionArn": arn("lambda", `function:${name}`),
  });
  return [
    expectation("lambda", mapping, {
      context: of(`${PREFIX}-share-updater`),
      writes: isShared ? changes : granted(...TAG_ACTIONS),
      reads: granted("GetEventSourceMapping", "ListTags"),
    }),
    expectation("lambda", mapping, {
      context: of(`${PREFIX}-rebuilder`),
      writes: granted(...changes),
      reads: granted("GetEventSourceMapping", "ListTags"),
    }),
    expectation("lambda", mapping, { context: of("else"), writes: granted(...TAG_ACTIONS) }),
    expectation("lambda", mapping, { writes: granted(...TAG_ACTIONS) }),
  ];
}

/** Functions with their queues and rules. In the shared account, the names are those of both. */
function rebuilderExpectations({ isShared, hasRebuilder, arn }: Scope): Expectation[] {
  const granted = (actions: readonly string[]): readonly string[] =>
    isShared || hasRebuilder ? actions : [];
  const writes = isShared
    ? FUNCTION_WRITES
    : FUNCTION_WRITES.filter((action) => action !== "InvokeFunction");
  return [
    expectation("lambda", arn("lambda", `function:${PREFIX}-rebuilder`), {
      writes: granted(writes),
      reads: granted(["GetFunction", "GetPolicy", "ListVersionsByFunction"]),
    }),
    ...["", "-failed"].map((suffix) =>
      expectation("sqs", arn("sqs", `${PREFIX}-rebuilder${suffix}`), {
        writes: granted(QUEUE_WRITES),
        reads: granted(["GetQueueAttributes", "ListQueueTags"]),
      }),
    ),
    ...["", "-builds", "-shares"].map((suffix) =>
      expectation("events", arn("events", `rule/${PREFIX}-rebuilder${suffix}`), {
        writes: granted(RULE_WRITES),
        reads: granted(["DescribeRule", "ListTargetsByRule"]),
      }),
    ),
  ];
}

const DASHBOARD_WRITES = ["DeleteDashboards", "PutDashboard"];

function alarmExpectations({ account, region, isShared, hasRebuilder, arn }: Scope): Expectation[] {
  const hasAlarms = isShared || hasRebuilder;
  const writes = ALARM_WRITES.filter(
    (action) => isShared || (hasAlarms && !DASHBOARD_WRITES.includes(action)),
  );
  return [
    ...["base--stable-age", "web-behind-parent", "factory-rebuilder-errors"].map((name) =>
      expectation("cloudwatch", arn("cloudwatch", `alarm:golden-image-${name}`), {
        writes,
        reads: ["DescribeAlarms", ...(hasAlarms ? ["ListTagsForResource"] : [])],
      }),
    ),
    expectation("cloudwatch", `arn:aws:cloudwatch::${account}:dashboard/${PREFIX}-${region}`, {
      writes: isShared ? ALARM_WRITES : [],
      reads: ["DescribeAlarms", ...(isShared ? ["GetDashboard", "ListTagsForResource"] : [])],
    }),
    expectation("cloudwatch", arn("cloudwatch", "alarm:else")),
  ];
}

/** Only the shared account has an updater. */
function updaterExpectations(scope: Scope): Expectation[] {
  const { isShared, arn } = scope;
  const shared = (actions: readonly string[]): readonly string[] => (isShared ? actions : []);
  return [
    expectation("lambda", arn("lambda", `function:${PREFIX}-share-updater`), {
      writes: shared(FUNCTION_WRITES),
      reads: shared(["GetFunction", "GetPolicy", "ListVersionsByFunction"]),
    }),
    expectation("lambda", arn("lambda", "function:else")),
    ...mappingExpectations(scope),
    ...["", "-failed"].map((suffix) =>
      expectation("sqs", arn("sqs", `${PREFIX}-share-updater${suffix}`), {
        writes: shared(QUEUE_WRITES),
        reads: shared(["GetQueueAttributes", "ListQueueTags"]),
      }),
    ),
    expectation("sqs", arn("sqs", "else")),
    expectation("events", arn("events", `rule/${PREFIX}-share-updater`), {
      writes: shared(RULE_WRITES),
      reads: shared(["DescribeRule", "ListTargetsByRule"]),
    }),
    expectation("events", arn("events", "rule/else")),
  ];
}

/**
 * Only the shared account has shares. The updater, and not the deploy role, changes their builds.
 */
function shareExpectations({ isShared, arn }: Scope): Expectation[] {
  const shared = (...actions: string[]): readonly string[] => (isShared ? actions : []);
  const share = arn("ram", "resource-share/1");
  const tagged = { "aws:ResourceTag/golden-image:image": "base" };
  const newTag = { "aws:RequestTag/golden-image:image": "base" };
  const external = "ram:RequestedAllowsExternalPrincipals";
  return [
    expectation("ram", share, {
      context: tagged,
      writes: shared(
        "AssociateResourceShare",
        "DeleteResourceShare",
        "DisassociateResourceShare",
        ...TAG_ACTIONS,
        "UpdateResourceShare",
      ),
      reads: [
        "GetResourceShareAssociations",
        "GetResourceShares",
        ...shared("ListResourceSharePermissions"),
      ],
    }),
    expectation("ram", share, {
      context: { ...tagged, "ram:ResourceArn": "x" },
      writes: shared("DeleteResourceShare", ...TAG_ACTIONS, "UpdateResourceShare"),
    }),
    expectation("ram", share, { writes: shared(...TAG_ACTIONS) }),
    expectation("ram", "*", {
      context: { [external]: "false", ...newTag },
      writes: shared("CreateResourceShare"),
    }),
    expectation("ram", "*", { context: { [external]: "true", ...newTag } }),
    expectation("ram", "*", { context: { [external]: "false" } }),
  ];
}

const REPOSITORY_WRITES = words(`
  CreateRepository DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy
  PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy
  TagResource UntagResource
`);

/** Permissions that the roles have only in accounts with containers. */
function containerExpectations(scope: Scope): Expectation[] {
  const { hasContainers, region, isShared, sharedAccount, arn } = scope;
  const containers = (...actions: string[]): readonly string[] => (hasContainers ? actions : []);
  const repository = `repository/${PREFIX}/base`;
  return [
    expectation("ecr", arn("ecr", repository), {
      writes: containers(...REPOSITORY_WRITES),
      reads: containers(
        "DescribeRepositories",
        "GetLifecyclePolicy",
        "GetRepositoryPolicy",
        "ListTagsForResource",
      ),
    }),
    expectation("ecr", `arn:aws:ecr:${region}:${sharedAccount}:${repository}`, {
      writes: isShared ? containers(...REPOSITORY_WRITES) : [],
      reads: containers("DescribeImages"),
      isDeployOnly: true,
    }),
    expectation("ecr", arn("ecr", "repository/else")),
    expectation("imagebuilder", arn("imagebuilder", "container-recipe/base/1.0.0"), {
      writes: containers("CreateContainerRecipe", "DeleteContainerRecipe", ...TAG_ACTIONS),
      reads: containers("GetContainerRecipe", "ListTagsForResource"),
    }),
    expectation("ssm", `arn:aws:ssm:${region}::parameter/aws/service/ecs/optimized-ami/x`, {
      reads: containers("GetParameter"),
      isDeployOnly: true,
    }),
  ];
}

/** A role that deploys reads the parameters of its account's parents and build instances' AMIs. */
function parameterExpectations({ region, arn, amiParameters: paths }: Scope): Expectation[] {
  const reads = (path: string): string[] => (paths.includes(path) ? ["GetParameter"] : []);
  return [
    ...[PRIVATE_PARENT, PRIVATE_HOST].map((path) =>
      expectation("ssm", arn("ssm", `parameter${path}`), {
        reads: reads(path),
        isDeployOnly: true,
      }),
    ),
    expectation("ssm", `arn:aws:ssm:${region}::parameter${PUBLIC_PARENT}`, {
      reads: reads(PUBLIC_PARENT),
      isDeployOnly: true,
    }),
    expectation("ssm", arn("ssm", "parameter/else")),
  ];
}

const EXECUTION_ROLE_WRITES = words(`
  CreateRole DeleteRole DeleteRolePolicy PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy
  UpdateRole UpdateRoleDescription
`);

/** Permissions that the roles have only in accounts whose images need an execution role. */
function workflowExpectations({ hasExecutionRole, region, arn, iamArn }: Scope): Expectation[] {
  const workflows = (...actions: string[]): readonly string[] => (hasExecutionRole ? actions : []);
  const role = iamArn(`role/${PREFIX}-execution-${region}`);
  const onRole = (context: Context, ...actions: string[]): Expectation =>
    expectation("iam", role, { context, writes: workflows(...EXECUTION_ROLE_WRITES, ...actions) });
  return [
    expectation("imagebuilder", arn("imagebuilder", "workflow/test/base--gate/1.0.0/1"), {
      writes: workflows("CreateWorkflow", "DeleteWorkflow", ...TAG_ACTIONS),
      reads: ["GetWorkflow", ...workflows("ListTagsForResource")],
    }),
    expectation("iam", role, {
      writes: workflows(...EXECUTION_ROLE_WRITES),
      reads: workflows(...ROLE_READS),
    }),
    onRole(managedPolicy("EC2ImageBuilderExecutionPolicy"), "AttachRolePolicy", "DetachRolePolicy"),
    onRole(managedPolicy("AdministratorAccess")),
    onRole(passedTo("imagebuilder"), "PassRole"),
    onRole(passedTo("ec2")),
  ];
}

/** All expectations for the account of a plan or deploy role. */
export function expectationsFor(fixture: PolicyFixture, role: Resource): Expectation[] {
  const scope = scopeOf(fixture, role);
  return [
    ...bucketExpectations(scope),
    ...keyExpectations(scope),
    ...roleExpectations(scope),
    ...topicAndLogExpectations(scope),
    ...imageBuilderExpectations(scope),
    ...updaterExpectations(scope),
    ...rebuilderExpectations(scope),
    ...alarmExpectations(scope),
    ...shareExpectations(scope),
    ...containerExpectations(scope),
    ...workflowExpectations(scope),
    ...parameterExpectations(scope),
  ];
}
