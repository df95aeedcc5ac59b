/** Permissions for containers, workflows, parents in SSM parameters and policies of build roles. */

import { EXECUTION_POLICY } from "../build-environment/execution-role";
import type { Statement } from "../common/policy";
import { manageStatements, type ResourceKind, readStatements } from "./ci-permissions";
import { type CiScope, managedPolicyArn, regionalArn, roleArn } from "./ci-scope";

const CONTAINER_RESOURCES: readonly ResourceKind[] = [
  {
    name: "Repositories",
    policy: "additions",
    arns: (scope) => regionalArn(scope, "ecr", `repository/${scope.repositories}`),
    read: [
      "ecr:DescribeRepositories",
      "ecr:GetLifecyclePolicy",
      "ecr:GetRepositoryPolicy",
      "ecr:ListTagsForResource",
    ],
    write: [
      "ecr:CreateRepository",
      "ecr:DeleteLifecyclePolicy",
      "ecr:DeleteRepository",
      "ecr:DeleteRepositoryPolicy",
      "ecr:PutImageScanningConfiguration",
      "ecr:PutImageTagMutability",
      "ecr:PutLifecyclePolicy",
      "ecr:SetRepositoryPolicy",
      "ecr:TagResource",
      "ecr:UntagResource",
    ],
  },
  {
    name: "ContainerRecipes",
    policy: "additions",
    arns: (scope) => regionalArn(scope, "imagebuilder", "container-recipe/*"),
    read: ["imagebuilder:GetContainerRecipe", "imagebuilder:ListTagsForResource"],
    write: [
      "imagebuilder:CreateContainerRecipe",
      "imagebuilder:DeleteContainerRecipe",
      "imagebuilder:TagResource",
      "imagebuilder:UntagResource",
    ],
  },
];

function workflowResources(executionRoles: string): ResourceKind[] {
  return [
    {
      name: "Workflows",
      policy: "additions",
      arns: (scope) => regionalArn(scope, "imagebuilder", "workflow/*"),
      read: ["imagebuilder:ListTagsForResource"],
      write: [
        "imagebuilder:CreateWorkflow",
        "imagebuilder:DeleteWorkflow",
        "imagebuilder:TagResource",
        "imagebuilder:UntagResource",
      ],
    },
    {
      name: "ExecutionRoles",
      policy: "additions",
      arns: (scope) => roleArn(scope, executionRoles),
      read: ["iam:Get*", "iam:List*"],
      write: [
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ],
    },
  ];
}

function additionalResources({ hasContainers, executionRoles }: CiScope): ResourceKind[] {
  return [
    ...(hasContainers ? CONTAINER_RESOURCES : []),
    ...(executionRoles === undefined ? [] : workflowResources(executionRoles)),
  ];
}

/** Statements that let plans read containers and workflows. */
export function additionalReadStatements(scope: CiScope): Statement[] {
  return readStatements(scope, additionalResources(scope));
}

function containerStatements(scope: CiScope): Statement[] {
  const keys = regionalArn(scope, "kms", "key/*");
  const viaEcr = { "kms:ViaService": "ecr.*.amazonaws.com" };
  return [
    {
      // ECR calls this and the next with the permissions of the role that creates or deletes a
      // repository.
      Sid: "CreateRepositoryGrants",
      Action: "kms:CreateGrant",
      Resource: keys,
      Condition: { StringLike: viaEcr, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
    {
      Sid: "RetireRepositoryGrants",
      Action: "kms:RetireGrant",
      Resource: keys,
      Condition: { StringLike: viaEcr },
    },
    // Image Builder calls this with the permissions of the role that creates a recipe, for the
    // recipe's parent and repository. The parent may be in any repository.
    { Sid: "FindParentContainers", Action: "ecr:DescribeImages", Resource: "*" },
    {
      Sid: "FindHostImages",
      Action: "ssm:GetParameter",
      Resource: regionalArn({ ...scope, accountId: "" }, "ssm", "parameter/aws/service/ecs/*"),
    },
  ];
}

function executionRoleStatements(scope: CiScope, executionRoles: string): Statement[] {
  const role = roleArn(scope, executionRoles);
  return [
    {
      Sid: "AttachExecutionPolicy",
      Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      Resource: role,
      Condition: { ArnEquals: { "iam:PolicyARN": managedPolicyArn(scope, EXECUTION_POLICY) } },
    },
    {
      Sid: "PassExecutionRoles",
      Action: "iam:PassRole",
      Resource: role,
      Condition: { StringEquals: { "iam:PassedToService": "imagebuilder.amazonaws.com" } },
    },
  ];
}

/**
 * Assumed: Image Builder reads a recipe's parent with the permissions of the role that creates it.
 */
function parentParameterStatements({ parentParameters }: CiScope): Statement[] {
  if (parentParameters.length === 0) return [];
  return [{ Sid: "ReadParentParameters", Action: "ssm:GetParameter", Resource: parentParameters }];
}

/**
 * Lets the deploy role attach exactly the policies that `buildAccess` names, to build roles only.
 */
function buildPolicyStatements(scope: CiScope): Statement[] {
  const { buildPolicies, roles } = scope;
  if (buildPolicies.length === 0) return [];
  return [
    {
      Sid: "AttachBuildPolicies",
      Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      Resource: roleArn(scope, roles.ec2),
      Condition: { ArnEquals: { "iam:PolicyARN": buildPolicies } },
    },
  ];
}

/**
 * Statements of the deploy role. Empty if the account has no containers, no execution roles, no
 * parents in SSM parameters and no policies for build roles.
 */
export function additionalDeployStatements(scope: CiScope): Statement[] {
  const { hasContainers, executionRoles } = scope;
  return [
    ...manageStatements(scope, additionalResources(scope)),
    ...(hasContainers ? containerStatements(scope) : []),
    ...(executionRoles === undefined ? [] : executionRoleStatements(scope, executionRoles)),
    ...parentParameterStatements(scope),
    ...buildPolicyStatements(scope),
  ];
}
