/** A container image as it is built in a place. */

import type { Container, ContainerParent } from "../config/factory";
import { currentVersion } from "../config/ledger";
import {
  aliasArn,
  awsManagedImageArn,
  ecsHostImage,
  IMAGE_KEY_ALIAS,
  imageArn,
  type Place,
  repositoryName,
} from "../config/names";
import type { ContainerProps } from "../modules/container";
import { componentsOf, type ImageContext, infrastructureProps, lifecycleProps, pipelineProps } from "./baked";

const parentImage = (parent: ContainerParent, place: Place, sharedAccountId: string): string => {
  switch (parent.kind) {
    case "golden":
      return imageArn({ ...place, accountId: sharedAccountId }, parent.name, parent.version);
    case "awsManaged":
      return awsManagedImageArn(place.region, parent.name, parent.version);
    case "registry":
      return parent.uri;
  }
};

export const containerProps = (container: Container, place: Place, context: ImageContext): ContainerProps => {
  const { sharedAccountId, ledger, environment, recipeDependsOn } = context;
  const { name, description, parent, platform, architecture } = container;
  return {
    name,
    description,
    recipe: {
      version: currentVersion(ledger.recipes, container.recipe),
      parentImage: parentImage(parent, place, sharedAccountId),
      // Of an image of Image Builder it is known, and of a registry's it is asked for.
      ...(parent.kind === "registry" && { platformOverride: platform }),
      components: componentsOf(container, place, ledger),
      dockerfile: container.dockerfile,
      repository: repositoryName(name),
      // A host for Windows has to have the container's version of it, which Image Builder chooses.
      ...(platform === "Linux" && { hostImage: ecsHostImage(architecture) }),
      hostVolume: container.hostVolume,
      keyArn: aliasArn(place, IMAGE_KEY_ALIAS),
      workingDirectory: container.workingDirectory,
      dependsOn: recipeDependsOn,
    },
    infrastructure: {
      ...infrastructureProps(container, place, context),
      instanceProfileName: environment.containerInstanceProfileName ?? "",
      inContainer: true,
    },
    pipeline: pipelineProps(container, place, context),
    ...lifecycleProps(container, context),
  };
};
