import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import { policy, type Statement, trust } from "../common/policy";

export interface BuildRoleProps {
  /** Of the role and of its instance profile. */
  readonly name: string;
  readonly partition: string;
  readonly logBucketArn: string;
  /** Encrypts that bucket, and the components that the instances run. */
  readonly dataKeyArn: string;
  /** What building containers takes. @default - they build none */
  readonly containers?: ContainerPermissions;
}

export interface ContainerPermissions {
  /** 12 digits: in other accounts, parents' own repositories say who pulls. */
  readonly accountId: string;
  /** Patterns of the ARNs of the account's repositories that parents are in, and of those below: what is pushed is looked for first. */
  readonly pullFrom: readonly string[];
  /** Patterns of the ARNs of those that builds go to, and what is scanned: all that a Region builds, because its role is one. */
  readonly pushTo: readonly string[];
}

/** AWS's own policies for instances that build. */
export const BUILD_POLICIES = ["AmazonSSMManagedInstanceCore", "EC2InstanceProfileForImageBuilder"];

/** AWS's own policy for it lets them push to any repository of the account. */
function containerStatements(
  { accountId, pullFrom, pushTo }: ContainerPermissions,
  partition: string,
): Statement[] {
  const pull = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
  ];
  return [
    {
      Sid: "GetContainerRecipes",
      Action: "imagebuilder:GetContainerRecipe",
      Resource: `arn:${partition}:imagebuilder:*:*:container-recipe/*`,
    },
    { Sid: "LogInToRegistries", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    { Sid: "PullParents", Action: pull, Resource: pullFrom },
    {
      Sid: "PullParentsElsewhere",
      Action: pull,
      Resource: "*",
      Condition: { StringNotEquals: { "aws:ResourceAccount": accountId } },
    },
    {
      Sid: "PushContainers",
      // Beside what pulling takes: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
      Action: [
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ],
      Resource: pushTo,
    },
  ];
}

/**
 * What instances that build and test may do: talk to Systems Manager, get components and write CloudWatch logs, by AWS's own
 * policies; and put their logs into the bucket.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-setting-up.html
 */
export class BuildRole extends Construct {
  readonly instanceProfileName: string;

  constructor(
    scope: Construct,
    id: string,
    { name, partition, logBucketArn, dataKeyArn, containers }: BuildRoleProps,
  ) {
    super(scope, id);
    // In China EC2 is the service that has a principal of its own.
    const ec2 = partition === "aws-cn" ? "ec2.amazonaws.com.cn" : "ec2.amazonaws.com";
    const role = new IamRole(this, "Resource", { name, assumeRolePolicy: trust(ec2) });
    for (const managed of BUILD_POLICIES) {
      new IamRolePolicyAttachment(this, managed, {
        role: role.name,
        policyArn: `arn:${partition}:iam::aws:policy/${managed}`,
      });
    }
    new IamRolePolicy(this, "logs", {
      name: "logs",
      role: role.name,
      policy: policy(
        { Sid: "PutLogs", Action: "s3:PutObject", Resource: `${logBucketArn}/*` },
        // A large object goes up in parts, which S3 decrypts to put together.
        {
          Sid: "EncryptLogs",
          Action: ["kms:Decrypt", "kms:GenerateDataKey"],
          Resource: dataKeyArn,
        },
      ),
    });
    if (containers)
      new IamRolePolicy(this, "containers", {
        name: "containers",
        role: role.name,
        policy: policy(...containerStatements(containers, partition)),
      });
    this.instanceProfileName = new IamInstanceProfile(this, "instance-profile", {
      name,
      role: role.name,
    }).name;
  }
}
