/** A container image as it is built in a place. */

import { aliasArn, awsManagedImageArn, imageArn } from "../../config/aws/arns";
import { ecsHostImage } from "../../config/aws/container-hosts";
import type { Container, ContainerParent } from "../../config/model";
import { IMAGE_KEY_ALIAS, repositoryName } from "../../config/names";
import { currentVersion } from "../../config/versions/lock-file";
import type { AccountRegion } from "../../contract/account-region";
import type { ContainerProps } from "../../modules/image-builder/container";
import {
  type BuildableContext,
  componentsOf,
  infrastructureProps,
  lifecycleProps,
  pipelineProps,
} from "./buildable";

function parentImage(
  parent: ContainerParent,
  place: AccountRegion,
  sharedAccountId: string,
): string {
  switch (parent.kind) {
    case "golden":
      return imageArn({ ...place, accountId: sharedAccountId }, parent.name, parent.version);
    case "awsManaged":
      return awsManagedImageArn(place.region, parent.name, parent.version);
    case "registry":
      return parent.uri;
  }
}

export function containerProps(
  container: Container,
  place: AccountRegion,
  context: BuildableContext,
): ContainerProps {
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
}
