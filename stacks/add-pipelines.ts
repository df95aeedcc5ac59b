import { Construct } from "constructs";
import type { Container, Image } from "../config/model";
import { Buildable } from "../modules/image-builder/buildable";
import type { StackOutput } from "./account-stack";
import type { BuildContext } from "./props/buildable";
import { containerProps } from "./props/container";
import { imageProps } from "./props/image";

/** Adds images and containers with their pipelines. Returns the output that lists the pipelines. */
export function addPipelines(
  scope: Construct,
  images: readonly (Image | Container)[],
  context: BuildContext,
): StackOutput {
  const imageScope = new Construct(scope, "images");
  const arns = images.map((image) => {
    const props =
      image.kind === "image" ? imageProps(image, context) : containerProps(image, context);
    return [image.name, new Buildable(imageScope, image.name, props).pipelineArn];
  });
  return {
    description: "ARNs of this stack's image pipelines, by image",
    value: Object.fromEntries(arns),
  };
}
