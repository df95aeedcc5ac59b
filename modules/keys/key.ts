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
  /**
   * Statements of the key policy, in addition to the one that lets the account administer the key.
   */
  readonly statements: readonly Statement[];
  /** Whether Terraform rejects plans that destroy the key. @default false */
  readonly protect?: boolean;
  /**
   * Whether the key signs: ECDSA on the curve P-256. It doesn't rotate, because KMS can't rotate
   * such keys, and it can't encrypt.
   * @default false
   */
  readonly signs?: boolean;
}

/** Actions that administer a key. None of them uses the key or grants its use. */
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
 * A KMS key with an alias. It rotates every year, unless it signs. Its deletion takes 30 days, the
 * maximum.
 *
 * The key policy lets the account's IAM policies administer the key. So a deploy role can change
 * the policy, and the account can't be locked out: KMS rejects a policy that its author couldn't
 * change again.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export class Key extends Construct {
  readonly arn: string;
  /** Dependency of the resources that refer to the key by its alias. */
  readonly alias: KmsAlias;

  constructor(
    scope: Construct,
    id: string,
    { alias, description, rootArn, statements, protect = false, signs = false }: KeyProps,
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
      ...(signs
        ? { customerMasterKeySpec: "ECC_NIST_P256", keyUsage: "SIGN_VERIFY" }
        : { enableKeyRotation: true }),
      deletionWindowInDays: 30,
      policy: policy(administration, ...statements),
      ...(protect && { lifecycle: { preventDestroy: true } }),
    });
    this.arn = key.arn;
    this.alias = new KmsAlias(this, "alias", { name: alias, targetKeyId: key.keyId });
  }
}
