import { DataAwsKmsKey } from "@cdktf/provider-aws/lib/data-aws-kms-key";
import { KmsGrant } from "@cdktf/provider-aws/lib/kms-grant";
import { Construct } from "constructs";
import { AUTO_SCALING_OPERATIONS } from "./image-key";

export interface AutoScalingGrantProps {
  /** Of the grant. */
  readonly name: string;
  /** ARN of the alias of another account's image key. */
  readonly keyAliasArn: string;
  /** ARN of Auto Scaling's service-linked role in this account. It must exist. */
  readonly autoScalingRoleArn: string;
  /** ARN of this account's root: retiring the grant is then up to this account's IAM policies. */
  readonly rootArn: string;
}

/**
 * Lets this account's Auto Scaling launch images that another account's key encrypts.
 *
 * A grant takes a key's id, which nobody knows beforehand, so it is looked up by alias. The grant is retired rather than revoked
 * when it goes: revoking is for the key's owner.
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
