/** What GitHub Actions need beside where there are containers, or workflows: apart, because IAM takes 10,240 characters of a role's own policies. */

import { EXECUTION_POLICY } from "../build-environment/execution-role";
import type { Statement } from "../common/policy";
import { actions, arnIn, type CiScope, type Rights } from "./ci-permissions";

function containerRights(scope: CiScope): Rights[] {
  const arn = arnIn(scope);
  return [
    {
      of: "Repositories",
      resources: arn("ecr", `repository/${scope.repositories}`),
      read: actions(
        "ecr",
        "DescribeRepositories",
        "GetLifecyclePolicy",
        "GetRepositoryPolicy",
        "ListTagsForResource",
      ),
      write: actions(
        "ecr",
        ...[
          "CreateRepository",
          "DeleteLifecyclePolicy",
          "DeleteRepository",
          "DeleteRepositoryPolicy",
          "PutImageScanningConfiguration",
        ],
        ...[
          "PutImageTagMutability",
          "PutLifecyclePolicy",
          "SetRepositoryPolicy",
          "TagResource",
          "UntagResource",
        ],
      ),
    },
    {
      of: "ContainerRecipes",
      resources: arn("imagebuilder", "container-recipe/*"),
      read: actions("imagebuilder", "GetContainerRecipe", "ListTagsForResource"),
      write: actions(
        "imagebuilder",
        "CreateContainerRecipe",
        "DeleteContainerRecipe",
        "TagResource",
        "UntagResource",
      ),
    },
  ];
}

function workflowRights(scope: CiScope, executionRoles: string): Rights[] {
  return [
    {
      of: "Workflows",
      resources: arnIn(scope)("imagebuilder", "workflow/*"),
      read: actions("imagebuilder", "ListTagsForResource"),
      write: actions(
        "imagebuilder",
        "CreateWorkflow",
        "DeleteWorkflow",
        "TagResource",
        "UntagResource",
      ),
    },
    {
      of: "ExecutionRoles",
      resources: arnIn(scope)("iam", `role/${executionRoles}`, scope.accountId, ""),
      read: actions("iam", "Get*", "List*"),
      write: actions(
        "iam",
        ...[
          "CreateRole",
          "DeleteRole",
          "DeleteRolePolicy",
          "PutRolePolicy",
          "TagRole",
          "UntagRole",
        ],
        ...["UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription"],
      ),
    },
  ];
}

function additionsOf(scope: CiScope): Rights[] {
  return [
    ...(scope.hasContainers ? containerRights(scope) : []),
    ...(scope.executionRoles === undefined ? [] : workflowRights(scope, scope.executionRoles)),
  ];
}

/** What a plan reads beside, the policy with what a deployment does included. */
export function planAdditions(scope: CiScope): Statement[] {
  const additions = additionsOf(scope);
  const own = arnIn(scope)("iam", `policy/${additionsName(scope.deployRole)}`, scope.accountId, "");
  return [
    ...additions.map(({ of, resources, read }) => ({
      Sid: `Read${of}`,
      Action: read,
      Resource: resources,
    })),
    ...(additions.length > 0 ? [{ Sid: "ReadCiPolicies", Action: "iam:Get*", Resource: own }] : []),
  ];
}

/** What a role's policy with additions is called. */
export function additionsName(role: string): string {
  return `${role}-additions`;
}

function ofContainers(scope: CiScope): Statement[] {
  return [
    {
      // Of a repository that is made or goes, ECR asks for these in the name of who does so.
      Sid: "LetRepositoriesUseKey",
      Action: "kms:CreateGrant",
      Resource: arnIn(scope)("kms", "key/*"),
      Condition: {
        StringLike: { "kms:ViaService": "ecr.*.amazonaws.com" },
        Bool: { "kms:GrantIsForAWSResource": "true" },
      },
    },
    {
      Sid: "LetRepositoriesLeaveKey",
      Action: "kms:RetireGrant",
      Resource: arnIn(scope)("kms", "key/*"),
      Condition: { StringLike: { "kms:ViaService": "ecr.*.amazonaws.com" } },
    },
    // Image Builder looks a recipe's parent and repository up in the name of who makes it; parents are in anybody's repositories.
    { Sid: "FindParentContainers", Action: "ecr:DescribeImages", Resource: "*" },
    {
      Sid: "FindHostImages",
      Action: "ssm:GetParameter",
      Resource: arnIn(scope)("ssm", "parameter/aws/service/ecs/*", ""),
    },
  ];
}

function ofExecutionRoles(scope: CiScope, executionRoles: string): Statement[] {
  const role = arnIn(scope)("iam", `role/${executionRoles}`, scope.accountId, "");
  return [
    {
      Sid: "AttachExecutionPolicy",
      Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      Resource: role,
      Condition: {
        ArnEquals: {
          "iam:PolicyARN": `arn:${scope.partition}:iam::aws:policy/${EXECUTION_POLICY}`,
        },
      },
    },
    {
      Sid: "PassExecutionRoles",
      Action: "iam:PassRole",
      Resource: role,
      Condition: { StringEquals: { "iam:PassedToService": "imagebuilder.amazonaws.com" } },
    },
  ];
}

/** What a deployment does beside. */
export function deployAdditions(scope: CiScope): Statement[] {
  return [
    ...additionsOf(scope).map(({ of, resources, read, write }) => ({
      Sid: `Manage${of}`,
      Action: [...read, ...write],
      Resource: resources,
    })),
    ...(scope.hasContainers ? ofContainers(scope) : []),
    ...(scope.executionRoles === undefined ? [] : ofExecutionRoles(scope, scope.executionRoles)),
  ];
}
