/** A machine image as it is built in a place. */

import { aliasArn, awsManagedImageArn, imageArn } from "../../config/aws/arns";
import type { Image, Parent } from "../../config/model";
import { IMAGE_KEY_ALIAS, imageTags } from "../../config/names";
import { currentVersion } from "../../config/versions/lock-file";
import type { AccountRegion } from "../../contract/account-region";
import type { RegionDistribution } from "../../modules/image-builder/distribution";
import type { ImageProps } from "../../modules/image-builder/image";
import {
  type BuildableContext,
  componentsOf,
  infrastructureProps,
  lifecycleProps,
  pipelineProps,
} from "./buildable";

function parentImage(parent: Parent, place: AccountRegion, sharedAccountId: string): string {
  switch (parent.kind) {
    case "golden":
      return imageArn({ ...place, accountId: sharedAccountId }, parent.name, parent.version);
    case "awsManaged":
      return awsManagedImageArn(place.region, parent.name, parent.version);
    case "marketplace":
      return parent.product;
    case "ssm":
      return `ssm:${parent.path}`;
    case "ami":
      return parent.amis[place.region] ?? "";
  }
}

/** Where the AMIs of a build in `place` come to be. */
function placesOf(
  { copyToRegions, parameter, launchTemplates }: Image,
  place: AccountRegion,
): RegionDistribution[] {
  return [place.region, ...copyToRegions].map((region) => ({
    region,
    ...(region !== place.region && { keyArn: aliasArn({ ...place, region }, IMAGE_KEY_ALIAS) }),
    parameter,
    launchTemplate: launchTemplates[region],
  }));
}

export function imageProps(
  image: Image,
  place: AccountRegion,
  context: BuildableContext,
): ImageProps {
  const { sharedAccountId, ledger, environment, recipeDependsOn } = context;
  const tags = { ...image.amiTags, ...imageTags(image.name) };
  return {
    name: image.name,
    description: image.description,
    recipe: {
      version: currentVersion(ledger.recipes, image.recipe),
      parentImage: parentImage(image.parent, place, sharedAccountId),
      components: componentsOf(image, place, ledger),
      volumes: [
        image.rootVolume,
        ...image.volumes.map(({ snapshots, ...volume }) => ({
          ...volume,
          snapshotId: snapshots?.[place.region],
        })),
      ],
      keyArn: aliasArn(place, IMAGE_KEY_ALIAS),
      userData: image.userData,
      removeSsmAgent: image.removeSsmAgent,
      workingDirectory: image.workingDirectory,
      dependsOn: recipeDependsOn,
    },
    infrastructure: {
      ...infrastructureProps(image, place, context),
      instanceProfileName: environment.instanceProfileName,
      // A Mac is a host by itself.
      ...(image.platform === "macOS" && {
        dedicatedHost: image.dedicatedHosts[place.region] ?? "",
      }),
      resourceTags: tags,
    },
    distribution: { places: placesOf(image, place), amiName: image.amiName, amiTags: tags },
    pipeline: pipelineProps(image, place, context),
    ...lifecycleProps(image, context),
  };
}
