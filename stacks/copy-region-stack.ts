import type { Construct } from "constructs";
import { IMAGE_KEY_ALIAS } from "../config/names";
import { ImageKey } from "../modules/keys/image-key";
import { AccountStack, type AccountStackProps } from "./account-stack";
import { imageKeyProps } from "./props/image-key";

export type CopyRegionStackProps = Pick<AccountStackProps, "factory" | "account" | "region">;

/**
 * A Region that gets copies of an account's AMIs and builds none: the image key that encrypts them.
 * The key has the same address as in a {@link BuildRegion}, so it is kept when the Region starts to
 * build.
 *
 * It is a separate key and no multi-Region replica: an existing key can't become a multi-Region
 * key, and EC2 encrypts every copy again anyway.
 */
export class CopyRegionStack extends AccountStack {
  constructor(scope: Construct, id: string, props: CopyRegionStackProps) {
    super(scope, id, props);
    const { factory, account } = props;
    new ImageKey(this, "image-key", imageKeyProps(this.accountRegion, factory, account));
    this.addOutputs({
      image_key_alias: {
        description: "Alias of the KMS key that encrypts the copies of images",
        value: IMAGE_KEY_ALIAS,
      },
    });
  }
}
