import { ImagebuilderContainerRecipe } from "@cdktf/provider-aws/lib/imagebuilder-container-recipe";
import { Construct } from "constructs";
import { escapeInterpolation } from "../common/escape-interpolation";
import { blockDeviceMapping, type RecipeProps, recipeArguments, type Volume } from "./recipe";

/** The parent is the ARN of an image, or the URI of an image in a registry. */
export interface ContainerRecipeProps extends RecipeProps {
  /**
   * Platform of a parent from a registry.
   * @default - Image Builder reads it from the parent image
   */
  readonly platformOverride?: string;
  /** Text of the Dockerfile, with Image Builder's placeholders. */
  readonly dockerfile: string;
  /**
   * Name of the ECR repository that builds are pushed to. It is in the same account and Region, and
   * must exist.
   */
  readonly repository: string;
  /**
   * AMI of build instances: its id, or `ssm:` and the path of an SSM parameter.
   * @default - Image Builder's choice
   */
  readonly hostImage?: string;
  /** Root volume of build instances. */
  readonly hostVolume: Volume;
}

/** The recipe of a container. It names the repository that builds are pushed to. */
export class ContainerRecipe extends Construct {
  readonly recipe: ImagebuilderContainerRecipe;

  constructor(scope: Construct, id: string, props: ContainerRecipeProps) {
    super(scope, id);
    const { platformOverride, dockerfile, repository, hostImage, hostVolume, keyArn } = props;
    this.recipe = new ImagebuilderContainerRecipe(this, "Resource", {
      ...recipeArguments(props),
      containerType: "DOCKER",
      platformOverride,
      dockerfileTemplateData: escapeInterpolation(dockerfile),
      targetRepository: { service: "ECR", repositoryName: repository },
      instanceConfiguration: {
        image: hostImage,
        blockDeviceMapping: [blockDeviceMapping(hostVolume, keyArn)],
      },
    });
  }
}
