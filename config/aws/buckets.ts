/** Buckets of Amazon S3, and the objects in them. */

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const BUCKET_NAME =
  /^(?!xn--|sthree-|amzn-s3-demo-|\d+\.\d+\.\d+\.\d+$)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias|--ol-s3|\.mrap)$/;

/**
 * Keys that mean the same in an IAM policy. Wildcards and policy variables don't, and IAM accepts
 * only some characters outside ASCII.
 */
const KEY = /^[\w!.'()/&@:,+=; -]*$/;

/** Objects of a bucket: one, or all whose keys have a prefix. */
export interface BucketObjects {
  readonly bucket: string;
  /** Key of the object, or the prefix of the keys. The prefix of a whole bucket is empty. */
  readonly key: string;
  readonly isPrefix: boolean;
  /** Account that must own the bucket. 12 digits. @default - any account */
  readonly owner?: string | undefined;
}

/** Splits `BUCKET/KEY` into bucket and key. */
export function splitLocation(location: string): { readonly bucket: string; readonly key: string } {
  const [, bucket = "", key = ""] = /^([^/]*)\/?(.*)$/s.exec(location) ?? [];
  return { bucket, key };
}

/** Returns whether a policy can name exactly this bucket and this key or prefix. */
export function isLiteral({ bucket, key }: Pick<BucketObjects, "bucket" | "key">): boolean {
  return BUCKET_NAME.test(bucket) && KEY.test(key);
}

/**
 * Returns the objects that `BUCKET`, `BUCKET/PREFIX/` or `BUCKET/KEY` names; `undefined` if it
 * isn't one of them.
 */
export function bucketObjects(location: string): BucketObjects | undefined {
  const { bucket, key } = splitLocation(location);
  const isPrefix = key === "" || key.endsWith("/");
  return isLiteral({ bucket, key }) ? { bucket, key, isPrefix } : undefined;
}

export function containsObjects(granted: BucketObjects, wanted: BucketObjects): boolean {
  if (granted.bucket !== wanted.bucket) return false;
  if (granted.owner !== undefined && granted.owner !== wanted.owner) return false;
  if (granted.isPrefix) return wanted.key.startsWith(granted.key);
  return !wanted.isPrefix && granted.key === wanted.key;
}

/**
 * Buckets of AWS that build instances can read without a permission of the factory: AWS's managed
 * policies allow it, or they are public. As of 2026-11-28:
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/download-CloudWatch-Agent-on-EC2-Instance-commandline-first.html
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-component-manager.html
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/resource-kit.html
 */
const PUBLIC_BUCKETS =
  /^(amazoncloudwatch-agent|amazon-ssm|aws-ssm|awstoe|aws-codedeploy|aws-windows-downloads|aws-patchmanager|patch-baseline-snapshot)(-|$)|^ec2imagebuilder/;

/** Returns whether AWS publishes a bucket for all build instances. */
export function isPublicBucket(bucket: string): boolean {
  return PUBLIC_BUCKETS.test(bucket);
}
