import { PrivateBucket, type PrivateBucketProps } from "../../../modules/common/private-bucket";
import { only, resources, statements, synthModule } from "../../../tools/fixtures/synth";

function bucket(props: Partial<PrivateBucketProps> = {}) {
  return synthModule((stack) => {
    new PrivateBucket(stack, "bucket", { name: "acme-data", emptyOnDestroy: false, ...props });
  });
}

test("a private bucket is versioned, without ACLs and without public access", () => {
  const json = bucket();
  expect(only(json, "aws_s3_bucket_versioning").versioning_configuration).toEqual({
    status: "Enabled",
  });
  expect(only(json, "aws_s3_bucket_ownership_controls").rule).toEqual({
    object_ownership: "BucketOwnerEnforced",
  });
  expect(only(json, "aws_s3_bucket_public_access_block")).toMatchObject({
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  });
});

test("a private bucket denies every request over plain HTTP, for the bucket and its objects", () => {
  const { DenyInsecureTransport } = statements(only(bucket(), "aws_s3_bucket_policy").policy);
  expect(DenyInsecureTransport).toMatchObject({
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [expect.stringMatching(/\.arn\}$/), expect.stringMatching(/\.arn\}\/\*$/)],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
});

test("a private bucket is encrypted with the given key, or with Amazon S3's key without one", () => {
  const encryption = (props?: Partial<PrivateBucketProps>) =>
    only(bucket(props), "aws_s3_bucket_server_side_encryption_configuration").rule;
  expect(encryption()).toEqual([
    { apply_server_side_encryption_by_default: { sse_algorithm: "AES256" } },
  ]);
  expect(encryption({ keyArn: "arn:key" })).toEqual([
    {
      apply_server_side_encryption_by_default: {
        sse_algorithm: "aws:kms",
        kms_master_key_id: "arn:key",
      },
      bucket_key_enabled: true,
    },
  ]);
});

test("a private bucket deletes objects after the given days, and keeps them without", () => {
  expect(resources(bucket(), "aws_s3_bucket_lifecycle_configuration")).toEqual([]);
  expect(
    only(bucket({ expireDays: 90 }), "aws_s3_bucket_lifecycle_configuration").rule,
  ).toMatchObject([
    {
      status: "Enabled",
      expiration: [{ days: 90 }],
      noncurrent_version_expiration: [{ noncurrent_days: 1 }],
    },
  ]);
});

test("a private bucket can't be destroyed with protect, and only with emptyOnDestroy while it contains objects", () => {
  expect(only(bucket({ protect: true }), "aws_s3_bucket")).toMatchObject({
    lifecycle: { prevent_destroy: true },
    force_destroy: false,
  });
  expect(only(bucket({ emptyOnDestroy: true }), "aws_s3_bucket").lifecycle).toBeUndefined();
  expect(only(bucket({ emptyOnDestroy: true }), "aws_s3_bucket").force_destroy).toBe(true);
});
