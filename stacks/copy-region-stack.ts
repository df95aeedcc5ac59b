import type { Construct } from "constructs";
import { IMAGE_KEY_ALIAS } from "../config/names";
import { ImageKey } from "../modules/keys/image-key";
import { AccountStack, type AccountStackProps } from "./account-stack";
import { imageKeyProps } from "./props/region";

/**
 * An account's Region that bakes nothing and gets copies of AMIs: the key that encrypts them, for the same audience. It is a key of its own,
 * and no replica: a key that is there can't become one of several Regions, and EC2 encrypts a copy anew anyway. A Region that begins to bake
 * keeps it.
 */
export class CopyRegionStack extends AccountStack {
  constructor(
    scope: Construct,
    id: string,
    props: Pick<AccountStackProps, "factory" | "account" | "region">,
  ) {
    super(scope, id, props);
    new ImageKey(this, "image-key", imageKeyProps(this.place, props.factory, props.account));
    this.output(
      "image_key_alias",
      "Alias of the key that encrypts the copies here",
      IMAGE_KEY_ALIAS,
    );
  }
}
