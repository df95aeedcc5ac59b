import { Construct } from "constructs";
import { ContainerRecipe, type ContainerRecipeProps } from "./container-recipe";
import { Infrastructure, type InfrastructureProps } from "./infrastructure";
import { LifecyclePolicy, type LifecyclePolicyProps } from "./lifecycle-policy";
import { Pipeline, type PipelineProps } from "./pipeline";

export interface ContainerProps {
  /** Of the recipe and so of the image, and of everything that belongs to it alone. */
  readonly name: string;
  readonly description?: string;
  readonly recipe: Omit<ContainerRecipeProps, "name" | "description">;
  readonly infrastructure: Omit<InfrastructureProps, "name">;
  readonly pipeline: Pick<
    PipelineProps,
    "schedule" | "testsEnabled" | "scan" | "executionRoleArn" | "workflows"
  >;
  /** @default - builds stay */
  readonly lifecycle?: Omit<LifecyclePolicyProps, "name" | "kind" | "recipe">;
}

/**
 * A container image: its recipe, what it is built on, and the pipeline that does so. Where its builds go stands in the recipe, so that it needs
 * no distribution.
 */
export class Container extends Construct {
  readonly pipelineArn: string;

  constructor(scope: Construct, id: string, props: ContainerProps) {
    super(scope, id);
    const { name, description } = props;
    const { recipe } = new ContainerRecipe(this, "recipe", { name, description, ...props.recipe });
    const infrastructure = new Infrastructure(this, "infrastructure", {
      name,
      ...props.infrastructure,
    });
    const pipeline = new Pipeline(this, "pipeline", {
      name,
      description,
      containerRecipeArn: recipe.arn,
      infrastructureArn: infrastructure.arn,
      ...props.pipeline,
    });
    if (props.lifecycle)
      new LifecyclePolicy(this, "lifecycle", {
        name,
        kind: "container",
        recipe,
        ...props.lifecycle,
      });
    this.pipelineArn = pipeline.arn;
  }
}
