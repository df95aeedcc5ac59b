import { ImagebuilderContainerRecipe } from "@cdktf/provider-aws/lib/imagebuilder-container-recipe";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { escapeInterpolation } from "../common/escape-interpolation";
import { ebs, type RecipeComponent, recipeComponents, type Volume } from "./recipe";

export interface ContainerRecipeProps {
  /** The image's too, as consumers write it in their parent's ARN. */
  readonly name: string;
  /** Never used before for another content: a recipe can't be changed. */
  readonly version: string;
  readonly description?: string;
  /** ARN of an image, with a range for a version or not; or what a registry calls it. */
  readonly parentImage: string;
  /** What a registry's image is for, which Image Builder can't tell. @default - it is an image of Image Builder */
  readonly platformOverride?: string;
  /** In order, by literal ARNs. */
  readonly components: readonly RecipeComponent[];
  /** With Image Builder's placeholders. */
  readonly dockerfile: string;
  /** Name of the repository in the same account and Region. It must exist. */
  readonly repository: string;
  /** What the instances that build are made from: an AMI's id, or `ssm:` and a parameter's path. @default - Image Builder's choice */
  readonly hostImage?: string;
  /** Their root volume. */
  readonly hostVolume: Volume;
  /** ARN of the alias of the key that encrypts it. A literal, because a key that is "known after apply" would replace the recipe. */
  readonly keyArn: string;
  /** @default - Image Builder's own */
  readonly workingDirectory?: string;
  /** What must be there before, of the same stack: all that is named literally. @default - it is there */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** What a container image is made of. */
export class ContainerRecipe extends Construct {
  /** To be waited for by what names the recipe. */
  readonly recipe: ImagebuilderContainerRecipe;

  constructor(scope: Construct, id: string, props: ContainerRecipeProps) {
    super(scope, id);
    const {
      name,
      version,
      description,
      parentImage,
      platformOverride,
      components,
      workingDirectory,
      dependsOn = [],
    } = props;
    this.recipe = new ImagebuilderContainerRecipe(this, "Resource", {
      containerType: "DOCKER",
      name,
      version,
      description: description && escapeInterpolation(description),
      parentImage,
      platformOverride,
      component: recipeComponents(components),
      dockerfileTemplateData: escapeInterpolation(props.dockerfile),
      targetRepository: { service: "ECR", repositoryName: props.repository },
      instanceConfiguration: {
        image: props.hostImage,
        blockDeviceMapping: [
          { deviceName: props.hostVolume.device, ebs: ebs(props.hostVolume, props.keyArn) },
        ],
      },
      workingDirectory: workingDirectory && escapeInterpolation(workingDirectory),
      // A pipeline is changed in place, so its old recipe can only go after it has the new one.
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [...dependsOn],
    });
  }
}
