import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { MANIFEST_PREFIX } from "../../contract/manifest";
import { IMAGE_TAG, ORPHANED_TAG, REVOKED_BY_TAG, SHARED_TAG_PREFIX } from "../../contract/tags";
import { type Condition, policy, type Statement, trust } from "../common/policy";
import {
  manifestStatements,
  type QueueFunctionArns,
  queueStatements,
} from "../functions/run-statements";

export interface UpdaterRoleProps extends QueueFunctionArns {
  readonly name: string;
  readonly manifestBucketArn: string;
  /** Pattern of the ARNs of resource shares. */
  readonly shareArns: string;
  /** Patterns of the ARNs of builds that have a channel. Empty if no image has one. */
  readonly sharedImageArns: readonly string[];
  /** Patterns of the ARNs of builds that have a golden parent. Empty if no image has one. */
  readonly childImageArns: readonly string[];
  /** Patterns of the ARNs of builds that have a channel with limits. Empty if no image has one. */
  readonly limitedImageArns: readonly string[];
  /** Pattern of the ARNs of all builds. */
  readonly imageArns: string;
  /** Pattern of the ARNs of AMIs in every Region. */
  readonly amiArns: string;
  /** ARN of the recorder's queue. @default - the factory has no recorder */
  readonly recorderQueueArn?: string | undefined;
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
  const { imageArns, sharedImageArns, childImageArns, limitedImageArns } = props;
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
  if (limitedImageArns.length > 0)
    statements.push({
      // One key for each channel.
      Sid: "MarkSharedBuilds",
      Action: "imagebuilder:TagResource",
      Resource: limitedImageArns,
      Condition: {
        Null: { "aws:TagKeys": "false" },
        "ForAllValues:StringLike": { "aws:TagKeys": `${SHARED_TAG_PREFIX}*` },
      },
    });
  return statements;
}

function amiStatements({ imageArns, amiArns, limitedImageArns }: UpdaterRoleProps): Statement[] {
  // The factory tags its AMIs with the image, and Image Builder tags them with the ARN of the
  // build.
  const isFactoryAmi: Condition = {
    Null: { [`aws:ResourceTag/${IMAGE_TAG}`]: "false" },
    StringLike: { "aws:ResourceTag/Ec2ImageBuilderArn": imageArns },
  };
  return [
    // DescribeImages can't be limited to a resource.
    { Sid: "FindAmis", Action: "ec2:DescribeImages", Resource: "*" },
    // Assumed: GetImageFindings can't be limited to a resource either.
    ...(limitedImageArns.length > 0
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
        ...queueStatements(props, props.recorderQueueArn),
        ...manifestStatements(props.manifestBucketArn, MANIFEST_PREFIX),
        ...shareStatements(props),
        ...buildStatements(props),
        ...amiStatements(props),
      ),
    });
  }
}
