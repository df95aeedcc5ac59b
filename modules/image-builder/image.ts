import { Construct } from "constructs";
import { Distribution, type DistributionProps } from "./distribution";
import { Infrastructure, type InfrastructureProps } from "./infrastructure";
import { LifecyclePolicy, type LifecyclePolicyProps } from "./lifecycle-policy";
import { Pipeline, type PipelineProps } from "./pipeline";
import { Recipe, type RecipeProps } from "./recipe";

export interface ImageProps {
  /** Of the recipe and so of the image, and of everything that belongs to it alone. */
  readonly name: string;
  readonly description?: string;
  readonly recipe: Omit<RecipeProps, "name" | "description">;
  readonly infrastructure: Omit<InfrastructureProps, "name">;
  readonly distribution: Omit<DistributionProps, "name">;
  readonly pipeline: Pick<
    PipelineProps,
    "schedule" | "testsEnabled" | "scan" | "executionRoleArn" | "workflows"
  >;
  /** @default - builds stay */
  readonly lifecycle?: Omit<LifecyclePolicyProps, "name" | "kind" | "recipe">;
}

/** An image: its recipe, what it is built on, what comes of it, and the pipeline that does so. */
export class Image extends Construct {
  readonly pipelineArn: string;

  constructor(scope: Construct, id: string, props: ImageProps) {
    super(scope, id);
    const { name, description } = props;
    const { recipe } = new Recipe(this, "recipe", { name, description, ...props.recipe });
    const infrastructure = new Infrastructure(this, "infrastructure", {
      name,
      ...props.infrastructure,
    });
    const distribution = new Distribution(this, "distribution", { name, ...props.distribution });
    const pipeline = new Pipeline(this, "pipeline", {
      name,
      description,
      recipeArn: recipe.arn,
      infrastructureArn: infrastructure.arn,
      distributionArn: distribution.arn,
      ...props.pipeline,
    });
    if (props.lifecycle)
      new LifecyclePolicy(this, "lifecycle", { name, kind: "image", recipe, ...props.lifecycle });
    this.pipelineArn = pipeline.arn;
  }
}
