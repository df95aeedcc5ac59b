import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { MANIFEST_PREFIX } from "../../contract/manifest";
import { IMAGE_TAG, ORPHANED_TAG, REVOKED_BY_TAG } from "../../contract/tags";
import { type Condition, policy, type Statement, trust } from "../common/policy";

export interface UpdaterRoleProps {
  readonly name: string;
  readonly logGroupArn: string;
  /** ARN of the queue of the function's work. */
  readonly queueArn: string;
  /** ARN of the queue that Lambda sends failed events to. */
  readonly deadLetterQueueArn: string;
  /** ARN of the key that encrypts the queues and the manifest. */
  readonly dataKeyArn: string;
  readonly manifestBucketArn: string;
  /** Pattern of the ARNs of resource shares. */
  readonly shareArns: string;
  /** Patterns of the ARNs of builds that have a channel. Empty if no image has one. */
  readonly sharedImageArns: readonly string[];
  /** Patterns of the ARNs of builds that have a golden parent. Empty if no image has one. */
  readonly childImageArns: readonly string[];
  /** Pattern of the ARNs of all builds. */
  readonly imageArns: string;
  /** Pattern of the ARNs of AMIs in every Region. */
  readonly amiArns: string;
  /** Whether a channel limits what Amazon Inspector may find in a build. */
  readonly readsFindings: boolean;
}

function runStatements(props: UpdaterRoleProps): Statement[] {
  return [
    {
      Sid: "WriteLogs",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${props.logGroupArn}:*`,
    },
    {
      Sid: "ProcessMessages",
      Action: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
      Resource: props.queueArn,
    },
    {
      Sid: "SendMessages",
      Action: "sqs:SendMessage",
      Resource: [props.queueArn, props.deadLetterQueueArn],
    },
    {
      Sid: "UseDataKey",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: props.dataKeyArn,
    },
  ];
}

function manifestStatements({ manifestBucketArn }: UpdaterRoleProps): Statement[] {
  return [
    {
      Sid: "ReadManifest",
      Action: "s3:GetObject",
      Resource: `${manifestBucketArn}/${MANIFEST_PREFIX}*`,
    },
    // Without this permission S3 doesn't report that the manifest is missing, but that access is
    // denied. Assumed: a condition on s3:prefix would have the same effect, because a request for an
    // object has no prefix.
    { Sid: "FindManifest", Action: "s3:ListBucket", Resource: manifestBucketArn },
  ];
}

/**
 * The manifest decides which shares the function changes. IAM can't: the ids of shares are random,
 * and a policy with the ARNs of several hundred shares would be too long. The condition on the tag
 * keeps the role from shares that aren't the factory's at all.
 */
function shareStatements({ shareArns }: UpdaterRoleProps): Statement[] {
  // The role may associate resources, but never principals.
  const isFactoryShare = {
    Null: { [`aws:ResourceTag/${IMAGE_TAG}`]: "false", "ram:Principal": "true" },
  };
  return [
    {
      // These reads can't be limited to a resource.
      Sid: "FindShares",
      Action: ["ram:GetResourceShareAssociations", "ram:GetResourceShares"],
      Resource: "*",
    },
    {
      Sid: "ShareBuilds",
      Action: "ram:AssociateResourceShare",
      Resource: shareArns,
      Condition: {
        ...isFactoryShare,
        StringEquals: { "ram:RequestedResourceType": "imagebuilder:Image" },
      },
    },
    {
      // Any type of resource, because a share may contain resources that were added by hand.
      Sid: "Unshare",
      Action: "ram:DisassociateResourceShare",
      Resource: shareArns,
      Condition: isFactoryShare,
    },
  ];
}

function buildStatements(props: UpdaterRoleProps): Statement[] {
  const { imageArns, sharedImageArns, childImageArns } = props;
  const statements: Statement[] = [
    // ListImages can't be limited to a resource.
    { Sid: "FindImages", Action: "imagebuilder:ListImages", Resource: "*" },
    {
      // All images, because one that left the factory file may have left launch permissions.
      Sid: "ReadBuilds",
      Action: ["imagebuilder:GetImage", "imagebuilder:ListImageBuildVersions"],
      Resource: imageArns,
    },
  ];
  if (sharedImageArns.length > 0)
    statements.push({
      // RAM changes the image's policy with the permissions of the role that shares it.
      Sid: "ShareImages",
      Action: "imagebuilder:PutImagePolicy",
      Resource: sharedImageArns,
    });
  if (childImageArns.length > 0)
    statements.push({
      // A build with a revoked ancestor. Other tags approve builds and revoke them.
      Sid: "MarkInheritedRevocations",
      Action: "imagebuilder:TagResource",
      Resource: childImageArns,
      Condition: {
        Null: { "aws:TagKeys": "false" },
        "ForAllValues:StringEquals": { "aws:TagKeys": REVOKED_BY_TAG },
      },
    });
  return statements;
}

function amiStatements({ imageArns, amiArns, readsFindings }: UpdaterRoleProps): Statement[] {
  // The factory tags its AMIs with the image, and Image Builder tags them with the ARN of the build.
  const isFactoryAmi: Condition = {
    Null: { [`aws:ResourceTag/${IMAGE_TAG}`]: "false" },
    StringLike: { "aws:ResourceTag/Ec2ImageBuilderArn": imageArns },
  };
  return [
    // DescribeImages can't be limited to a resource.
    { Sid: "FindAmis", Action: "ec2:DescribeImages", Resource: "*" },
    // Assumed: GetImageFindings can't be limited to a resource either.
    ...(readsFindings
      ? [{ Sid: "ReadFindings", Action: "ec2:GetImageFindings", Resource: "*" }]
      : []),
    {
      // No condition on tags: a deregistered AMI has none, and the updater must find out that it
      // is deregistered.
      Sid: "ReadLaunchPermissions",
      Action: "ec2:DescribeImageAttribute",
      Resource: amiArns,
    },
    {
      Sid: "ModifyLaunchPermissions",
      Action: "ec2:ModifyImageAttribute",
      Resource: amiArns,
      Condition: isFactoryAmi,
    },
    {
      Sid: "MarkOrphanedPermissions",
      Action: ["ec2:CreateTags", "ec2:DeleteTags"],
      Resource: amiArns,
      Condition: {
        ...isFactoryAmi,
        // DeleteTags without keys deletes all of them.
        Null: { ...isFactoryAmi["Null"], "aws:TagKeys": "false" },
        "ForAllValues:StringEquals": { "aws:TagKeys": ORPHANED_TAG },
      },
    },
  ];
}

/** Role of the share updater. */
export class UpdaterRole extends Construct {
  readonly arn: string;
  /** Dependency of the function, which can't write logs without it. */
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: UpdaterRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "Resource", {
      name: props.name,
      assumeRolePolicy: trust("lambda.amazonaws.com"),
    });
    this.arn = role.arn;
    this.policy = new IamRolePolicy(this, "policy", {
      name: "share-updater",
      role: role.name,
      policy: policy(
        ...runStatements(props),
        ...manifestStatements(props),
        ...shareStatements(props),
        ...buildStatements(props),
        ...amiStatements(props),
      ),
    });
  }
}
