import { DataAwsKmsKey } from "@cdktf/provider-aws/lib/data-aws-kms-key";
import { KmsGrant } from "@cdktf/provider-aws/lib/kms-grant";
import { Construct } from "constructs";
import { AUTO_SCALING_OPERATIONS } from "./image-key";

export interface AutoScalingGrantProps {
  readonly name: string;
  /** ARN of the alias of the other account's image key. */
  readonly keyAliasArn: string;
  /** ARN of Auto Scaling's service-linked role in this account. It must exist. */
  readonly autoScalingRoleArn: string;
  /**
   * ARN of this account's root, so that this account's IAM policies decide who may retire the
   * grant.
   */
  readonly rootArn: string;
}

/**
 * Lets this account's Auto Scaling launch images that another account's key encrypts.
 *
 * A grant requires a key id, so the key is looked up by its alias. Destroying the grant retires it:
 * only the owner of the key can revoke it.
 */
export class AutoScalingGrant extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { name, keyAliasArn, autoScalingRoleArn, rootArn }: AutoScalingGrantProps,
  ) {
    super(scope, id);
    const key = new DataAwsKmsKey(this, "key", { keyId: keyAliasArn });
    new KmsGrant(this, "Resource", {
      name,
      keyId: key.arn,
      granteePrincipal: autoScalingRoleArn,
      operations: AUTO_SCALING_OPERATIONS,
      retiringPrincipal: rootArn,
      retireOnDelete: true,
    });
  }
}
