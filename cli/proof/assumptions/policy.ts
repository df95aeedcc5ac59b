/** The IAM policy of `factory prove --assumptions`, for both accounts. */
import { ec2Principal } from "../../../contract/ec2-principal";
import type { Session } from "../../account-credentials";
import { PROVE_PREFIX, PROVE_TAG } from "../leftovers";

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

const NAMES = `${PROVE_PREFIX}*`;

/** Kinds of resources of Image Builder, as in ARNs. */
const KINDS = [
  "component",
  "distribution-configuration",
  "image",
  "image-pipeline",
  "image-recipe",
  "infrastructure-configuration",
  "lifecycle-policy",
  "workflow/test",
];

const IS_TAGGED = { Null: { [`aws:ResourceTag/${PROVE_TAG}`]: "false" } };
const CREATES_TAGGED = { Null: { [`aws:RequestTag/${PROVE_TAG}`]: "false" } };

/**
 * A statement: its actions, the ARNs of its resources without `arn:PARTITION:`, and its condition.
 * Without ARNs, it is about all resources.
 */
type Row = readonly [
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  condition?: (partition: string) => Statement["Condition"],
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
    ["component", "image", "workflow", "workflow-execution"].map(
      (kind) => `imagebuilder:*:*:${kind}/*`,
    ),
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
    KINDS.map((kind) => `imagebuilder:*:*:${kind}/${NAMES}`),
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
    (partition) => ({
      StringEquals: {
        "iam:PassedToService": [ec2Principal(partition), "imagebuilder.amazonaws.com"],
      },
    }),
  ],
  [
    // The first build of an account creates it.
    "CreateImageBuilderRole",
    ["iam:CreateServiceLinkedRole"],
    ["iam::*:role/aws-service-role/imagebuilder.amazonaws.com/*"],
  ],
  ["CreateShares", ["ram:CreateResourceShare"], [], () => CREATES_TAGGED],
  ["TagShares", ["ram:TagResource"], ["ram:*:*:resource-share/*"], () => CREATES_TAGGED],
  [
    "Shares",
    ["ram:AssociateResourceShare", "ram:DeleteResourceShare", "ram:DisassociateResourceShare"],
    ["ram:*:*:resource-share/*"],
    () => IS_TAGGED,
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
    () => IS_TAGGED,
  ],
  [
    "SnapshotsOfAmis",
    ["ec2:DeleteSnapshot"],
    ["ec2:*::snapshot/*"],
    () => ({ StringEquals: { "aws:ResourceTag/CreatedBy": "EC2 Image Builder" } }),
  ],
];

function statementOf([Sid, Action, resources, condition]: Row, partition: string): Statement {
  return {
    Sid,
    Effect: "Allow",
    Action,
    Resource: resources.length === 0 ? "*" : resources.map((one) => `arn:${partition}:${one}`),
    ...(condition && { Condition: condition(partition) }),
  };
}

/** Allows every call of all experiments. */
export const ASSUMPTIONS_POLICY = {
  Version: "2012-10-17",
  Statement: ROWS.map((row) => statementOf(row, "aws")),
};

/** Sessions are renewed before they end. */
const SESSION_SECONDS = 3_600;

/** Shorter actions and resources of statements, which allow more. */
const IN_SESSIONS: Readonly<
  Record<string, readonly [actions: readonly string[], resources?: readonly string[]]>
> = {
  Look: [
    [
      "ec2:DescribeImages",
      "imagebuilder:Get*",
      "imagebuilder:List*",
      "organizations:DescribeOrganization",
      "ram:Get*",
      "ram:List*",
    ],
  ],
  ImageBuilder: [["imagebuilder:*"], [`imagebuilder:*:*:*/${NAMES}`]],
  Roles: [["iam:*InstanceProfile", "iam:*Role", "iam:*RolePolicy"]],
  Shares: [["ram:*ResourceShare"]],
};

/**
 * Limits the session of an assumed role. STS accepts 2,048 characters, so some statements allow
 * more than {@link ASSUMPTIONS_POLICY}.
 */
export function sessionFor(partition: string): Session {
  const Statement = ROWS.filter(([sid]) => sid !== "LookAtImages").map(
    ([sid, actions, resources, condition]) => {
      const [shorter = actions, fewer = resources] = IN_SESSIONS[sid] ?? [];
      const { Sid: _, ...statement } = statementOf([sid, shorter, fewer, condition], partition);
      return statement;
    },
  );
  return {
    name: "golden-image-factory-assumptions",
    policy: JSON.stringify({ Version: "2012-10-17", Statement }),
    seconds: SESSION_SECONDS,
  };
}
