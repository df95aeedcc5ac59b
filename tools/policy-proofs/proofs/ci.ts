/** Who takes on the roles of GitHub Actions, and what they may do. */
import { deepStrictEqual as mustEqual, ok } from "node:assert";
import { buildablesOf } from "../../../config/model";
import { type Context, type Document, evaluate, type Principal } from "../../iam/evaluate";
import type { Resource } from "../../iam/world";
import type { PolicyFixture } from "../policy-fixture";
import type { Proof } from "./support";

const ISSUER = "token.actions.githubusercontent.com";

/** What hands on to its account: as much as a resource's own policy can do for a role. */
const OPEN: Document = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
};

function rolesOf({ world }: PolicyFixture, name: "plan" | "deploy"): Resource[] {
  return world
    .of("aws_iam_role")
    .filter(({ config }) => config.name === `golden-image-factory-${name}`);
}

/** The contexts for which a token of a repository takes a role on. */
function takes(
  { world }: PolicyFixture,
  role: Resource,
  repository: string,
  context: string,
  ref = "refs/heads/main",
): boolean {
  const provider = `arn:aws:iam::${role.account}:oidc-provider/${ISSUER}`;
  const asks = (claims: Readonly<Record<string, string>>, by = provider): boolean =>
    evaluate({
      principal: { provider: by },
      resource: world.arnOf(role),
      account: role.account,
      policy: world.documentOf(world.arnOf(role), "trust"),
      context: Object.fromEntries(
        Object.entries(claims).map(([claim, value]) => [`${ISSUER}:${claim}`, value]),
      ),
    })("sts:AssumeRoleWithWebIdentity");
  const named = repository.replace(/@\d+/g, "");
  const claims = {
    aud: "sts.amazonaws.com",
    sub: `repo:${repository}:${context}`,
    ref,
    repository: named,
  };
  ok(
    !asks({ ...claims, repository: `${named.split("/")[0]}/other` }),
    "a subject that says more is taken for the repository",
  );
  ok(
    !asks(claims, `arn:aws:iam::${role.account}:oidc-provider/gitlab.com`),
    "a token of another provider is taken",
  );
  ok(!asks({ ...claims, aud: "https://github.com/acme" }), "a token for somebody else is taken");
  return asks(claims);
}

const BUCKET_WRITES = [
  ...[
    "CreateBucket",
    "DeleteBucket",
    "DeleteBucketPolicy",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
  ],
  ...[
    "PutBucketPublicAccessBlock",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutEncryptionConfiguration",
  ],
  "PutLifecycleConfiguration",
];
const KEY_WRITES = [
  ...[
    "CreateAlias",
    "DeleteAlias",
    "DisableKeyRotation",
    "EnableKeyRotation",
    "PutKeyPolicy",
    "ScheduleKeyDeletion",
  ],
  ...["TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription"],
];
const ROLE_WRITES = [
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
];
const TOPIC_WRITES = [
  ...[
    "CreateTopic",
    "DeleteTopic",
    "Publish",
    "SetSubscriptionAttributes",
    "SetTopicAttributes",
    "Subscribe",
    "TagResource",
  ],
  ...["Unsubscribe", "UntagResource"],
];
const CONFIGURATION_WRITES = [
  ...[
    "CreateComponent",
    "CreateDistributionConfiguration",
    "CreateImagePipeline",
    "CreateImageRecipe",
  ],
  ...[
    "CreateInfrastructureConfiguration",
    "CreateLifecyclePolicy",
    "DeleteDistributionConfiguration",
  ],
  ...[
    "DeleteImagePipeline",
    "DeleteImageRecipe",
    "DeleteInfrastructureConfiguration",
    "DeleteLifecyclePolicy",
  ],
  ...["TagResource", "UntagResource", "UpdateDistributionConfiguration", "UpdateImagePipeline"],
  ...["UpdateInfrastructureConfiguration", "UpdateLifecyclePolicy"],
];
const REPOSITORY_WRITES = [
  ...[
    "CreateRepository",
    "DeleteLifecyclePolicy",
    "DeleteRepository",
    "DeleteRepositoryPolicy",
    "PutImageScanningConfiguration",
  ],
  ...[
    "PutImageTagMutability",
    "PutLifecyclePolicy",
    "SetRepositoryPolicy",
    "TagResource",
    "UntagResource",
  ],
];
const EXECUTION_ROLE_WRITES = [
  ...[
    "CreateRole",
    "DeleteRole",
    "DeleteRolePolicy",
    "PutRolePolicy",
    "TagRole",
    "UntagRole",
    "UpdateAssumeRolePolicy",
  ],
  ...["UpdateRole", "UpdateRoleDescription"],
];
const FUNCTION_WRITES = [
  ...[
    "AddPermission",
    "CreateFunction",
    "DeleteFunction",
    "DeleteFunctionConcurrency",
    "DeleteFunctionEventInvokeConfig",
  ],
  ...[
    "PutFunctionConcurrency",
    "PutFunctionEventInvokeConfig",
    "RemovePermission",
    "TagResource",
    "UntagResource",
  ],
  ...["UpdateFunctionCode", "UpdateFunctionConfiguration", "UpdateFunctionEventInvokeConfig"],
];

interface Probe {
  readonly service: string;
  readonly resource: string;
  readonly context?: Context;
  /** What a deployment may change of it. */
  readonly writes: readonly string[];
  /** Whether only a plan has to do with it. @default false */
  readonly isOwn?: boolean;
  /** Whether only a deployment has to read it. @default false */
  readonly isOnlyDeployed?: boolean;
  /** Whether data is decrypted, which iam-data calls no read. @default false */
  readonly isUse?: boolean;
  /** What has to be read of it to plan, whatever else is. */
  readonly reads: readonly string[];
}

/** What stacks are made of, in an account. */
function probesOf(subject: PolicyFixture, { account, region }: Resource): Probe[] {
  const isShared = account === subject.factory.shared.id;
  const arn = (service: string, rest: string): string =>
    `arn:aws:${service}:${region}:${account}:${rest}`;
  const iam = (rest: string): string => `arn:aws:iam::${account}:${rest}`;
  const own = `golden-image-factory`;
  const onlyShared = (writes: readonly string[]): readonly string[] => (isShared ? writes : []);
  const [state] = subject.world.of(
    "aws_s3_bucket",
    `state-${isShared ? "shared" : subject.factory.apps.find(({ id }) => id === account)?.name}`,
  );
  const stateObject = (key: string): string => `arn:aws:s3:::${state?.config.bucket}/${own}/${key}`;
  const components: Context[] = [
    { "kms:EncryptionContext:aws:s3:arn": `arn:aws:s3:::${own}-components-${account}-${region}` },
    { "aws:CalledVia": ["imagebuilder.amazonaws.com"] },
  ];
  const share = arn("ram", "resource-share/1");
  const tagged = { "aws:ResourceTag/golden-image:image": "base" };
  const managed = (path: string) => ({ "iam:PolicyARN": `arn:aws:iam::aws:policy/${path}` });
  const build = iam(`role/${own}-build-${region}`);
  return [
    {
      service: "s3",
      resource: `arn:aws:s3:::${own}-components-${account}-${region}`,
      writes: BUCKET_WRITES,
      reads: [
        "GetBucketPolicy",
        "GetEncryptionConfiguration",
        "GetAccelerateConfiguration",
        "ListBucket",
      ],
    },
    {
      service: "s3",
      resource: `arn:aws:s3:::${own}-logs-${account}-${region}`,
      writes: BUCKET_WRITES,
      reads: ["GetLifecycleConfiguration"],
    },
    {
      service: "s3",
      resource: `arn:aws:s3:::${state?.config.bucket}`,
      writes: [],
      reads: ["ListBucket"],
    },
    { service: "s3", resource: `arn:aws:s3:::somebody-elses`, writes: [], reads: [] },
    {
      service: "s3",
      resource: stateObject("x.tfstate"),
      writes: ["PutObject"],
      reads: ["GetObject"],
    },
    {
      service: "s3",
      resource: stateObject("x.tfstate.tflock"),
      writes: ["DeleteObject", "PutObject"],
      reads: ["GetObject"],
    },
    ...["", ".tflock"].map((ending) => ({
      service: "s3",
      resource: stateObject(`${state?.stack}.tfstate${ending}`),
      isOwn: true,
      writes: [],
      reads: ["GetObject"],
    })),
    { service: "s3", resource: stateObject("else"), writes: [], reads: [] },
    {
      service: "kms",
      resource: arn("kms", "key/1"),
      writes: KEY_WRITES,
      reads: [
        "DescribeKey",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListAliases",
        "ListResourceTags",
      ],
    },
    ...components.map((context) => ({
      service: "kms",
      resource: arn("kms", "key/1"),
      context,
      isUse: true,
      writes: [
        ...KEY_WRITES,
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
      ],
      reads: [],
    })),
    {
      service: "kms",
      resource: arn("kms", `alias/${own}/images`),
      writes: ["CreateAlias", "DeleteAlias", "UpdateAlias"],
      reads: [],
    },
    { service: "kms", resource: arn("kms", "alias/else"), writes: [], reads: [] },
    ...(isShared
      ? []
      : [
          {
            service: "kms",
            resource: `arn:aws:kms:${region}:${subject.factory.shared.id}:key/1`,
            writes: ["CreateGrant", "RetireGrant"],
            reads: ["DescribeKey", "ListGrants"],
          },
        ]),
    ...["build", "lifecycle", "share-updater"].map((name) => ({
      service: "iam",
      resource: iam(`role/${own}-${name}-${region}`),
      writes: ROLE_WRITES,
      reads: ["GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"],
    })),
    {
      service: "iam",
      resource: iam(`instance-profile/${own}-build-${region}`),
      writes: ROLE_WRITES,
      reads: ["GetInstanceProfile"],
    },
    ...[
      ["build", "AmazonSSMManagedInstanceCore"],
      ["build", "EC2InstanceProfileForImageBuilder"],
      ["lifecycle", "service-role/EC2ImageBuilderLifecycleExecutionPolicy"],
      ["share-updater", "AmazonSSMManagedInstanceCore"],
    ].map(([name, path = ""]) => ({
      service: "iam",
      resource: iam(`role/${own}-${name}-${region}`),
      context: managed(path),
      writes: [...ROLE_WRITES, "AttachRolePolicy", "DetachRolePolicy"],
      reads: [],
    })),
    {
      service: "iam",
      resource: build,
      context: managed("AdministratorAccess"),
      writes: ROLE_WRITES,
      reads: [],
    },
    {
      service: "iam",
      resource: build,
      context: { "iam:PassedToService": "ec2.amazonaws.com" },
      writes: [...ROLE_WRITES, "PassRole"],
      reads: [],
    },
    {
      service: "iam",
      resource: build,
      context: { "iam:PassedToService": "lambda.amazonaws.com" },
      writes: ROLE_WRITES,
      reads: [],
    },
    {
      service: "iam",
      resource: iam(`role/${own}-share-updater-${region}`),
      context: { "iam:PassedToService": "lambda.amazonaws.com" },
      writes: [...ROLE_WRITES, "PassRole"],
      reads: [],
    },
    {
      service: "iam",
      resource: iam(`role/${own}-lifecycle-${region}`),
      context: { "iam:PassedToService": "imagebuilder.amazonaws.com" },
      writes: [...ROLE_WRITES, "PassRole"],
      reads: [],
    },
    {
      service: "iam",
      resource: iam(
        "role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder",
      ),

      writes: ["CreateServiceLinkedRole"],
      isOnlyDeployed: true,
      reads: ["GetRole"],
    },
    {
      service: "iam",
      resource: iam("role/aws-service-role/other.amazonaws.com/X"),

      writes: [],
      reads: [],
    },
    // These roles themselves.
    ...["plan", "deploy"].map((name) => ({
      service: "iam",
      resource: iam(`role/${own}-${name}`),
      writes: [],
      reads: [],
    })),
    { service: "iam", resource: iam(`oidc-provider/${ISSUER}`), writes: [], reads: [] },
    {
      service: "sns",
      resource: arn("sns", `${own}-notifications`),
      writes: TOPIC_WRITES,
      reads: ["GetSubscriptionAttributes", "GetTopicAttributes", "ListTagsForResource"],
    },
    { service: "sns", resource: arn("sns", "else"), writes: [], reads: [] },
    ...["/aws/imagebuilder/base", `/aws/lambda/${own}-share-updater`]
      .flatMap((name) => [name, `${name}:log-stream:`])
      .map((name) => ({
        service: "logs",
        resource: arn("logs", `log-group:${name}`),
        writes: [
          "AssociateKmsKey",
          "CreateLogGroup",
          "DeleteLogGroup",
          "PutRetentionPolicy",
          "TagResource",
          "UntagResource",
        ],
        reads: ["DescribeLogGroups", "ListTagsForResource"],
      })),
    {
      service: "logs",
      resource: arn("logs", "log-group:/else"),
      writes: [],
      reads: ["DescribeLogGroups"],
    },
    ...[
      "component/agent/1.0.0/1",
      "image-recipe/base/1.0.0",
      "image-pipeline/base",
      "infrastructure-configuration/base",
      "distribution-configuration/base",
      "lifecycle-policy/base",
    ].map((name) => ({
      service: "imagebuilder",
      resource: arn("imagebuilder", name),
      writes: CONFIGURATION_WRITES,
      reads: ["GetComponent", "GetImageRecipe", "GetImagePipeline", "ListTagsForResource"],
    })),
    // Builds are approved and revoked by their tags, and shared by their policy.
    ...[account, "aws", "888888888888"].map((owner) => ({
      service: "imagebuilder",
      resource: `arn:aws:imagebuilder:${region}:${owner}:image/base/1.0.0/1`,
      writes: [],
      reads: ["GetImage"],
    })),
    {
      service: "imagebuilder",
      resource: `arn:aws:imagebuilder:${region}:aws:component/update-linux/1.0.0/1`,
      writes: [],
      reads: ["GetComponent"],
    },
    {
      service: "inspector2",
      resource: "*",
      writes: [],
      isOnlyDeployed: true,
      reads: ["BatchGetAccountStatus"],
    },
    {
      service: "ec2",
      resource: `arn:aws:ec2:${region}::image/ami-1`,
      context: { "aws:ResourceTag/Ec2ImageBuilderArn": "x" },
      writes: [],
      isOnlyDeployed: true,
      reads: ["DescribeImages"],
    },
    {
      service: "lambda",
      resource: arn("lambda", `function:${own}-share-updater`),
      writes: onlyShared(FUNCTION_WRITES),
      reads: onlyShared(["GetFunction", "GetPolicy", "ListVersionsByFunction"]),
    },
    { service: "lambda", resource: arn("lambda", "function:else"), writes: [], reads: [] },
    {
      service: "sqs",
      resource: arn("sqs", `${own}-share-updater-failed`),
      writes: onlyShared([
        "CreateQueue",
        "DeleteQueue",
        "SetQueueAttributes",
        "TagQueue",
        "UntagQueue",
      ]),
      reads: onlyShared(["GetQueueAttributes", "ListQueueTags"]),
    },
    { service: "sqs", resource: arn("sqs", "else"), writes: [], reads: [] },
    {
      service: "events",
      resource: arn("events", `rule/${own}-share-updater`),
      writes: onlyShared([
        "DeleteRule",
        "PutRule",
        "PutTargets",
        "RemoveTargets",
        "TagResource",
        "UntagResource",
      ]),
      reads: onlyShared(["DescribeRule", "ListTargetsByRule"]),
    },
    { service: "events", resource: arn("events", "rule/else"), writes: [], reads: [] },
    ...[
      arn("cloudwatch", "alarm:golden-image-base--stable-age"),
      `arn:aws:cloudwatch::${account}:dashboard/${own}-${region}`,
    ].map((resource) => ({
      service: "cloudwatch",
      resource,
      writes: onlyShared([
        "DeleteAlarms",
        "DeleteDashboards",
        "PutDashboard",
        "PutMetricAlarm",
        "TagResource",
        "UntagResource",
      ]),
      reads: ["DescribeAlarms", ...onlyShared(["GetDashboard", "ListTagsForResource"])],
    })),
    { service: "cloudwatch", resource: arn("cloudwatch", "alarm:else"), writes: [], reads: [] },
    {
      service: "ram",
      resource: share,
      context: tagged,
      writes: onlyShared([
        "AssociateResourceShare",
        "DeleteResourceShare",
        "DisassociateResourceShare",
        "TagResource",
        "UntagResource",
        "UpdateResourceShare",
      ]),
      reads: [
        "GetResourceShares",
        "GetResourceShareAssociations",
        ...onlyShared(["ListResourceSharePermissions"]),
      ],
    },
    // What is in a share is the updater's.
    {
      service: "ram",
      resource: share,
      context: { ...tagged, "ram:ResourceArn": "x" },
      writes: onlyShared([
        "DeleteResourceShare",
        "TagResource",
        "UntagResource",
        "UpdateResourceShare",
      ]),
      reads: [],
    },
    {
      service: "ram",
      resource: share,
      writes: onlyShared(["TagResource", "UntagResource"]),
      reads: [],
    },
    {
      service: "ram",
      resource: "*",
      context: {
        "ram:RequestedAllowsExternalPrincipals": "false",
        "aws:RequestTag/golden-image:image": "base",
      },
      writes: onlyShared(["CreateResourceShare"]),
      reads: [],
    },
    {
      service: "ram",
      resource: "*",
      context: {
        "ram:RequestedAllowsExternalPrincipals": "true",
        "aws:RequestTag/golden-image:image": "base",
      },
      writes: [],
      reads: [],
    },
    {
      service: "ram",
      resource: "*",
      context: { "ram:RequestedAllowsExternalPrincipals": "false" },
      writes: [],
      reads: [],
    },
  ];
}

/** The same of containers and workflows, where the account has any. */
function additionalProbesOf({ factory }: PolicyFixture, { account, region }: Resource): Probe[] {
  const owner = [factory.shared, ...factory.apps].find(({ id }) => id === account);
  const baked = owner ? buildablesOf(owner) : [];
  const hasContainers = baked.some(({ kind }) => kind === "container");
  const isForeign = (image: (typeof baked)[number]): boolean =>
    image.kind === "image" &&
    image.parameter !== undefined &&
    !image.parameter.startsWith("/imagebuilder/");
  const hasRole = baked.some((image) => image.workflows.length > 0 || isForeign(image));
  const where =
    (isThere: boolean) =>
    (...rights: readonly string[]): readonly string[] =>
      isThere ? rights : [];
  const [ofContainers, ofRoles] = [where(hasContainers), where(hasRole)];
  const arn = (service: string, rest: string, of = account): string =>
    `arn:aws:${service}:${region}:${of}:${rest}`;
  const role = `arn:aws:iam::${account}:role/golden-image-factory-execution-${region}`;
  const tags = ["TagResource", "UntagResource"];
  return [
    {
      service: "ecr",
      resource: arn("ecr", "repository/golden-image-factory/base"),
      writes: ofContainers(...REPOSITORY_WRITES),
      reads: ofContainers(
        "DescribeRepositories",
        "GetLifecyclePolicy",
        "GetRepositoryPolicy",
        "ListTagsForResource",
      ),
    },
    {
      service: "ecr",
      resource: arn("ecr", "repository/golden-image-factory/base", factory.shared.id),
      writes: account === factory.shared.id ? ofContainers(...REPOSITORY_WRITES) : [],
      isOnlyDeployed: true,
      reads: ofContainers("DescribeImages"),
    },
    { service: "ecr", resource: arn("ecr", "repository/else"), writes: [], reads: [] },
    {
      service: "imagebuilder",
      resource: arn("imagebuilder", "container-recipe/base/1.0.0"),
      writes: ofContainers("CreateContainerRecipe", "DeleteContainerRecipe", ...tags),
      reads: ofContainers("GetContainerRecipe", "ListTagsForResource"),
    },
    {
      service: "imagebuilder",
      resource: arn("imagebuilder", "workflow/test/base--gate/1.0.0/1"),
      writes: ofRoles("CreateWorkflow", "DeleteWorkflow", ...tags),
      reads: ["GetWorkflow", ...ofRoles("ListTagsForResource")],
    },
    {
      service: "kms",
      resource: arn("kms", "key/1"),
      context: {
        "kms:ViaService": `ecr.${region}.amazonaws.com`,
        "kms:GrantIsForAWSResource": "true",
      },
      writes: [...KEY_WRITES, ...ofContainers("CreateGrant", "RetireGrant")],
      reads: [],
    },
    {
      service: "kms",
      resource: arn("kms", "key/1"),
      context: { "kms:ViaService": `ecr.${region}.amazonaws.com` },
      writes: [...KEY_WRITES, ...ofContainers("RetireGrant")],
      reads: [],
    },
    {
      service: "kms",
      resource: arn("kms", "key/1"),
      context: { "kms:ViaService": "s3.x.amazonaws.com" },
      writes: KEY_WRITES,
      reads: [],
    },
    {
      service: "kms",
      resource: arn("kms", "key/1"),
      context: {
        "kms:ViaService": `ec2.${region}.amazonaws.com`,
        "kms:GrantIsForAWSResource": "true",
      },
      writes: KEY_WRITES,
      reads: [],
    },
    {
      service: "ssm",
      resource: arn("ssm", "parameter/aws/service/ecs/optimized-ami/x", ""),
      writes: [],
      isOnlyDeployed: true,
      reads: ofContainers("GetParameter"),
    },
    { service: "ssm", resource: arn("ssm", "parameter/else"), writes: [], reads: [] },
    {
      service: "iam",
      resource: role,
      writes: ofRoles(...EXECUTION_ROLE_WRITES),
      reads: ofRoles("GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"),
    },
    ...(
      [
        [
          { "iam:PolicyARN": "arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy" },
          "AttachRolePolicy",
          "DetachRolePolicy",
        ],
        [{ "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess" }],
        [{ "iam:PassedToService": "imagebuilder.amazonaws.com" }, "PassRole"],
        [{ "iam:PassedToService": "ec2.amazonaws.com" }],
      ] as const
    ).map(([context, ...more]) => ({
      service: "iam",
      resource: role,
      context,
      writes: ofRoles(...EXECUTION_ROLE_WRITES, ...more),
      reads: [],
    })),
  ];
}

function allProbesOf(subject: PolicyFixture, role: Resource): Probe[] {
  return [...probesOf(subject, role), ...additionalProbesOf(subject, role)];
}

/** Whatever a role may do by its own policies, of a service, apart from what it may do to anything. */
function rightsOf(
  { iam }: PolicyFixture,
  who: Principal,
  { service, resource, context = {} }: Probe,
) {
  const isAllowed = evaluate({
    principal: who,
    resource,
    account: "999999999999",
    policy: OPEN,
    context,
  });
  const actions = (iam[service]?.actions ?? []).filter(({ name }) => isAllowed(name));
  const names = (wanted: boolean): string[] =>
    actions
      .filter(({ isRead }) => isRead === wanted)
      .map(({ name }) => name.slice(service.length + 1))
      .sort();
  return { reads: names(true), writes: names(false) };
}

/** Writes that don't depend on what is written to. */
const ANYWHERE: Readonly<Record<string, readonly string[]>> = { kms: ["CreateKey"] };

export const CI: readonly Proof[] = [
  {
    name: "the plan role is taken on by pull requests and the main branch of the repository, the deploy role by its environment on main, and by nobody else",
    check: (subject) => {
      const { ci } = subject.factory;
      const [plan, deploy] = [rolesOf(subject, "plan"), rolesOf(subject, "deploy")];
      const accounts = ci ? 1 + subject.factory.apps.length : 0;
      mustEqual([plan.length, deploy.length], [accounts, accounts]);
      for (const role of [...plan, ...deploy]) {
        const [, name = "", id] = /^([^@/]+)(?:@(\d+))?\//.exec(ci?.github.repository ?? "") ?? [];
        const bare = (ci?.github.repository ?? "").replace(/@\d+/g, "");
        const withIds =
          id === undefined
            ? bare.replace("/", "@12/").concat("@34")
            : (ci?.github.repository ?? "");
        const may = (repository: string) =>
          [
            "pull_request",
            "ref:refs/heads/main",
            "ref:refs/heads/other",
            "environment:production",
            "environment:staging",
          ].filter((context) => takes(subject, role, repository, context));
        const wanted = plan.includes(role)
          ? ["pull_request", "ref:refs/heads/main"]
          : ["environment:production"];
        mustEqual(may(withIds), wanted);
        mustEqual(may(bare), id === undefined ? wanted : []);
        const others = [
          `${name}/other`,
          `${name}x/${bare.split("/")[1]}`,
          `${bare}x`,
          "evil/golden-images",
          `${name}@1/other@2`,
          `evil@1/${name}@2`,
        ];
        for (const other of others) mustEqual(may(other), [], other);
        const isDeploy = deploy.includes(role);
        if (isDeploy)
          ok(
            !takes(subject, role, withIds, "environment:production", "refs/pull/1/merge"),
            "a pull request deploys",
          );
      }
    },
  },
  {
    name: "the plan role only looks, beside the lock of a state; it reads no data but state and components",
    check: (subject) => {
      for (const role of rolesOf(subject, "plan")) {
        const who = subject.role(role);
        const { account, region } = role;
        const rightsTo = (service: string, resource: string, context: Context = {}) =>
          rightsOf(subject, who, { service, resource, context, reads: [], writes: [] });
        for (const probe of allProbesOf(subject, role)) {
          const { reads, writes } = rightsOf(subject, who, probe);
          const isLock = probe.resource.endsWith(".tflock");
          mustEqual(
            writes,
            isLock ? ["DeleteObject", "PutObject"] : probe.isUse ? ["Decrypt"] : [],
            probe.resource,
          );
          mustEqual(
            probe.reads.filter((action) => !probe.isOnlyDeployed && !reads.includes(action)),
            [],
            probe.resource,
          );
          ok(
            !reads.includes("GetObject") || probe.resource.includes(".tfstate"),
            `${probe.resource} is read`,
          );
        }
        const other = {
          "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::else",
          "aws:CalledVia": ["sns.amazonaws.com"],
        };
        const ofImages = {
          "kms:ViaService": `ec2.${region}.amazonaws.com`,
          "kms:EncryptionContext:aws:ebs:id": "vol-1",
        };
        for (const context of [other, ofImages])
          mustEqual(rightsTo("kms", `arn:aws:kms:${region}:${account}:key/1`, context).writes, []);
        const reads = (service: string, resource: string, ...needed: string[]): void =>
          mustEqual(
            needed.filter((action) => !rightsTo(service, resource).reads.includes(action)),
            [],
            resource,
          );
        reads(
          "s3",
          `arn:aws:s3:::golden-image-factory-components-${account}-${region}/x`,
          "GetObject",
          "GetObjectTagging",
        );
        const [state] = subject.world.of("aws_s3_bucket", role.stack);
        reads(
          "s3",
          `arn:aws:s3:::${state?.config.bucket}`,
          "GetBucketPolicy",
          "GetEncryptionConfiguration",
        );
        for (const name of ["plan", "deploy"])
          reads(
            "iam",
            `arn:aws:iam::${account}:role/golden-image-factory-${name}`,
            "GetRolePolicy",
            "ListRolePolicies",
          );
        reads("iam", `arn:aws:iam::${account}:oidc-provider/${ISSUER}`, "GetOpenIDConnectProvider");
        for (const policy of subject.world.of("aws_iam_policy", role.stack))
          reads("iam", subject.world.arnOf(policy), "GetPolicy", "GetPolicyVersion");
      }
    },
  },
  {
    name: "the deploy role makes, changes and destroys what the stacks are made of, and nothing else",
    check: (subject) => {
      for (const role of rolesOf(subject, "deploy")) {
        const who = subject.role(role);
        for (const probe of allProbesOf(subject, role)) {
          const { reads, writes } = rightsOf(subject, who, probe);
          const more = probe.isUse ? ["Decrypt"] : [];
          mustEqual(
            writes,
            [...probe.writes, ...more, ...(ANYWHERE[probe.service] ?? [])].sort(),
            probe.resource,
          );
          mustEqual(
            probe.reads.filter((action) => !reads.includes(action)),
            [],
            probe.resource,
          );
        }
        const { account, region } = role;
        const rightsTo = (rest: string) => {
          const resource = `arn:aws:s3:::golden-image-factory-${rest}`;
          const { reads, writes } = rightsOf(subject, who, {
            service: "s3",
            resource,
            reads: [],
            writes: [],
          });
          return { reads, ofObjects: writes.filter((action) => !BUCKET_WRITES.includes(action)) };
        };
        const [documents, logs] = [
          rightsTo(`components-${account}-${region}/x`),
          rightsTo(`logs-${account}-${region}/x`),
        ];
        mustEqual(documents.ofObjects, ["DeleteObject", "DeleteObjectVersion", "PutObject"]);
        ok(
          ["GetObject", "GetObjectTagging"].every((action) => documents.reads.includes(action)),
          "documents aren't read",
        );
        mustEqual(logs.ofObjects, ["DeleteObject", "DeleteObjectVersion"]);
        ok(!logs.reads.includes("GetObject"), "build logs are read");
        ok(
          rightsTo(`logs-${account}-${region}`).reads.includes("ListBucketVersions"),
          "a bucket can't be emptied",
        );
      }
    },
  },
  {
    name: "the policies of these roles are as short as IAM takes them",
    check: ({ world }) => {
      for (const { config } of world.of("aws_iam_role_policy"))
        ok(config.policy.length <= 10_240, `${config.role} is too long`);
      for (const { config } of world.of("aws_iam_policy"))
        ok(config.policy.length <= 6_144, `${config.name} is too long`);
    },
  },
];
