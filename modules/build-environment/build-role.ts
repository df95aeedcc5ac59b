import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { policy, type Statement, trust } from "../common/policy";

export interface BuildRoleProps {
  /** Name of the role and of its instance profile. */
  readonly name: string;
  readonly partition: string;
  readonly logBucketArn: string;
  /** ARN of the key that encrypts the log bucket, and the components that the instances run. */
  readonly dataKeyArn: string;
  /** Permissions for building containers. @default - the instances build no containers */
  readonly containers?: ContainerPermissions;
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

/**
 * Role of the instances that build and test. AWS's managed policies let them use Systems Manager,
 * read components and write CloudWatch logs. In addition they may write to the log bucket.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-setting-up.html
 */
export class BuildRole extends Construct {
  readonly instanceProfileName: string;
  /** Dependencies of the pipelines whose instances need the permissions. */
  readonly permissions: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    { name, partition, logBucketArn, dataKeyArn, containers }: BuildRoleProps,
  ) {
    super(scope, id);
    // In China, EC2 is the only service whose principal differs.
    const ec2 = partition === "aws-cn" ? "ec2.amazonaws.com.cn" : "ec2.amazonaws.com";
    const role = new IamRole(this, "Resource", { name, assumeRolePolicy: trust(ec2) });
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
      ),
    });
    const pulls =
      containers &&
      new IamRolePolicy(this, "containers", {
        name: "containers",
        role: role.name,
        policy: policy(...containerStatements(containers, partition)),
      });
    this.permissions = [...attachments, logs, ...(pulls ? [pulls] : [])];
    this.instanceProfileName = new IamInstanceProfile(this, "instance-profile", {
      name,
      role: role.name,
    }).name;
  }
}
