/**
 * The stacks contain no role, statement, grant or attached policy that the other proofs don't
 * cover.
 */
import { deepStrictEqual, ok } from "node:assert";
import { type Account, buildablesOf, type Container, type Image } from "../../../config/model";
import type { ResolvedStacks, Resource } from "../../iam/resolved-stacks";
import { autoScalingRoleArn, keyKind, type PolicyFixture } from "../policy-fixture";
import { accessOf, imageOf } from "./build-access";
import {
  AUTO_SCALING_ACTIONS,
  hasRecorder,
  isFollowing,
  needsExecutionRole,
  type Proof,
  words,
} from "./support";

function namesOf(stacks: ResolvedStacks, type: string, account: string): string[] {
  return stacks
    .resourcesOf(type)
    .filter((resource) => resource.account === account)
    .map(({ config }) => String(config.name));
}

/** Roles and instance profiles are named across stacks, where Terraform checks no reference. */
function checkReferences(stacks: ResolvedStacks): void {
  const infrastructure = stacks.resourcesOf("aws_imagebuilder_infrastructure_configuration");
  for (const { config, account, stack } of infrastructure)
    ok(
      namesOf(stacks, "aws_iam_instance_profile", account).includes(config.instance_profile_name),
      `${stack}: ${config.name}: the instance profile must exist`,
    );
  for (const { config, account, stack } of stacks.resourcesOf("aws_imagebuilder_image_pipeline")) {
    const role = config.execution_role?.split("/").at(-1);
    ok(
      role === undefined || namesOf(stacks, "aws_iam_role", account).includes(role),
      `${stack}: ${config.name}: the execution role must exist`,
    );
  }
}

function checkRolesOf(stacks: ResolvedStacks, account: Account, isRecorded: boolean): void {
  const checkRoles = (kind: string, needsRole: (image: Image | Container) => boolean): void => {
    const prefix = `golden-image-factory-${kind}-`;
    const roles = namesOf(stacks, "aws_iam_role", account.id).filter((name) =>
      name.startsWith(prefix),
    );
    const regions = buildablesOf(account)
      .filter(needsRole)
      .flatMap((image) => image.regions);
    deepStrictEqual(
      roles.sort(),
      [...new Set(regions)].sort().map((region) => `${prefix}${region}`),
    );
  };
  checkRoles("build-containers", ({ kind }) => kind === "container");
  checkRoles("execution", needsExecutionRole);
  checkRoles("rebuilder", isFollowing);
  checkRoles("recorder", () => isRecorded);
}

/**
 * An image has a separate build role exactly if its instances have permissions that others don't
 * have.
 */
function checkImageRoles(fixture: PolicyFixture, account: Account): void {
  const { stacks } = fixture;
  const roles = stacks
    .resourcesOf("aws_iam_role")
    .filter((role) => role.account === account.id && role.config.name.includes("--"));
  const expected = buildablesOf(account)
    .filter(({ buildAccess }) => Object.values(buildAccess).some((granted) => granted.length > 0))
    .flatMap(({ name, regions }) => regions.map((region) => `${region}: ${name}`));
  const actual = roles.map((role) => `${role.region}: ${imageOf(fixture, role)?.name}`);
  deepStrictEqual(actual.sort(), expected.sort());
}

/** The owner of a policy: a kind of role or key, or else a resource type. */
function policyOwner(resource: Resource): string {
  const { type, config } = resource;
  if (type === "aws_kms_key") return `${keyKind(resource)} key`;
  if (!type.startsWith("aws_iam_")) return type;
  if (/golden-image-factory-build-.*--/.test(`${config.name} ${config.role}`))
    return "build role of an image";
  const [, role = ""] =
    /golden-image-factory-(build-containers|build|lifecycle|execution|share-updater|rebuilder|recorder|fleet|plan|deploy)/.exec(
      `${config.name} ${config.role}`,
    ) ?? [];
  return `${role} role`;
}

/** The kinds of resources in the statement ids (Sids) of the roles for GitHub Actions. */
const CI_RESOURCES = words(`
  Aliases Buckets ContainerRecipes Documents EventSourceMappings ExecutionRoles ImageBuilder Keys LogGroups
  Rebuilder Repositories Roles SharePermissions Topics Updater Workflows
`).join("|");

/** Sids of the permissions that the factory file and component documents add to a build role. */
const BUILD_ACCESS = words(`
  (Read|Write)Objects(Of\\d{12})?
  ListBucket\\d+(Of\\d{12})?
  (Decrypt|Encrypt)Objects
  (Read|Decrypt)Secrets
  (Read|Decrypt|List)Parameters
`);

const BUILD_INSTANCES = words("PutLogs EncryptLogs DenyFactoryBuckets DenyAllButPutLogs");

const BUILD_CONTAINERS = words(`
  GetContainerRecipes
  LogInToRegistries
  PullParents(OfOtherAccounts)?
  PushContainers
`);

/** The Sids that a policy may contain, as regular expressions, by owner. */
const KNOWN_STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  "image key": words(`
    Administer
    KeyAdministrators
    ImageBuilder(Use|Attach)
    InspectorDecrypts
    RepositoriesAttach
    (Organization|OrganizationalUnits|Accounts)(Use|Attach|GrantToOwnAutoScaling|Find)
  `),
  "data key": words(`
    Administer
    UseThroughIamPolicies
    ImageBuilderPublishes
    AlarmsPublish
    CloudWatchLogsEncrypts
    TopicSends
    RulesSend
  `),
  "signing key": ["Administer", "Sign", "ReadPublicKey"],
  aws_ecr_repository_policy: ["(Organization|OrganizationalUnits|Accounts)Pull"],
  aws_s3_bucket_policy: words(`
    DenyInsecureTransport
    DenyBuildInstances
    (Organization|OrganizationalUnits|Accounts)Read
    DenyOtherWriters
    DenyOverwriting
    DenyReplacing
  `),
  aws_sqs_queue_policy: ["DenyInsecureTransport", "RulesSend", "TopicSends"],
  aws_sns_topic_policy: ["AlarmsPublish", "DenyInsecureTransport"],
  aws_lambda_permission: ["Invoke"],
  "plan role": words(`
    ReadState
    LockState
    ReadStateBucket
    ReadCiRoles
    ReadCiPolicies
    Read(${CI_RESOURCES})
    UseKeyFor(Documents|Components)
    FindByName
    FindParents
    FindSharedKey
  `),
  "deploy role": words(`
    ListStateBucket
    WriteState
    LockState
    ProtectOwnState
    Manage(${CI_RESOURCES})
    Empty(Evidence)?Buckets
    CreateKeys
    UseKeyFor(Documents|Components)
    AttachPolicies
    PassTo(Ec2|ImageBuilder|Lambda)
    CreateImageBuilderRole
    ReadForImageBuilder
    FindByName
    FindParents
    FindSharedKey
    GrantSharedKey
    CreateShares
    ManageShares
    ManagePrincipals
    TagShares
    (Create|Change)Mappings
    (Create|Retire)RepositoryGrants
    FindParentContainers
    FindHostImages
    ReadParentParameters
    AttachExecutionPolicy
    AttachBuildPolicies
    PassExecutionRoles
  `),
  "build role": [...BUILD_INSTANCES, ...BUILD_ACCESS],
  "build-containers role": [...BUILD_INSTANCES, ...BUILD_ACCESS, ...BUILD_CONTAINERS],
  "build role of an image": [...BUILD_INSTANCES, ...BUILD_ACCESS, ...BUILD_CONTAINERS],
  "execution role": words(`
    Publish
    RunDocuments
    CallFunctions
    StartStateMachines
    FollowStateMachines
    WriteParameters
    ReadParentParameters
  `),
  "share-updater role": words(`
    WriteLogs
    ProcessMessages
    SendMessages
    UseDataKey
    ReadManifest
    FindManifest
    FindShares
    ShareBuilds
    Unshare
    FindImages
    ReadBuilds
    ShareImages
    MarkInheritedRevocations
    MarkSharedBuilds
    FindAmis
    ReadFindings
    ReadLaunchPermissions
    ModifyLaunchPermissions
    MarkOrphanedPermissions
  `),
  "recorder role": words(`
    WriteLogs
    ProcessMessages
    SendMessages
    UseDataKey
    ReadManifest
    FindManifest
    ReadBuilds
    FindAmis
    Sign
    WriteEvidence
    FindEvidence
    ReadContainers
    PublishNotes
    RecordNotes
    ReadSharesAndFindings
    ReadFailedSteps
    ReadBuildLogs
    MarkAmis
  `),
  "rebuilder role": words(`
    WriteLogs
    ProcessMessages
    SendFailures
    UseDataKey
    ReadManifest
    FindManifest
    ReadBuilds
    ReadPipelines
    ReadImageRecipes
    ReadContainerRecipes
    StartBuilds
    TagStartedBuilds
  `),
  "fleet role": ["SeeAmisOfInstances"],
};

/** The AWS managed policies of each role. */
const ATTACHED_POLICIES: Readonly<Record<string, readonly string[]>> = {
  "build role": ["AmazonSSMManagedInstanceCore", "EC2InstanceProfileForImageBuilder"],
  "build-containers role": ["AmazonSSMManagedInstanceCore", "EC2InstanceProfileForImageBuilder"],
  "build role of an image": ["AmazonSSMManagedInstanceCore", "EC2InstanceProfileForImageBuilder"],
  "execution role": ["EC2ImageBuilderExecutionPolicy"],
  "lifecycle role": ["EC2ImageBuilderLifecycleExecutionPolicy"],
};

function checkStatements(stacks: ResolvedStacks): void {
  for (const { resource, kind, document, address } of stacks.policies) {
    const known = kind === "trust" ? ["Assume"] : (KNOWN_STATEMENTS[policyOwner(resource)] ?? []);
    const unknown = document.Statement.filter(
      ({ Sid = "" }) => !known.some((pattern) => new RegExp(`^${pattern}$`).test(Sid)),
    );
    deepStrictEqual(unknown, [], address);
  }
}

/** Whether a policy of a build role is one that `buildAccess` names: AWS's have no account. */
function isOfFactoryFile(arn: string, owner: string): boolean {
  return owner.startsWith("build") && !arn.includes(":iam::aws:");
}

/** The policies that `buildAccess` of a role's account, and of its image, names. */
function attachedByFactory(fixture: PolicyFixture, role: Resource): string[] {
  return [...new Set(accessOf(fixture, role).flatMap(({ policies }) => policies))];
}

function checkAttachedPolicies(fixture: PolicyFixture): void {
  const { stacks } = fixture;
  for (const role of stacks.resourcesOf("aws_iam_role")) {
    const owner = policyOwner(role);
    const attached = stacks
      .resourcesOf("aws_iam_role_policy_attachment", role.stack)
      .filter(({ config }) => config.role === role.config.name)
      .map(({ config }) => String(config.policy_arn))
      .map((arn) => (isOfFactoryFile(arn, owner) ? arn : arn.split("/").at(-1)));
    const declared = stacks
      .resourcesOf("aws_iam_policy", role.stack)
      .map(({ config }) => config.name);
    const expected = [
      ...(ATTACHED_POLICIES[owner] ?? []),
      ...(owner === "deploy role" ? declared : []),
      ...(owner.startsWith("build") ? attachedByFactory(fixture, role) : []),
    ];
    deepStrictEqual(attached.sort(), expected.sort(), role.config.name);
  }
}

function checkGrants(stacks: ResolvedStacks): void {
  for (const { config, account } of stacks.resourcesOf("aws_kms_grant")) {
    deepStrictEqual(config.grantee_principal, autoScalingRoleArn(account));
    deepStrictEqual([...config.operations].sort(), AUTO_SCALING_ACTIONS);
    ok(
      config.key_id.includes("data.aws_kms_key"),
      "the grant must be for the shared account's image key",
    );
  }
}

export const KNOWN: readonly Proof[] = [
  {
    name: "exactly the roles that images and containers need exist, and every role and instance profile that is named exists",
    check: (fixture) => {
      const { stacks, factory } = fixture;
      checkReferences(stacks);
      for (const account of [factory.shared, ...factory.apps]) {
        checkRolesOf(stacks, account, hasRecorder(factory) && account === factory.shared);
        checkImageRoles(fixture, account);
      }
    },
  },
  {
    name: "policies contain only statements, attachments and grants that these proofs cover",
    check: (fixture) => {
      const { stacks } = fixture;
      checkStatements(stacks);
      checkAttachedPolicies(fixture);
      checkGrants(stacks);
    },
  },
];
