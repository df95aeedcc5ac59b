import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { IMAGE_TAG } from "../../contract/tags";
import { policy, type Statement, trust } from "../common/policy";

export interface UpdaterRoleProps {
  readonly name: string;
  readonly logGroupArn: string;
  /** ARN of the queue that Lambda sends failed events to. */
  readonly queueArn: string;
  /** ARN of the key that encrypts the queue. */
  readonly dataKeyArn: string;
  /**
   * Pattern of the ARNs of resource shares. Conditions limit the role to shares that have the
   * factory's tag.
   */
  readonly shareArns: string;
  /** Patterns of the ARNs of builds that have a channel. Empty if no image has one. */
  readonly imageArns: readonly string[];
  /** Pattern of the ARNs of AMIs. Conditions limit the role to AMIs of the builds above. */
  readonly amiArns: string;
}

function logStatements({ logGroupArn, queueArn, dataKeyArn }: UpdaterRoleProps): Statement[] {
  return [
    {
      Sid: "WriteLogs",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${logGroupArn}:*`,
    },
    { Sid: "QueueFailedEvents", Action: "sqs:SendMessage", Resource: queueArn },
    {
      Sid: "EncryptFailedEvents",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: dataKeyArn,
    },
  ];
}

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

function buildStatements({ imageArns, amiArns }: UpdaterRoleProps): Statement[] {
  if (imageArns.length === 0) return [];
  return [
    {
      // RAM changes the image's policy with the permissions of the role that shares it.
      Sid: "ShareImages",
      Action: [
        "imagebuilder:GetImage",
        "imagebuilder:ListImageBuildVersions",
        "imagebuilder:PutImagePolicy",
      ],
      Resource: imageArns,
    },
    {
      Sid: "ModifyLaunchPermissions",
      Action: "ec2:ModifyImageAttribute",
      Resource: amiArns,
      // Image Builder tags an AMI with the ARN of its build.
      Condition: { StringLike: { "aws:ResourceTag/Ec2ImageBuilderArn": imageArns } },
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
        ...logStatements(props),
        ...shareStatements(props),
        // ListImages can't be limited to a resource.
        { Sid: "FindImages", Action: "imagebuilder:ListImages", Resource: "*" },
        ...buildStatements(props),
        // No condition on tags: a deregistered AMI has none, and the updater must find out that it
        // is deregistered.
        {
          Sid: "ReadLaunchPermissions",
          Action: "ec2:DescribeImageAttribute",
          Resource: props.amiArns,
        },
      ),
    });
  }
}
