/** Settings and blocks that image recipes and container recipes have in common. */

import type { ITerraformDependable } from "cdktf";
import { escapeInterpolation } from "../common/escape-interpolation";

export interface RecipeProps {
  /** Name of the recipe and of the image. Consumers write it in the ARN of their parent. */
  readonly name: string;
  /** Recipes are immutable: a version is never used again for other content. */
  readonly version: string;
  readonly description?: string;
  /**
   * Parent, as Image Builder accepts it in this kind of recipe. A version in an ARN may be a range
   * such as `1.x.x`.
   */
  readonly parentImage: string;
  /** In the order in which they run. */
  readonly components: readonly RecipeComponent[];
  /**
   * ARN of the alias of the key that encrypts the volumes. It must be a literal: Terraform would
   * replace the recipe if the key were "known after apply".
   */
  readonly keyArn: string;
  /** @default - Image Builder's default for the platform */
  readonly workingDirectory?: string;
  /** Resources of the same stack that the recipe refers to by literal ARNs. @default - none */
  readonly dependsOn?: readonly ITerraformDependable[];
}

export interface RecipeComponent {
  /** A literal, see {@link RecipeProps.keyArn}. */
  readonly arn: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Volume {
  /** Device name, such as `/dev/xvda`. */
  readonly device: string;
  /** @default - the size of the snapshot or of the parent's volume */
  readonly sizeGib?: number;
  /** Volume type, such as `gp3`. */
  readonly type: string;
  readonly iops?: number;
  readonly throughputMibps?: number;
  /** @default - the volume of the parent with this device name, or an empty volume */
  readonly snapshotId?: string;
}

/** Renders the arguments that both kinds of recipe have. */
export function recipeArguments(props: RecipeProps) {
  const { name, version, description, parentImage, workingDirectory, dependsOn = [] } = props;
  return {
    name,
    version,
    description: description && escapeInterpolation(description),
    parentImage,
    component: props.components.map(({ arn, parameters }) => ({
      componentArn: arn,
      parameter: Object.entries(parameters).map(([key, value]) => ({
        name: key,
        value: escapeInterpolation(value),
      })),
    })),
    workingDirectory: workingDirectory && escapeInterpolation(workingDirectory),
    // Terraform updates the pipeline in place, so the old recipe is in use until the new one
    // exists.
    lifecycle: { createBeforeDestroy: true },
    dependsOn: [...dependsOn],
  };
}

/** Renders the mapping of an encrypted volume. */
export function blockDeviceMapping(volume: Volume, keyArn: string) {
  return {
    deviceName: volume.device,
    ebs: {
      encrypted: "true",
      kmsKeyId: keyArn,
      // Otherwise the volumes of build instances would be kept.
      deleteOnTermination: "true",
      snapshotId: volume.snapshotId,
      volumeSize: volume.sizeGib,
      volumeType: volume.type,
      iops: volume.iops,
      throughput: volume.throughputMibps,
    },
  };
}
