import type { Construct } from "constructs";
import type { Container, Image } from "../config/factory";
import type { Place } from "../config/names";
import { Container as ContainerModule } from "../modules/container";
import { Image as ImageModule } from "../modules/image";
import type { ImageContext } from "./baked";
import { containerProps } from "./container";
import { imageProps } from "./image";

/** Adds an image or container as it is built in a place; answers with its pipeline's ARN. */
export const addBaked = (scope: Construct, image: Image | Container, place: Place, context: ImageContext): string =>
  image.kind === "image"
    ? new ImageModule(scope, image.name, imageProps(image, place, context)).pipelineArn
    : new ContainerModule(scope, image.name, containerProps(image, place, context)).pipelineArn;
