import type { Construct } from "constructs";
import type { Container, Image } from "../config/model";
import type { AccountRegion } from "../contract/account-region";
import { Container as ContainerModule } from "../modules/image-builder/container";
import { Image as ImageModule } from "../modules/image-builder/image";
import type { BuildableContext } from "./props/buildable";
import { containerProps } from "./props/container";
import { imageProps } from "./props/image";

/** Adds an image or container as it is built in a place; answers with its pipeline's ARN. */
export function addBuildable(
  scope: Construct,
  image: Image | Container,
  place: AccountRegion,
  context: BuildableContext,
): string {
  return image.kind === "image"
    ? new ImageModule(scope, image.name, imageProps(image, place, context)).pipelineArn
    : new ContainerModule(scope, image.name, containerProps(image, place, context)).pipelineArn;
}
