import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { Construct } from "constructs";
import { policy, type Statement } from "../common/policy";

export interface KeyProps {
  /** Starts with `alias/`. */
  readonly alias: string;
  readonly description: string;
  /** ARN of the root of the account that owns the key. */
  readonly rootArn: string;
  /** Who may use the key, and for what. Administration is there already. */
  readonly statements: readonly Statement[];
  /** Whether Terraform refuses to destroy the key. @default false */
  readonly protect?: boolean;
}

/** Managing a key, without using it and without granting its use. */
export const ADMINISTRATION = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListAliases",
  "kms:ListGrants",
  "kms:ListKeyPolicies",
  "kms:ListKeyRotations",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:RevokeGrant",
  "kms:RotateKeyOnDemand",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
] as const;

/**
 * A KMS key that rotates every year, with an alias. Deleting it takes 30 days, the longest KMS offers.
 *
 * The account's root may manage it, so that a deploy role can do so through IAM and nobody can lock the account out: KMS refuses
 * a policy that doesn't let its author change it again.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export class Key extends Construct {
  readonly arn: string;
  /** To be waited for by what names the key by its alias. */
  readonly alias: KmsAlias;

  constructor(
    scope: Construct,
    id: string,
    { alias, description, rootArn, statements, protect = false }: KeyProps,
  ) {
    super(scope, id);
    const administration = {
      Sid: "Administer",
      Principal: { AWS: rootArn },
      Action: ADMINISTRATION,
      Resource: "*",
    };
    const key = new KmsKey(this, "Resource", {
      description,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: policy(administration, ...statements),
      ...(protect && { lifecycle: { preventDestroy: true } }),
    });
    this.arn = key.arn;
    this.alias = new KmsAlias(this, "alias", { name: alias, targetKeyId: key.keyId });
  }
}
