/** Policies of the roles that plan and deploy in GitHub Actions. */

import { ec2Principal } from "../../contract/ec2-principal";
import { IMAGE_TAG } from "../../contract/tags";
import { BUILD_POLICIES } from "../build-environment/build-role";
import { LIFECYCLE_POLICY } from "../build-environment/lifecycle-role";
import type { Statement } from "../common/policy";
import { additionalDeployStatements, additionalReadStatements } from "./additional-permissions";
import {
  additionalFunctionRoles,
  type DeployPolicy,
  manageStatements,
  READ_BUCKET_SETTINGS,
  readStatements,
  resourceKinds,
} from "./ci-permissions";
import {
  type CiScope,
  globalArn,
  isSharedAccount,
  managedPolicyArn,
  regionalArn,
  roleArn,
  s3Arn,
  sharedAccountArn,
} from "./ci-scope";

function stateArn(scope: CiScope): string {
  return s3Arn(scope, `${scope.stateBucket}/${scope.stateKeys}`);
}

/** https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required */
function lockStatement(scope: CiScope): Statement {
  return {
    Sid: "LockState",
    Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
    Resource: `${stateArn(scope)}.tflock`,
  };
}

/**
 * Lets a role use the data key for component documents in S3 and for components in Image Builder.
 * Keys have random ids, so conditions limit the use. They don't match the key's alias: a new alias
 * takes minutes to have an effect, and the deploy role could point it to another key.
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
function dataKeyStatements(scope: CiScope, action: string | readonly string[]): Statement[] {
  const keys = regionalArn(scope, "kms", "key/*");
  const components = s3Arn(scope, `${scope.componentBuckets}*`);
  return [
    {
      Sid: "UseKeyForDocuments",
      Action: action,
      Resource: keys,
      Condition: { StringLike: { "kms:EncryptionContext:aws:s3:arn": components } },
    },
    {
      Sid: "UseKeyForComponents",
      Action: action,
      Resource: keys,
      Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": "imagebuilder.amazonaws.com" } },
    },
  ];
}

/** Actions that can't be limited to a resource. */
function findByName(): Statement {
  return {
    Sid: "FindByName",
    Action: [
      "cloudwatch:DescribeAlarms",
      "kms:ListAliases",
      "logs:DescribeLogGroups",
      "ram:GetResourceShareAssociations",
      "ram:GetResourceShares",
    ],
    Resource: "*",
  };
}

/** Parents, components and workflows of AWS, and those that other accounts share. */
function findParents(scope: CiScope): Statement {
  const anyAccount = { ...scope, accountId: "*" };
  return {
    Sid: "FindParents",
    Action: ["imagebuilder:GetComponent", "imagebuilder:GetImage", "imagebuilder:GetWorkflow"],
    Resource: [
      regionalArn(anyAccount, "imagebuilder", "component/*"),
      regionalArn(anyAccount, "imagebuilder", "image/*"),
      regionalArn(anyAccount, "imagebuilder", "workflow/*"),
    ],
  };
}

/** Lets app accounts find the shared account's image key. */
function findSharedKey(scope: CiScope): Statement[] {
  if (isSharedAccount(scope)) return [];
  return [
    {
      Sid: "FindSharedKey",
      Action: ["kms:DescribeKey", "kms:ListGrants"],
      Resource: sharedAccountArn(scope, "kms", "key/*"),
    },
  ];
}

/** Statements of the plan role. It reads state and the resources of the stacks, and locks state. */
export function planStatements(scope: CiScope): Statement[] {
  return [
    { Sid: "ReadState", Action: "s3:GetObject", Resource: stateArn(scope) },
    lockStatement(scope),
    // The state stack contains the state bucket, the CI roles and the OIDC provider.
    {
      Sid: "ReadStateBucket",
      Action: READ_BUCKET_SETTINGS,
      Resource: s3Arn(scope, scope.stateBucket),
    },
    {
      Sid: "ReadCiRoles",
      Action: ["iam:Get*", "iam:List*"],
      Resource: [
        ...scope.ciRoles.map((name) => roleArn(scope, name)),
        globalArn(scope, "iam", "oidc-provider/*"),
      ],
    },
    {
      Sid: "ReadCiPolicies",
      Action: "iam:Get*",
      Resource: globalArn(scope, "iam", `policy/${scope.deployRole}-*`),
    },
    ...dataKeyStatements(scope, "kms:Decrypt"),
    ...readStatements(scope, resourceKinds(scope)),
    ...additionalReadStatements(scope),
    findByName(),
    findParents(scope),
    ...findSharedKey(scope),
  ];
}

function passRoleStatement(
  sid: string,
  roleArns: string | readonly string[],
  service: string,
): Statement {
  return {
    Sid: sid,
    Action: "iam:PassRole",
    Resource: roleArns,
    Condition: { StringEquals: { "iam:PassedToService": service } },
  };
}

/**
 * Limits the managed policies that may be attached to the stacks' roles, and the services that the
 * roles may be passed to.
 */
function roleStatements(scope: CiScope): Statement[] {
  const { partition, roles } = scope;
  const additionalRoles = additionalFunctionRoles(scope);
  const updaterRoles = roleArn(scope, roles.lambda);
  const managedPolicies = [...BUILD_POLICIES, LIFECYCLE_POLICY];
  return [
    {
      Sid: "AttachPolicies",
      Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      Resource: Object.values(roles).map((name) => roleArn(scope, name)),
      Condition: {
        ArnEquals: {
          "iam:PolicyARN": managedPolicies.map((name) => managedPolicyArn(scope, name)),
        },
      },
    },
    passRoleStatement("PassToEc2", roleArn(scope, roles.ec2), ec2Principal(partition)),
    passRoleStatement(
      "PassToImageBuilder",
      roleArn(scope, roles.imagebuilder),
      "imagebuilder.amazonaws.com",
    ),
    passRoleStatement(
      "PassToLambda",
      additionalRoles.length > 0 ? [updaterRoles, ...additionalRoles] : updaterRoles,
      "lambda.amazonaws.com",
    ),
    {
      // https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-service-linked-role.html
      Sid: "CreateImageBuilderRole",
      Action: ["iam:CreateServiceLinkedRole", "iam:GetRole"],
      Resource: roleArn(scope, "aws-service-role/imagebuilder.amazonaws.com/*"),
    },
  ];
}

/**
 * Limits the role to the factory's shares, and to their principals and tags: the updater
 * associates builds.
 */
function shareStatements(scope: CiScope): Statement[] {
  const shares = regionalArn(scope, "ram", "resource-share/*");
  const hasImageTag = { [`aws:ResourceTag/${IMAGE_TAG}`]: "false" };
  return [
    {
      Sid: "CreateShares",
      Action: "ram:CreateResourceShare",
      Resource: "*",
      Condition: {
        Bool: { "ram:RequestedAllowsExternalPrincipals": "false" },
        Null: { [`aws:RequestTag/${IMAGE_TAG}`]: "false" },
      },
    },
    {
      Sid: "ManageShares",
      Action: ["ram:DeleteResourceShare", "ram:UpdateResourceShare"],
      Resource: shares,
      Condition: { Null: hasImageTag },
    },
    {
      Sid: "ManagePrincipals",
      Action: ["ram:AssociateResourceShare", "ram:DisassociateResourceShare"],
      Resource: shares,
      Condition: { Null: { ...hasImageTag, "ram:ResourceArn": "true" } },
    },
    { Sid: "TagShares", Action: ["ram:TagResource", "ram:UntagResource"], Resource: shares },
  ];
}

/** Limits the role to the event source mappings of the functions with a name. */
function mappingStatements(scope: CiScope, names: string): Statement[] {
  const functions = regionalArn(scope, "lambda", `function:${names}`);
  const isOfFactory = { ArnLike: { "lambda:FunctionArn": functions } };
  return [
    {
      Sid: "CreateMappings",
      Action: "lambda:CreateEventSourceMapping",
      Resource: "*",
      Condition: isOfFactory,
    },
    {
      Sid: "ChangeMappings",
      Action: ["lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"],
      Resource: regionalArn(scope, "lambda", "event-source-mapping:*"),
      Condition: isOfFactory,
    },
  ];
}

/**
 * Lets app accounts grant the shared account's image key. Its key policy limits the grantee to the
 * account's Auto Scaling.
 */
function grantSharedKey(scope: CiScope): Statement[] {
  if (isSharedAccount(scope)) return [];
  return [
    {
      Sid: "GrantSharedKey",
      Action: ["kms:CreateGrant", "kms:RetireGrant"],
      Resource: sharedAccountArn(scope, "kms", "key/*"),
    },
  ];
}

const EMPTY_BUCKET = ["s3:DeleteObject", "s3:DeleteObjectVersion"];

/**
 * The policy of a bucket with evidence denies deletions. Terraform destroys it before the bucket.
 */
function emptyEvidenceBuckets(scope: CiScope): Statement[] {
  const { recorder } = scope;
  if (!recorder?.emptiesBuckets || recorder.buckets === undefined) return [];
  return [
    {
      Sid: "EmptyEvidenceBuckets",
      Action: EMPTY_BUCKET,
      Resource: s3Arn(scope, `${recorder.buckets}/*`),
    },
  ];
}

/** Statements of the inline policy of the deploy role: access to state. */
export function deployStatements(scope: CiScope): Statement[] {
  return [
    { Sid: "ListStateBucket", Action: "s3:ListBucket", Resource: s3Arn(scope, scope.stateBucket) },
    { Sid: "WriteState", Action: ["s3:GetObject", "s3:PutObject"], Resource: stateArn(scope) },
    lockStatement(scope),
    {
      Sid: "ProtectOwnState",
      Effect: "Deny",
      Action: ["s3:DeleteObject", "s3:PutObject"],
      Resource: s3Arn(scope, `${scope.stateBucket}/${scope.ownStateKey}*`),
    },
  ];
}

/**
 * Statements of the managed policies of the deploy role. In addition to planning, it creates,
 * changes and destroys the resources of the stacks. It is as powerful as an administrator of its
 * account, because it writes the policies of roles and keys. Its limits protect from accidents, not
 * from intent.
 */
export function deployPolicies(scope: CiScope): Record<DeployPolicy, Statement[]> {
  const { rebuilder } = scope;
  const manage = (policy: DeployPolicy): Statement[] =>
    manageStatements(
      scope,
      resourceKinds(scope).filter((kind) => kind.policy === policy),
    );
  return {
    "build-environment": [
      ...manage("build-environment"),
      {
        Sid: "EmptyBuckets",
        Action: EMPTY_BUCKET,
        Resource: [scope.componentBuckets, scope.logBuckets].map((name) =>
          s3Arn(scope, `${name}/*`),
        ),
      },
      ...emptyEvidenceBuckets(scope),
      findByName(),
    ],
    keys: [
      ...manage("keys"),
      { Sid: "CreateKeys", Action: "kms:CreateKey", Resource: "*" },
      ...dataKeyStatements(scope, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"]),
      ...findSharedKey(scope),
      ...grantSharedKey(scope),
    ],
    roles: [...manage("roles"), ...roleStatements(scope)],
    "image-builder": [
      ...manage("image-builder"),
      {
        // Image Builder calls these with the permissions of the role that creates a recipe or a
        // pipeline.
        Sid: "ReadForImageBuilder",
        Action: ["ec2:DescribeImages", "inspector2:BatchGetAccountStatus"],
        Resource: "*",
      },
      findParents(scope),
    ],
    sharing: isSharedAccount(scope)
      ? [
          ...manage("sharing"),
          ...mappingStatements(scope, `${scope.prefix}*`),
          ...shareStatements(scope),
        ]
      : [],
    rebuilding:
      rebuilder && !isSharedAccount(scope)
        ? [...manage("rebuilding"), ...mappingStatements(scope, rebuilder.resources)]
        : [],
    additions: additionalDeployStatements(scope),
  };
}
