import { ImagebuilderComponent } from "@cdktf/provider-aws/lib/imagebuilder-component";
import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import { escapeInterpolation } from "../common/escape-interpolation";

/** Start of the S3 keys of component documents. */
export const DOCUMENTS_PREFIX = "components/";

export interface ComponentProps {
  readonly name: string;
  /** Components are immutable: a version is never used again for another document. */
  readonly version: string;
  readonly description?: string;
  readonly platform: string;
  /** @default - every version of the platform */
  readonly supportedOsVersions?: readonly string[];
  /** Absolute path of the document. */
  readonly documentFile: string;
  /** SHA-256 of the document, in hexadecimal. */
  readonly documentSha256: string;
  /** Name of the bucket that stores the document. */
  readonly bucket: string;
  /** ARN of the key that encrypts the document and the component. */
  readonly keyArn: string;
}

/**
 * A component whose document is stored in S3. A new version is created before Terraform forgets the
 * old one. The old version is kept in Image Builder, because a recipe of another stack may still
 * use it.
 */
export class Component extends Construct {
  /** Dependency of the recipes that refer to the component by its ARN. */
  readonly component: ImagebuilderComponent;

  constructor(scope: Construct, id: string, props: ComponentProps) {
    super(scope, id);
    const { name, version, description, platform, supportedOsVersions } = props;
    const { documentFile, documentSha256, bucket, keyArn } = props;
    const asset = new TerraformAsset(this, "asset", {
      path: documentFile,
      type: AssetType.FILE,
      assetHash: documentSha256,
    });
    // The key contains the digest, because the provider doesn't notice new content under the same
    // key.
    const document = new S3Object(this, "document", {
      bucket,
      key: `${DOCUMENTS_PREFIX}${name}/${documentSha256}.yaml`,
      source: asset.path,
      contentType: "application/yaml",
      serverSideEncryption: "aws:kms",
      kmsKeyId: keyArn,
      // An object can have 10 tags, a factory may have more.
      overrideProvider: { defaultTags: { tags: {} } },
      lifecycle: { createBeforeDestroy: true },
    });
    this.component = new ImagebuilderComponent(this, "Resource", {
      name,
      version,
      description: description && escapeInterpolation(description),
      platform,
      supportedOsVersions: supportedOsVersions?.map(escapeInterpolation),
      uri: `s3://${document.bucket}/${document.key}`,
      kmsKeyId: keyArn,
      skipDestroy: true,
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [document],
    });
  }
}
