/** The IAM policy of `factory prove --assumptions`, for both accounts. */
import { NAME_PREFIX } from "../../../config/names";
import type { Session } from "../../account-credentials";
import { PROVE_TAG } from "../leftovers";

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

const NAMES = `${NAME_PREFIX}prove-*`;

const IS_TAGGED = { Null: { [`aws:ResourceTag/${PROVE_TAG}`]: "false" } };

/** Statements with ARNs without `arn:PARTITION:`. */
type Row = readonly [
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  condition?: Statement["Condition"],
];

/** Everything that experiments create has the prefix of their names or {@link PROVE_TAG}. */
const ROWS: readonly Row[] = [
  [
    "Look",
    [
      "ec2:DescribeImages",
      "imagebuilder:ListImageScanFindings",
      "imagebuilder:ListImages",
      "organizations:DescribeOrganization",
      "ram:GetResourceShareAssociations",
      "ram:GetResourceShares",
      "ram:ListResources",
    ],
    [],
  ],
  [
    "LookAtImages",
    [
      "imagebuilder:GetComponent",
      "imagebuilder:GetImage",
      "imagebuilder:GetWorkflow",
      // The ids of workflow runs are random.
      "imagebuilder:ListWorkflowStepExecutions",
    ],
    ["imagebuilder:*:*:*"],
  ],
  [
    "ImageBuilder",
    [
      "imagebuilder:CancelImageCreation",
      "imagebuilder:CreateComponent",
      "imagebuilder:CreateDistributionConfiguration",
      "imagebuilder:CreateImagePipeline",
      "imagebuilder:CreateImageRecipe",
      "imagebuilder:CreateInfrastructureConfiguration",
      "imagebuilder:CreateLifecyclePolicy",
      "imagebuilder:CreateWorkflow",
      "imagebuilder:DeleteComponent",
      "imagebuilder:DeleteDistributionConfiguration",
      "imagebuilder:DeleteImage",
      "imagebuilder:DeleteImagePipeline",
      "imagebuilder:DeleteImageRecipe",
      "imagebuilder:DeleteInfrastructureConfiguration",
      "imagebuilder:DeleteLifecyclePolicy",
      "imagebuilder:DeleteWorkflow",
      "imagebuilder:GetDistributionConfiguration",
      "imagebuilder:GetImagePipeline",
      "imagebuilder:GetImageRecipe",
      "imagebuilder:GetInfrastructureConfiguration",
      "imagebuilder:ListImagePackages",
      "imagebuilder:ListImagePipelineImages",
      "imagebuilder:ListWorkflowExecutions",
      "imagebuilder:PutImagePolicy",
      "imagebuilder:StartImagePipelineExecution",
      "imagebuilder:StartResourceStateUpdate",
      "imagebuilder:TagResource",
      "imagebuilder:UpdateImagePipeline",
    ],
    [`imagebuilder:*:*:*/${NAMES}`],
  ],
  [
    "Roles",
    [
      "iam:AddRoleToInstanceProfile",
      "iam:AttachRolePolicy",
      "iam:CreateInstanceProfile",
      "iam:CreateRole",
      "iam:DeleteInstanceProfile",
      "iam:DeleteRole",
      "iam:DetachRolePolicy",
      "iam:GetInstanceProfile",
      "iam:GetRole",
      "iam:RemoveRoleFromInstanceProfile",
      "iam:TagInstanceProfile",
      "iam:TagRole",
    ],
    [`iam::*:role/${NAMES}`, `iam::*:instance-profile/${NAMES}`],
  ],
  [
    "PassRoles",
    ["iam:PassRole"],
    [`iam::*:role/${NAMES}`],
    {
      StringEquals: { "iam:PassedToService": ["ec2.amazonaws.com", "imagebuilder.amazonaws.com"] },
    },
  ],
  [
    "CreateShares",
    ["ram:CreateResourceShare", "ram:TagResource"],
    ["ram:*:*:resource-share/*"],
    { Null: { [`aws:RequestTag/${PROVE_TAG}`]: "false" } },
  ],
  [
    "Shares",
    ["ram:AssociateResourceShare", "ram:DeleteResourceShare", "ram:DisassociateResourceShare"],
    ["ram:*:*:resource-share/*"],
    IS_TAGGED,
  ],
  [
    "Amis",
    [
      "ec2:AttachImageWatermark",
      "ec2:DeregisterImage",
      "ec2:DetachImageWatermark",
      "ec2:ModifyImageAttribute",
    ],
    ["ec2:*::image/*"],
    IS_TAGGED,
  ],
  [
    "SnapshotsOfAmis",
    ["ec2:DeleteSnapshot"],
    ["ec2:*::snapshot/*"],
    { StringEquals: { "aws:ResourceTag/CreatedBy": "EC2 Image Builder" } },
  ],
];

/** Allows every call of all experiments. */
export const ASSUMPTIONS_POLICY = {
  Version: "2012-10-17",
  Statement: ROWS.map(
    ([Sid, Action, resources, Condition]): Statement => ({
      Sid,
      Effect: "Allow",
      Action,
      Resource: resources.length === 0 ? "*" : resources.map((one) => `arn:aws:${one}`),
      ...(Condition && { Condition }),
    }),
  ),
};

/** Sessions are renewed before they end. */
const SESSION_SECONDS = 3_600;

/**
 * Limits the session of an assumed role. STS accepts 2,048 characters, so the statement for Image
 * Builder allows all of its actions, for what experiments create.
 */
export function sessionFor(partition: string): Session {
  const Statement = ROWS.map(([Sid, actions, resources, Condition]) => ({
    Effect: "Allow",
    Action: SHORTENED[Sid] ?? actions,
    Resource: resources.length === 0 ? "*" : resources.map((one) => `arn:${partition}:${one}`),
    ...(Condition && { Condition }),
  }));
  return {
    name: "golden-image-factory-assumptions",
    policy: JSON.stringify({ Version: "2012-10-17", Statement }),
    seconds: SESSION_SECONDS,
  };
}

const SHORTENED: Readonly<Record<string, readonly string[]>> = {
  ImageBuilder: ["imagebuilder:*"],
  LookAtImages: ["imagebuilder:Get*"],
  Roles: ["iam:*InstanceProfile", "iam:*Role", "iam:*RolePolicy"],
};
