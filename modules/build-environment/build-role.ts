import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ec2Principal } from "../../contract/ec2-principal";
import { policy, type Statement, trust } from "../common/policy";
import { accessStatements, type BuildAccess } from "./build-access";

export interface BuildRoleProps {
  /** Name of the role and of its instance profile. */
  readonly name: string;
  readonly partition: string;
  readonly logBucketArn: string;
  /** ARN of the key that encrypts the log bucket, and the components that the instances run. */
  readonly dataKeyArn: string;
  /** Permissions for building containers. @default - the instances build no containers */
  readonly containers?: ContainerPermissions | undefined;
  readonly factoryBuckets: FactoryBuckets;
  /** Permissions that the factory file and component documents add. */
  readonly access: BuildAccess;
}

/** Patterns of the ARNs of the factory's own buckets, in every account. */
export interface FactoryBuckets {
  readonly logs: string;
  /** Buckets that build instances have no access to. */
  readonly others: readonly string[];
}

export interface ContainerPermissions {
  /** 12 digits. Repositories of other accounts decide themselves who may pull from them. */
  readonly accountId: string;
  /**
   * Patterns of the ARNs of the account's repositories that contain parents, and of `pushTo`: a
   * push first checks for existing layers.
   */
  readonly pullFrom: readonly string[];
  /**
   * Patterns of the ARNs of the repositories that builds and scans push to. A Region has one role
   * for all of its containers.
   */
  readonly pushTo: readonly string[];
}

/** Name of the inline policy with the permissions of `buildAccess` and of component documents. */
export const BUILD_ACCESS_POLICY = "access";

/** AWS managed policies of build instances. */
export const BUILD_POLICIES = ["AmazonSSMManagedInstanceCore", "EC2InstanceProfileForImageBuilder"];

const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/**
 * Permissions that pushing needs in addition to pulling:
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
 */
const PUSH = [
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
];

/**
 * Replaces AWS's managed policy for container builds, which allows pushing to every repository of
 * the account.
 */
function containerStatements(
  { accountId, pullFrom, pushTo }: ContainerPermissions,
  partition: string,
): Statement[] {
  return [
    {
      Sid: "GetContainerRecipes",
      Action: "imagebuilder:GetContainerRecipe",
      Resource: `arn:${partition}:imagebuilder:*:*:container-recipe/*`,
    },
    { Sid: "LogInToRegistries", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    { Sid: "PullParents", Action: PULL, Resource: pullFrom },
    {
      Sid: "PullParentsOfOtherAccounts",
      Action: PULL,
      Resource: "*",
      Condition: { StringNotEquals: { "aws:ResourceAccount": accountId } },
    },
    { Sid: "PushContainers", Action: PUSH, Resource: pushTo },
  ];
}

/** Returns the ARNs of buckets and of their objects. A wildcard at the end also matches objects. */
function withObjects(buckets: readonly string[]): string[] {
  return buckets.flatMap((bucket) => (bucket.endsWith("*") ? bucket : [bucket, `${bucket}/*`]));
}

/**
 * Denies access to the factory's own buckets, whatever other policies allow: AWS's managed policy
 * lets instances read every ISO file of the account. Instances get components from Image Builder.
 */
function denyFactoryBuckets({ logs, others }: FactoryBuckets): Statement[] {
  return [
    { Sid: "DenyFactoryBuckets", Effect: "Deny", Action: "s3:*", Resource: withObjects(others) },
    {
      Sid: "DenyAllButPutLogs",
      Effect: "Deny",
      NotAction: "s3:PutObject",
      Resource: withObjects([logs]),
    },
  ];
}

/**
 * Role of the instances that build and test. AWS's managed policies let them use Systems Manager,
 * read components and write CloudWatch logs. In addition they may write to the log bucket, and
 * have the permissions that the factory file and component documents add.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-setting-up.html
 */
export class BuildRole extends Construct {
  readonly instanceProfileName: string;
  /** Dependencies of the pipelines whose instances need the permissions. */
  readonly permissions: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    {
      name,
      partition,
      logBucketArn,
      dataKeyArn,
      containers,
      factoryBuckets,
      access,
    }: BuildRoleProps,
  ) {
    super(scope, id);
    const assumeRolePolicy = trust(ec2Principal(partition));
    const role = new IamRole(this, "Resource", { name, assumeRolePolicy });
    const attachments = BUILD_POLICIES.map(
      (managed) =>
        new IamRolePolicyAttachment(this, managed, {
          role: role.name,
          policyArn: `arn:${partition}:iam::aws:policy/${managed}`,
        }),
    );
    const logs = new IamRolePolicy(this, "logs", {
      name: "logs",
      role: role.name,
      policy: policy(
        { Sid: "PutLogs", Action: "s3:PutObject", Resource: `${logBucketArn}/*` },
        // S3 decrypts the parts of a multipart upload when it combines them.
        {
          Sid: "EncryptLogs",
          Action: ["kms:Decrypt", "kms:GenerateDataKey"],
          Resource: dataKeyArn,
        },
        ...denyFactoryBuckets(factoryBuckets),
      ),
    });
    const pulls =
      containers &&
      new IamRolePolicy(this, "containers", {
        name: "containers",
        role: role.name,
        policy: policy(...containerStatements(containers, partition)),
      });
    const accessPermissions = this.addAccess(role.name, access, partition);
    this.permissions = [...attachments, logs, ...(pulls ? [pulls] : []), ...accessPermissions];
    this.instanceProfileName = new IamInstanceProfile(this, "instance-profile", {
      name,
      role: role.name,
    }).name;
  }

  private addAccess(role: string, access: BuildAccess, partition: string): ITerraformDependable[] {
    const statements = accessStatements(access, partition);
    const inline =
      statements.length > 0
        ? [
            new IamRolePolicy(this, "access", {
              name: BUILD_ACCESS_POLICY,
              role,
              policy: policy(...statements),
            }),
          ]
        : [];
    const attachments = access.policies.map((policyArn) => {
      // Names of policies are unique in an account, whatever their paths are.
      const name = policyArn.replace(/^.*\//, "");
      return new IamRolePolicyAttachment(this, `policy-${name}`, { role, policyArn });
    });
    return [...inline, ...attachments];
  }
}
