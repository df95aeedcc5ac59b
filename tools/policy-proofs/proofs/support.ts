/** What the proofs have in common: lists of rights, who could be tricked, and what a check is. */
import { ok } from "node:assert";
import { readFileSync } from "node:fs";
import type { Context } from "../../iam/evaluate";
import type { Resource } from "../../iam/world";
import type { PolicyFixture } from "../policy-fixture";

export interface Proof {
  readonly name: string;
  /** Throws when it doesn't hold. */
  readonly check: (subject: PolicyFixture) => void;
}

export function viaEc2(region: string): Context {
  return {
    "kms:ViaService": `ec2.${region}.amazonaws.com`,
    "kms:EncryptionContextKeys": "aws:ebs:id",
    "kms:GrantIsForAWSResource": "true",
  };
}

/** https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html */
export const FOR_AUTO_SCALING = [
  "CreateGrant",
  "Decrypt",
  "DescribeKey",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
];
export const AS_EC2_NEEDS = [
  "CreateGrant",
  "Decrypt",
  "DescribeKey",
  "Encrypt",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
];
export const USE = [
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
];
export const MANAGE = [
  "CancelKeyDeletion",
  "CreateAlias",
  "DeleteAlias",
  "DescribeKey",
  "DisableKey",
  "DisableKeyRotation",
  "EnableKey",
  "EnableKeyRotation",
  "GetKeyPolicy",
  "GetKeyRotationStatus",
  "ListAliases",
  "ListGrants",
  "ListKeyPolicies",
  "ListKeyRotations",
  "ListResourceTags",
  "PutKeyPolicy",
  "RevokeGrant",
  "RotateKeyOnDemand",
  "ScheduleKeyDeletion",
  "TagResource",
  "UntagResource",
  "UpdateAlias",
  "UpdateKeyDescription",
];

/** Any of an account that the key is for. */
export const FIND = ["DescribeKey", "ListGrants"];

export function sorted(...lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}

/** Every service that could be tricked into using a policy that names a service. */
export const SERVICES = [
  "cloudwatch",
  "sns",
  "sqs",
  "s3",
  "lambda",
  "ec2",
  "events",
  "imagebuilder",
  "logs.eu-west-1",
  "autoscaling",
].map((name) => ({ service: `${name}.amazonaws.com` }));

export function each(items: readonly Resource[], check: (resource: Resource) => void): void {
  ok(items.length > 0, "there is none to look at");
  for (const item of items) check(item);
}

/** What a file's code asks of AWS, by the SDK's commands that it imports. */
export function calledIn(file: string): string[] {
  const imports = [
    ...readFileSync(file, "utf8").matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-(\w+)"/g),
  ];
  return imports.flatMap(([, names = "", client = ""]) =>
    [...names.matchAll(/paginate(\w+)|(\w+)Command\b/g)].map(
      ([, paged, sent]) => `${client}:${paged ?? sent}`,
    ),
  );
}
