import { IMAGE_TAG } from "../../contract/tags";
import { BUILD_POLICIES } from "../build-environment/build-role";
import { LIFECYCLE_POLICY } from "../build-environment/lifecycle-role";
import type { Statement } from "../common/policy";
import {
  actions,
  arnIn,
  BUCKET_SETTINGS,
  type CiScope,
  isSharing,
  rightsOf,
  s3Arn,
} from "./ci-permissions";
import { planAdditions } from "./container-permissions";

/** https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required */
function state(scope: CiScope): Record<"bucket" | "states" | "locks" | "own", string> {
  const { stateBucket, stateKeys, ownStateKey } = scope;
  return {
    bucket: s3Arn(scope, stateBucket),
    states: s3Arn(scope, `${stateBucket}/${stateKeys}`),
    locks: s3Arn(scope, `${stateBucket}/${stateKeys}.tflock`),
    own: s3Arn(scope, `${stateBucket}/${ownStateKey}*`),
  };
}

/**
 * Rights to components, which are encrypted in S3 and in Image Builder: by what they are used for, because a key has no name. Not by its
 * alias, which takes minutes to count after it was made, and which whoever deploys could point at another key.
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
function componentKeyStatements(scope: CiScope, action: string | readonly string[]): Statement[] {
  const keys = arnIn(scope)("kms", "key/*");
  return [
    {
      Sid: "UseKeyForDocuments",
      Action: action,
      Resource: keys,
      Condition: {
        StringLike: {
          "kms:EncryptionContext:aws:s3:arn": s3Arn(scope, `${scope.componentBuckets}*`),
        },
      },
    },
    {
      Sid: "UseKeyForComponents",
      Action: action,
      Resource: keys,
      Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": "imagebuilder.amazonaws.com" } },
    },
  ];
}

/** What has no name to be narrowed down to, and another account's. */
function lookups(scope: CiScope): Statement[] {
  const arn = arnIn(scope);
  return [
    {
      Sid: "FindByName",
      Action: [
        "cloudwatch:DescribeAlarms",
        "kms:ListAliases",
        "logs:DescribeLogGroups",
        "ram:GetResourceShareAssociations",
        "ram:GetResourceShares",
      ],
      Resource: "*",
    },
    {
      // AWS's own, and those that are shared.
      Sid: "FindParents",
      Action: actions("imagebuilder", "GetComponent", "GetImage", "GetWorkflow"),
      Resource: ["component", "image", "workflow"].map((kind) =>
        arn("imagebuilder", `${kind}/*`, "*"),
      ),
    },
    ...(isSharing(scope)
      ? []
      : [
          {
            Sid: "FindSharedKey",
            Action: ["kms:DescribeKey", "kms:ListGrants"],
            Resource: arn("kms", "key/*", scope.sharedAccountId),
          },
        ]),
  ];
}

/** What a plan may do: read state and what the stacks are made of, and hold the state's lock. */
export function planStatements(scope: CiScope): Statement[] {
  const { bucket, states, locks } = state(scope);
  const ciRoles = scope.ownRoles.map((name) =>
    arnIn(scope)("iam", `role/${name}`, scope.accountId, ""),
  );
  const provider = arnIn(scope)("iam", "oidc-provider/*", scope.accountId, "");
  return [
    { Sid: "ReadState", Action: "s3:GetObject", Resource: states },
    {
      Sid: "LockState",
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: locks,
    },
    // What the state stack made, these roles included.
    { Sid: "ReadStateBucket", Action: BUCKET_SETTINGS, Resource: bucket },
    {
      Sid: "ReadCiRoles",
      Action: actions("iam", "Get*", "List*"),
      Resource: [...ciRoles, provider],
    },
    ...componentKeyStatements(scope, "kms:Decrypt"),
    ...rightsOf(scope).flatMap(({ of, resources, read }) =>
      read.length === 0 ? [] : [{ Sid: `Read${of}`, Action: read, Resource: resources }],
    ),
    ...planAdditions(scope),
    ...lookups(scope),
  ];
}

/** Who the stacks' roles may be handed to, and what of AWS's they may be given. */
function roleStatements(scope: CiScope): Statement[] {
  const { partition, accountId, roles } = scope;
  const role = (name: string): string => arnIn(scope)("iam", `role/${name}`, accountId, "");
  return [
    {
      Sid: "AttachPolicies",
      Action: ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
      Resource: Object.values(roles).map(role),
      Condition: {
        ArnEquals: {
          "iam:PolicyARN": [...BUILD_POLICIES, LIFECYCLE_POLICY].map(
            (name) => `arn:${partition}:iam::aws:policy/${name}`,
          ),
        },
      },
    },
    ...Object.entries(roles).map(([service, name]) => ({
      Sid: `PassTo${service[0]?.toUpperCase()}${service.slice(1)}`,
      Action: "iam:PassRole",
      Resource: role(name),
      // In China EC2 has a principal of its own.
      Condition: {
        StringEquals: {
          "iam:PassedToService": `${service}.amazonaws.com${service === "ec2" && partition === "aws-cn" ? ".cn" : ""}`,
        },
      },
    })),
    {
      // https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-builder-service-linked-role.html
      Sid: "LetImageBuilderMakeItsRole",
      Action: ["iam:CreateServiceLinkedRole", "iam:GetRole"],
      Resource: role("aws-service-role/imagebuilder.amazonaws.com/*"),
    },
  ];
}

function shareStatements(scope: CiScope): Statement[] {
  const shares = arnIn(scope)("ram", "resource-share/*");
  const isOurs = { [`aws:ResourceTag/${IMAGE_TAG}`]: "false" };
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
      Condition: { Null: isOurs },
    },
    {
      // What is in a share is its updater's.
      Sid: "ManagePrincipals",
      Action: ["ram:AssociateResourceShare", "ram:DisassociateResourceShare"],
      Resource: shares,
      Condition: { Null: { ...isOurs, "ram:ResourceArn": "true" } },
    },
    { Sid: "TagShares", Action: ["ram:TagResource", "ram:UntagResource"], Resource: shares },
  ];
}

/**
 * What a deployment may do: everything that a plan may, and make, change and destroy what the stacks are made of. It is no less than an
 * administrator of its account, because it writes the policies of roles and keys; what it isn't given here keeps it from doing by accident
 * what no stack does.
 */
export function deployStatements(scope: CiScope): Statement[] {
  const arn = arnIn(scope);
  const { bucket, states, locks, own } = state(scope);
  return [
    { Sid: "FindState", Action: "s3:ListBucket", Resource: bucket },
    { Sid: "KeepState", Action: ["s3:GetObject", "s3:PutObject"], Resource: states },
    {
      Sid: "LockState",
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: locks,
    },
    {
      Sid: "LeaveOwnState",
      Effect: "Deny",
      Action: ["s3:DeleteObject", "s3:PutObject"],
      Resource: own,
    },
    ...rightsOf(scope).map(({ of, resources, read, write }) => ({
      Sid: `Manage${of}`,
      Action: [...read, ...write],
      Resource: resources,
    })),
    {
      Sid: "EmptyLogs",
      Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
      Resource: s3Arn(scope, `${scope.logBuckets}/*`),
    },
    { Sid: "CreateKeys", Action: "kms:CreateKey", Resource: "*" },
    {
      // Image Builder asks for these in the name of who makes a recipe or a pipeline.
      Sid: "LetImageBuilderLook",
      Action: ["ec2:DescribeImages", "inspector2:BatchGetAccountStatus"],
      Resource: "*",
    },
    ...componentKeyStatements(scope, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"]),
    ...roleStatements(scope),
    ...lookups(scope),
    ...(isSharing(scope)
      ? shareStatements(scope)
      : [
          {
            // The key's policy says to whom: the account's own Auto Scaling.
            Sid: "GrantSharedKey",
            Action: ["kms:CreateGrant", "kms:RetireGrant"],
            Resource: arn("kms", "key/*", scope.sharedAccountId),
          },
        ]),
  ];
}
