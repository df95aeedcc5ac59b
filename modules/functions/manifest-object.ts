import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { Fn, TerraformLocal } from "cdktf";
import { Construct } from "constructs";

export interface ManifestObjectProps {
  /** May contain references to resources, such as the ARNs of shares. */
  readonly manifest: object;
  /** Prefix of the object's key, which its content's hash follows. */
  readonly prefix: string;
  /** Name of the bucket that stores it. */
  readonly bucket: string;
  /** ARN of the key that encrypts it. */
  readonly keyArn: string;
}

/**
 * The manifest that a function follows, in S3. Its key contains the SHA-256 of its content:
 * Terraform never reads the content back, so only the function can notice that it was changed.
 *
 * Terraform computes the hash, because the content contains ARNs that only it knows. Both refer to
 * the same text. The new object is created before the old one is destroyed, so that the function
 * always finds one.
 */
export class ManifestObject extends Construct {
  readonly bucket: string;
  readonly key: string;

  constructor(
    scope: Construct,
    id: string,
    { manifest, prefix, bucket, keyArn }: ManifestObjectProps,
  ) {
    super(scope, id);
    const text = new TerraformLocal(this, "text", JSON.stringify(manifest));
    const object = new S3Object(this, "Resource", {
      bucket,
      key: `${prefix}${Fn.sha256(text.asString)}.json`,
      content: text.asString,
      contentType: "application/json",
      serverSideEncryption: "aws:kms",
      kmsKeyId: keyArn,
      // An object can have 10 tags, a factory may have more.
      overrideProvider: { defaultTags: { tags: {} } },
      lifecycle: { createBeforeDestroy: true },
    });
    this.bucket = object.bucket;
    this.key = object.key;
  }
}
