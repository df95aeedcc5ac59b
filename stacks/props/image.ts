/** Maps machine images of the model to the props of their pipelines. */

import { aliasArn } from "../../config/aws/arns";
import { isDynamicTag } from "../../config/aws/dynamic-tags";
import type { Image } from "../../config/model";
import { IMAGE_KEY_ALIAS, imageTags } from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import type { ImageProps } from "../../modules/image-builder/buildable";
import type { RegionDistribution } from "../../modules/image-builder/distribution";
import type { DedicatedHost } from "../../modules/image-builder/infrastructure";
import type { Volume } from "../../modules/image-builder/recipe";
import { type BuildContext, baseProps, infrastructureProps, recipeProps } from "./buildable";

/** Volumes of the recipe, with the Region's snapshots. */
function recipeVolumes({ rootVolume, volumes }: Image, region: string): Volume[] {
  const dataVolumes = volumes.map(({ snapshots, ...volume }) => ({
    ...volume,
    snapshotId: snapshots?.[region],
  }));
  return [rootVolume, ...dataVolumes];
}

/** Mac instances only run on Dedicated Hosts. */
function dedicatedHost(
  { platform, dedicatedHosts }: Image,
  region: string,
): DedicatedHost | undefined {
  if (platform !== "macOS") return undefined;
  const host = dedicatedHosts[region];
  if (host === undefined) return { kind: "any" };
  return host.startsWith("arn:") ? { kind: "group", arn: host } : { kind: "host", id: host };
}

/**
 * The recipe's key encrypts the AMI in the Region of the pipeline, and the keys of the other
 * Regions encrypt the copies.
 */
function regionDistributions(
  { copyToRegions, parameter, launchTemplates }: Image,
  at: AccountRegion,
): RegionDistribution[] {
  return [at.region, ...copyToRegions].map((region) => ({
    region,
    keyArn: region === at.region ? undefined : aliasArn({ ...at, region }, IMAGE_KEY_ALIAS),
    parameter,
    launchTemplate: launchTemplates[region],
  }));
}

/**
 * The AMI tags that build instances can have, too: Image Builder replaces placeholders only in AMI
 * tags.
 */
function staticTags({ amiTags }: Image): Record<string, string> {
  return Object.fromEntries(Object.entries(amiTags).filter(([, value]) => !isDynamicTag(value)));
}

export function imageProps(image: Image, context: BuildContext): ImageProps {
  const { at, environment } = context;
  return {
    kind: "image",
    ...baseProps(image, context),
    recipe: {
      ...recipeProps(image, context),
      volumes: recipeVolumes(image, at.region),
      userData: image.userData,
      removeSsmAgent: image.removeSsmAgent,
    },
    infrastructure: {
      ...infrastructureProps(image, context),
      instanceProfileName:
        environment.imageInstanceProfileNames[image.name] ?? environment.instanceProfileName,
      dedicatedHost: dedicatedHost(image, at.region),
      resourceTags: { ...staticTags(image), ...imageTags(image.name) },
    },
    distribution: {
      regions: regionDistributions(image, at),
      amiName: image.amiName,
      amiDescription: image.amiDescription,
      amiTags: { ...image.amiTags, ...imageTags(image.name) },
    },
  };
}
