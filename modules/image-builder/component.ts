import { ImagebuilderComponent } from "@cdktf/provider-aws/lib/imagebuilder-component";
import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import { escapeInterpolation } from "../common/escape-interpolation";

export interface ComponentProps {
  readonly name: string;
  /** Never used before for another document: a component can't be changed. */
  readonly version: string;
  readonly description?: string;
  readonly platform: string;
  /** Absolute path of the document. */
  readonly documentFile: string;
  /** SHA-256 of the document, in hexadecimal. */
  readonly documentSha256: string;
  readonly bucket: string;
  readonly keyArn: string;
}

/**
 * A component from a document in S3. A new version is made before the old one is forgotten, and the old one stays in Image
 * Builder, because a recipe elsewhere may still use it.
 */
export class Component extends Construct {
  /** To be waited for by what names the component by its ARN. */
  readonly component: ImagebuilderComponent;

  constructor(scope: Construct, id: string, props: ComponentProps) {
    super(scope, id);
    const { name, version, description, platform, documentFile, documentSha256, bucket, keyArn } =
      props;
    const asset = new TerraformAsset(this, "asset", {
      path: documentFile,
      type: AssetType.FILE,
      assetHash: documentSha256,
    });
    // The provider doesn't see that a document changed under the same key, so the key is the content's.
    const document = new S3Object(this, "document", {
      bucket,
      key: `components/${name}/${documentSha256}.yaml`,
      source: asset.path,
      contentType: "application/yaml",
      serverSideEncryption: "aws:kms",
      kmsKeyId: keyArn,
      // An object takes ten tags at most, and a factory may have more.
      overrideProvider: { defaultTags: { tags: {} } },
      lifecycle: { createBeforeDestroy: true },
    });
    this.component = new ImagebuilderComponent(this, "Resource", {
      name,
      version,
      description: description && escapeInterpolation(description),
      platform,
      uri: `s3://${document.bucket}/${document.key}`,
      kmsKeyId: keyArn,
      skipDestroy: true,
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [document],
    });
  }
}
