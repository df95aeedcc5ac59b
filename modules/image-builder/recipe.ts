import { ImagebuilderImageRecipe } from "@cdktf/provider-aws/lib/imagebuilder-image-recipe";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { escapeInterpolation } from "../common/escape-interpolation";

export interface RecipeProps {
  /** The image's too, as consumers write it in their parent's ARN. */
  readonly name: string;
  /** Never used before for another content: a recipe can't be changed. */
  readonly version: string;
  readonly description?: string;
  /** ARN of an image, with a range for a version or not; an AMI's id; or `ssm:` and a parameter's path. */
  readonly parentImage: string;
  /** In order, by literal ARNs for the same reason as the key's. */
  readonly components: readonly RecipeComponent[];
  /** The root first. */
  readonly volumes: readonly Volume[];
  /**
   * ARN of the alias of the key that encrypts the volumes. It has to stand in the recipe: the distribution's key doesn't encrypt the AMI of
   * the account and Region that bake it. A literal, because a key that is "known after apply" would replace the recipe.
   */
  readonly keyArn: string;
  /** Base64, run by the instances that build. @default - what Image Builder runs */
  readonly userData?: string;
  /** Whether the image is without the SSM agent. */
  readonly removeSsmAgent: boolean;
  /** @default - Image Builder's own */
  readonly workingDirectory?: string;
  /** What must be there before, of the same stack: all that is named by a literal ARN. @default - it is there */
  readonly dependsOn?: readonly ITerraformDependable[];
}

export interface RecipeComponent {
  readonly arn: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Volume {
  readonly device: string;
  /** @default - the size of what it is made from */
  readonly sizeGib?: number;
  readonly type: string;
  readonly iops?: number;
  readonly throughputMibps?: number;
  /** @default - it is the parent image's, or empty */
  readonly snapshotId?: string;
}

/** An encrypted volume, as a recipe has it. */
export function ebs({ sizeGib, type, iops, throughputMibps, snapshotId }: Volume, keyArn: string) {
  return {
    encrypted: "true",
    kmsKeyId: keyArn,
    // Otherwise every build would leave its own behind.
    deleteOnTermination: "true",
    snapshotId,
    volumeSize: sizeGib,
    volumeType: type,
    iops,
    throughput: throughputMibps,
  };
}

export function recipeComponents(components: readonly RecipeComponent[]) {
  return components.map(({ arn, parameters }) => ({
    componentArn: arn,
    parameter: Object.entries(parameters).map(([key, value]) => ({
      name: key,
      value: escapeInterpolation(value),
    })),
  }));
}

/** What an image is made of. */
export class Recipe extends Construct {
  /** To be waited for by what names the recipe. */
  readonly recipe: ImagebuilderImageRecipe;

  constructor(scope: Construct, id: string, props: RecipeProps) {
    super(scope, id);
    const {
      name,
      version,
      description,
      parentImage,
      components,
      volumes,
      keyArn,
      workingDirectory,
      dependsOn = [],
    } = props;
    const { userData, removeSsmAgent } = props;
    this.recipe = new ImagebuilderImageRecipe(this, "Resource", {
      name,
      version,
      description: description && escapeInterpolation(description),
      parentImage,
      component: recipeComponents(components),
      blockDeviceMapping: volumes.map((volume) => ({
        deviceName: volume.device,
        ebs: ebs(volume, keyArn),
      })),
      userDataBase64: userData,
      ...(removeSsmAgent && { systemsManagerAgent: { uninstallAfterBuild: true } }),
      workingDirectory: workingDirectory && escapeInterpolation(workingDirectory),
      // A pipeline is changed in place, so its old recipe can only go after it has the new one.
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [...dependsOn],
    });
  }
}
