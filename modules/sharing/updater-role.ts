import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { IMAGE_TAG } from "../../contract/tags";
import { policy, trust } from "../common/policy";

export interface UpdaterRoleProps {
  readonly name: string;
  readonly logGroupArn: string;
  /** Where Lambda puts events that failed. */
  readonly queueArn: string;
  /** Encrypts that queue. */
  readonly dataKeyArn: string;
  /** Pattern of the ARNs of resource shares; the tag says which are the factory's. */
  readonly shareArns: string;
  /** Patterns of the ARNs of the builds that are shared. Without any, none may be. */
  readonly imageArns: readonly string[];
  /** Pattern of the ARNs of AMIs; Image Builder's tag says which are of those builds. */
  readonly amiArns: string;
}

/** What the share updater may do. */
export class UpdaterRole extends Construct {
  readonly arn: string;
  /** To be waited for: without it the function can't write its logs. */
  readonly policy: IamRolePolicy;

  constructor(
    scope: Construct,
    id: string,
    { name, logGroupArn, queueArn, dataKeyArn, shareArns, imageArns, amiArns }: UpdaterRoleProps,
  ) {
    super(scope, id);
    // Never who a share is for.
    const ofTheFactory = {
      Null: { [`aws:ResourceTag/${IMAGE_TAG}`]: "false", "ram:Principal": "true" },
    };
    const role = new IamRole(this, "Resource", {
      name,
      assumeRolePolicy: trust("lambda.amazonaws.com"),
    });
    this.arn = role.arn;
    this.policy = new IamRolePolicy(this, "policy", {
      name: "share-updater",
      role: role.name,
      policy: policy(
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
        // Neither can be narrowed down to a resource.
        {
          Sid: "FindShares",
          Action: ["ram:GetResourceShareAssociations", "ram:GetResourceShares"],
          Resource: "*",
        },
        {
          Sid: "ShareBuilds",
          Action: "ram:AssociateResourceShare",
          Resource: shareArns,
          Condition: {
            ...ofTheFactory,
            StringEquals: { "ram:RequestedResourceType": "imagebuilder:Image" },
          },
        },
        // Whatever somebody put in by hand.
        {
          Sid: "Unshare",
          Action: "ram:DisassociateResourceShare",
          Resource: shareArns,
          Condition: ofTheFactory,
        },
        { Sid: "FindImages", Action: "imagebuilder:ListImages", Resource: "*" },
        ...(imageArns.length > 0
          ? [
              {
                // RAM writes the image's policy in the name of who shares it.
                Sid: "ShareImages",
                Action: [
                  "imagebuilder:GetImage",
                  "imagebuilder:ListImageBuildVersions",
                  "imagebuilder:PutImagePolicy",
                ],
                Resource: imageArns,
              },
              {
                Sid: "LetLaunch",
                Action: "ec2:ModifyImageAttribute",
                Resource: amiArns,
                // Image Builder writes which build an AMI is of.
                Condition: { StringLike: { "aws:ResourceTag/Ec2ImageBuilderArn": imageArns } },
              },
            ]
          : []),
        // Without a condition: what is gone has no tag, and that it is gone has to be told.
        { Sid: "SeeWhoLaunches", Action: "ec2:DescribeImageAttribute", Resource: amiArns },
      ),
    });
  }
}
