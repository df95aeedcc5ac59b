import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import { policy } from "./policy";

export interface PrivateBucketProps {
  readonly name: string;
  /** @default - S3's own key (AES256) */
  readonly keyArn?: string;
  /** Days after which objects go, and their old versions with them. @default - objects stay */
  readonly expireDays?: number;
  /** Whether Terraform refuses to destroy the bucket. @default false */
  readonly protect?: boolean;
  /** Whether destroying the bucket destroys what is in it; otherwise S3 refuses. */
  readonly emptyOnDestroy: boolean;
}

/** A bucket for one account: versioned, encrypted, over TLS only, closed to the public, without ACLs. */
export class PrivateBucket extends Construct {
  readonly arn: string;
  readonly name: string;

  constructor(
    scope: Construct,
    id: string,
    { name, keyArn, expireDays, protect = false, emptyOnDestroy }: PrivateBucketProps,
  ) {
    super(scope, id);
    const { arn, bucket } = new S3Bucket(this, "Resource", {
      bucket: name,
      forceDestroy: emptyOnDestroy,
      ...(protect && { lifecycle: { preventDestroy: true } }),
    });
    this.arn = arn;
    this.name = bucket;

    new S3BucketVersioningA(this, "versioning", {
      bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket,
      rule: [
        keyArn === undefined
          ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }
          : {
              applyServerSideEncryptionByDefault: {
                sseAlgorithm: "aws:kms",
                kmsMasterKeyId: keyArn,
              },
              bucketKeyEnabled: true,
            },
      ],
    });
    new S3BucketPublicAccessBlock(this, "public-access", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, "ownership", {
      bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    new S3BucketPolicy(this, "policy", {
      bucket,
      policy: policy({
        Sid: "RefusePlainHttp",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    });
    if (expireDays !== undefined) this.expire(bucket, expireDays);
  }

  private expire(bucket: string, days: number): void {
    new S3BucketLifecycleConfiguration(this, "expiry", {
      bucket,
      rule: [
        {
          id: "expire",
          status: "Enabled",
          filter: [{ prefix: "" }],
          expiration: [{ days }],
          noncurrentVersionExpiration: [{ noncurrentDays: 1 }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        },
      ],
    });
  }
}
