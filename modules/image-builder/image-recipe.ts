import { ImagebuilderImageRecipe } from "@cdktf/provider-aws/lib/imagebuilder-image-recipe";
import { Construct } from "constructs";
import { blockDeviceMapping, type RecipeProps, recipeArguments, type Volume } from "./recipe";

/**
 * The parent is the ARN of an image, an AMI ID, a Marketplace product ID, or `ssm:` and the path of
 * an SSM parameter.
 */
export interface ImageRecipeProps extends RecipeProps {
  /** Volumes of the image, the root volume first. */
  readonly volumes: readonly Volume[];
  /** User data of build instances, in Base64. @default - Image Builder's user data */
  readonly userData?: string;
  /** Whether Image Builder removes the SSM agent from the image. */
  readonly removeSsmAgent: boolean;
}

/**
 * The recipe of a machine image. The recipe's key encrypts the AMI in the account and Region that
 * build it: the key of a distribution only applies to copies.
 */
export class ImageRecipe extends Construct {
  readonly recipe: ImagebuilderImageRecipe;

  constructor(scope: Construct, id: string, props: ImageRecipeProps) {
    super(scope, id);
    const { volumes, keyArn, userData, removeSsmAgent } = props;
    this.recipe = new ImagebuilderImageRecipe(this, "Resource", {
      ...recipeArguments(props),
      blockDeviceMapping: volumes.map((volume) => blockDeviceMapping(volume, keyArn)),
      userDataBase64: userData,
      ...(removeSsmAgent && { systemsManagerAgent: { uninstallAfterBuild: true } }),
    });
  }
}
