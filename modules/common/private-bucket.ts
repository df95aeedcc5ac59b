import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import { denyInsecureTransport, policy, type Statement } from "./policy";

export interface PrivateBucketProps {
  readonly name: string;
  /** ARN of the key that encrypts the objects. @default - a key that Amazon S3 manages (SSE-S3) */
  readonly keyArn?: string;
  /** Days after which objects and their old versions are deleted. @default - objects are kept */
  readonly expireDays?: number;
  /** Whether Terraform rejects plans that destroy the bucket. @default false */
  readonly protect?: boolean;
  /**
   * Patterns of the ARNs of roles that can't access the bucket, whatever other policies allow.
   * @default - none
   */
  readonly deniedRoles?: readonly string[];
  /**
   * Returns further statements of the bucket policy, for the ARN of the bucket.
   * @default - none
   */
  readonly statements?: (bucketArn: string) => readonly Statement[];
  /**
   * Whether destroying the bucket deletes its objects. Otherwise destroying a bucket that isn't
   * empty fails.
   */
  readonly emptyOnDestroy: boolean;
}

function encryptionRule(keyArn: string | undefined) {
  if (keyArn === undefined)
    return { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } };
  return {
    applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
    bucketKeyEnabled: true,
  };
}

function denyRoles(deniedRoles: readonly string[], resources: readonly string[]): Statement[] {
  if (deniedRoles.length === 0) return [];
  return [
    {
      Sid: "DenyBuildInstances",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: resources,
      Condition: { ArnLike: { "aws:PrincipalArn": deniedRoles } },
    },
  ];
}

/**
 * A bucket without public access and without ACLs: versioned, encrypted, and accessible over TLS
 * only.
 */
export class PrivateBucket extends Construct {
  readonly arn: string;
  readonly name: string;

  constructor(
    scope: Construct,
    id: string,
    {
      name,
      keyArn,
      expireDays,
      protect = false,
      deniedRoles = [],
      statements = () => [],
      emptyOnDestroy,
    }: PrivateBucketProps,
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
      rule: [encryptionRule(keyArn)],
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
      policy: policy(
        denyInsecureTransport("s3:*", [arn, `${arn}/*`]),
        ...denyRoles(deniedRoles, [arn, `${arn}/*`]),
        ...statements(arn),
      ),
    });
    if (expireDays !== undefined) this.expireObjects(bucket, expireDays);
  }

  private expireObjects(bucket: string, days: number): void {
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
