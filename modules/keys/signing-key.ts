import { Construct } from "constructs";
import { Key } from "./key";

export interface SigningKeyProps {
  /** Starts with `alias/`. */
  readonly alias: string;
  /** ARN of the root of the account that owns the key. */
  readonly rootArn: string;
  /** ARN of the only role that can sign. */
  readonly signerArn: string;
  /** Whether Terraform rejects plans that destroy the key. */
  readonly protect: boolean;
}

/**
 * The key that signs statements about builds.
 *
 * Only the signer's role can sign, and only digests: a condition matches it, so that administrators
 * of the account can't sign with their IAM policies. But they can change the key policy. The
 * account's IAM policies decide who reads the public key.
 */
export class SigningKey extends Construct {
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    { alias, rootArn, signerArn, protect }: SigningKeyProps,
  ) {
    super(scope, id);
    const key = new Key(this, "Resource", {
      alias,
      description: "Signatures of the golden image factory",
      rootArn,
      protect,
      signs: true,
      statements: [
        {
          Sid: "Sign",
          Principal: "*",
          Action: "kms:Sign",
          Resource: "*",
          Condition: {
            ArnEquals: { "aws:PrincipalArn": signerArn },
            StringEquals: { "kms:MessageType": "DIGEST", "kms:SigningAlgorithm": "ECDSA_SHA_256" },
          },
        },
        {
          Sid: "ReadPublicKey",
          Principal: { AWS: rootArn },
          Action: "kms:GetPublicKey",
          Resource: "*",
        },
      ],
    });
    this.arn = key.arn;
  }
}
