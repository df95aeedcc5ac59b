/** That there is nothing beside what the other proofs are about. */
import { deepStrictEqual as mustEqual, ok } from "node:assert";
import { buildablesOf, type Container, type Image } from "../../../config/model";
import type { Resource } from "../../iam/world";
import { serviceRole } from "../policy-fixture";
import { FOR_AUTO_SCALING, type Proof } from "./support";

export const KNOWN: readonly Proof[] = [
  {
    name: "roles and instance profiles that are named across stacks are there, and there are just those that are needed",
    check: ({ world, factory }) => {
      const named = (type: string, account: string): string[] =>
        world.of(type).flatMap((one) => (one.account === account ? [String(one.config.name)] : []));
      for (const { config, account, stack } of world.of(
        "aws_imagebuilder_infrastructure_configuration",
      ))
        ok(
          named("aws_iam_instance_profile", account).includes(config.instance_profile_name),
          `${stack}: ${config.name}`,
        );
      for (const { config, account, stack } of world.of("aws_imagebuilder_image_pipeline")) {
        const role = config.execution_role?.split("/").at(-1);
        ok(
          role === undefined || named("aws_iam_role", account).includes(role),
          `${stack}: ${config.name}`,
        );
      }
      for (const account of [factory.shared, ...factory.apps]) {
        const mustBeMade = (kind: string, wanted: (image: Image | Container) => boolean): void => {
          const prefix = `golden-image-factory-${kind}-`;
          const made = named("aws_iam_role", account.id).filter((name) => name.startsWith(prefix));
          const regions = buildablesOf(account)
            .filter(wanted)
            .flatMap((image) => image.regions);
          mustEqual(
            made.sort(),
            [...new Set(regions)].sort().map((region) => `${prefix}${region}`),
          );
        };
        mustBeMade("build-containers", ({ kind }) => kind === "container");
        mustBeMade("execution", (image) => {
          const isForeign =
            image.kind === "image" && image.parameter?.startsWith("/imagebuilder/") === false;
          return image.workflows.length > 0 || isForeign;
        });
      }
    },
  },
  {
    name: "there is no statement, no grant and no attached policy but those that these proofs are about",
    check: ({ world }) => {
      for (const { resource, kind, document, address } of world.policies) {
        const known = kind === "trust" ? ["Assume"] : (STATEMENTS[whatIs(resource)] ?? []);
        const strange = document.Statement.filter(
          ({ Sid = "" }) => !known.some((pattern) => new RegExp(`^${pattern}$`).test(Sid)),
        );
        mustEqual(strange, [], address);
      }
      for (const role of world.of("aws_iam_role")) {
        const attached = world
          .of("aws_iam_role_policy_attachment", role.stack)
          .filter(({ config }) => config.role === role.config.name)
          .map(({ config }) => config.policy_arn.split("/").at(-1));
        const own = world.of("aws_iam_policy", role.stack).map(({ config }) => config.name);
        const isDeploy = whatIs(role) === "deploy role";
        mustEqual(
          attached.sort(),
          [...(ATTACHED[whatIs(role)] ?? []), ...(isDeploy ? own : [])].sort(),
          role.config.name,
        );
      }
      for (const { config, account } of world.of("aws_kms_grant")) {
        mustEqual(
          config.grantee_principal,
          serviceRole(account, "autoscaling", "AWSServiceRoleForAutoScaling"),
        );
        mustEqual([...config.operations].sort(), FOR_AUTO_SCALING);
        ok(
          config.key_id.includes("data.aws_kms_key"),
          "the grant is of another account's image key",
        );
      }
    },
  },
];

/** What a resource with a policy, or a role, is to the factory. */
function whatIs({ type, config }: Resource): string {
  const text = JSON.stringify(config);
  if (type === "aws_kms_key")
    return text.includes("Images of the golden image factory") ? "image key" : "data key";
  const [, role = ""] =
    /golden-image-factory-(build-containers|build|lifecycle|execution|share-updater|plan|deploy)/.exec(
      `${config.name} ${config.role}`,
    ) ?? [];
  return type.startsWith("aws_iam_") ? `${role} role` : type;
}

/** What the rights of GitHub Actions are to. */
const CI_RIGHTS =
  "Buckets|Documents|Keys|Aliases|Roles|Topics|LogGroups|ImageBuilder|Updater|SharePermissions";

/** The same, of containers and workflows. */
const CI_ADDITIONS = "Repositories|ContainerRecipes|Workflows|ExecutionRoles";

const STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  "image key": [
    "Administer",
    "KeyAdministrators",
    "ImageBuilder(Use|Attach)",
    "RepositoriesAttach",
    "(Organization|OrganizationalUnits|Accounts)(Use|Attach|GrantToOwnAutoScaling|Find)",
  ],
  "data key": [
    "Administer",
    "UseThroughIamPolicies",
    "ImageBuilderPublishes",
    "AlarmsPublish",
    "CloudWatchLogsEncrypts",
  ],
  aws_ecr_repository_policy: ["(Organization|OrganizationalUnits|Accounts)Pull"],
  aws_s3_bucket_policy: ["DenyInsecureTransport"],
  aws_sqs_queue_policy: ["DenyInsecureTransport"],
  aws_sns_topic_policy: ["AlarmsPublish", "DenyInsecureTransport"],
  aws_lambda_permission: ["Invoke"],
  "plan role": [
    ...[
      "ReadState",
      "LockState",
      "ReadStateBucket",
      "ReadCiRoles",
      "UseKeyFor(Documents|Components)",
      "FindByName",
    ],
    ...["FindParents", "FindSharedKey", `Read(${CI_RIGHTS}|${CI_ADDITIONS})`, "ReadCiPolicies"],
  ],
  "deploy role": [
    ...[
      "ListStateBucket",
      "WriteState",
      "LockState",
      "ProtectOwnState",
      "EmptyLogBuckets",
      "CreateKeys",
      "UseKeyFor(Documents|Components)",
      "AttachPolicies",
    ],
    ...[
      "PassTo(Ec2|ImageBuilder|Lambda)",
      "CreateImageBuilderRole",
      "ReadForImageBuilder",
      "FindByName",
      "FindParents",
    ],
    ...[
      "FindSharedKey",
      "GrantSharedKey",
      "CreateShares",
      "ManageShares",
      "ManagePrincipals",
      "TagShares",
    ],
    ...[
      "(Create|Retire)RepositoryGrants",
      "FindParentContainers",
      "FindHostImages",
      "AttachExecutionPolicy",
      "PassExecutionRoles",
    ],
    `Manage(${CI_RIGHTS}|${CI_ADDITIONS})`,
  ],
  "build role": ["PutLogs", "EncryptLogs"],
  "build-containers role": [
    "PutLogs",
    "EncryptLogs",
    "GetContainerRecipes",
    "LogInToRegistries",
    "PullParents(OfOtherAccounts)?",
    "PushContainers",
  ],
  "execution role": [
    "Publish",
    "RunDocuments",
    "CallFunctions",
    "StartStateMachines",
    "FollowStateMachines",
    "WriteParameters",
  ],
  "share-updater role": [
    "WriteLogs",
    "QueueFailedEvents",
    "EncryptFailedEvents",
    "FindShares",
    "ShareBuilds",
    "Unshare",
    "FindImages",
    "ShareImages",
    "ModifyLaunchPermissions",
    "ReadLaunchPermissions",
  ],
};

const ATTACHED: Readonly<Record<string, readonly string[]>> = {
  "build role": ["AmazonSSMManagedInstanceCore", "EC2InstanceProfileForImageBuilder"],
  "build-containers role": ["AmazonSSMManagedInstanceCore", "EC2InstanceProfileForImageBuilder"],
  "execution role": ["EC2ImageBuilderExecutionPolicy"],
  "lifecycle role": ["EC2ImageBuilderLifecycleExecutionPolicy"],
};
