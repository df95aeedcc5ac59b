import { Construct } from "constructs";
import { ContainerRecipe, type ContainerRecipeProps } from "./container-recipe";
import { Distribution, type DistributionProps } from "./distribution";
import { ImageRecipe, type ImageRecipeProps } from "./image-recipe";
import { Infrastructure, type InfrastructureProps } from "./infrastructure";
import { LifecyclePolicy, type LifecyclePolicyProps } from "./lifecycle-policy";
import { Pipeline, type PipelineProps } from "./pipeline";

export interface BuildableBaseProps {
  /** Name of the image, and of all resources that belong to it. */
  readonly name: string;
  readonly description?: string;
  readonly infrastructure: Omit<InfrastructureProps, "name">;
  readonly pipeline: Pick<
    PipelineProps,
    | "enabled"
    | "schedule"
    | "testsEnabled"
    | "testTimeoutMinutes"
    | "scan"
    | "enhancedMetadata"
    | "executionRoleArn"
    | "workflows"
    | "dependsOn"
  >;
  /** Policy that deletes old builds. @default - old builds are kept */
  readonly lifecycle?: Omit<LifecyclePolicyProps, "name" | "kind" | "recipe">;
}

/** A machine image. */
export interface ImageProps extends BuildableBaseProps {
  readonly kind: "image";
  readonly recipe: Omit<ImageRecipeProps, "name" | "description">;
  readonly distribution: Omit<DistributionProps, "name">;
}

/**
 * A container. It has no distribution: its recipe names the repository that builds are pushed to.
 */
export interface ContainerProps extends BuildableBaseProps {
  readonly kind: "container";
  readonly recipe: Omit<ContainerRecipeProps, "name" | "description">;
}

export type BuildableProps = ImageProps | ContainerProps;

/**
 * A machine image or container: recipe, distribution, infrastructure, pipeline and lifecycle
 * policy.
 */
export class Buildable extends Construct {
  readonly pipelineArn: string;

  constructor(scope: Construct, id: string, props: BuildableProps) {
    super(scope, id);
    const { kind, name, description } = props;
    const recipe = this.addRecipe(props);
    const distribution =
      props.kind === "image"
        ? new Distribution(this, "distribution", { name, ...props.distribution })
        : undefined;
    const infrastructure = new Infrastructure(this, "infrastructure", {
      name,
      ...props.infrastructure,
    });
    this.pipelineArn = new Pipeline(this, "pipeline", {
      name,
      description,
      recipe: { kind, arn: recipe.arn },
      infrastructureArn: infrastructure.arn,
      distributionArn: distribution?.arn,
      ...props.pipeline,
    }).arn;
    if (props.lifecycle)
      new LifecyclePolicy(this, "lifecycle", { name, kind, recipe, ...props.lifecycle });
  }

  private addRecipe(props: BuildableProps) {
    const { name, description } = props;
    switch (props.kind) {
      case "image":
        return new ImageRecipe(this, "recipe", { name, description, ...props.recipe }).recipe;
      case "container":
        return new ContainerRecipe(this, "recipe", { name, description, ...props.recipe }).recipe;
    }
  }
}
