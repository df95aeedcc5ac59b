import {
  GetImageCommand,
  type Image,
  type ImagebuilderClient,
  paginateListImagePackages,
} from "@aws-sdk/client-imagebuilder";
import { collect, hasName } from "../../common/client";
import type { Build, ImageBuilder } from "../ports";

/** Statements contain times in one form only. */
function toTimestamp(date: string | undefined): string | undefined {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function toBuild({
  arn = "",
  state,
  tags = {},
  dateCreated,
  imageRecipe,
  containerRecipe,
  sourcePipelineArn,
  infrastructureConfiguration,
  distributionConfiguration,
  outputResources,
  enhancedImageMetadataEnabled,
}: Image): Build {
  const recipe = imageRecipe ?? containerRecipe;
  return {
    arn,
    status: state?.status ?? "",
    reason: state?.reason ?? "",
    tags,
    createdAt: toTimestamp(dateCreated),
    recipe: recipe?.arn,
    parent: recipe?.parentImage,
    components: (recipe?.components ?? []).flatMap(({ componentArn }) => componentArn ?? []),
    pipeline: sourcePipelineArn,
    infrastructure: infrastructureConfiguration?.arn,
    distribution: distributionConfiguration?.arn,
    amis: (outputResources?.amis ?? []).flatMap(({ region, image: id }) =>
      region !== undefined && id !== undefined ? [{ region, id }] : [],
    ),
    containers: (outputResources?.containers ?? []).flatMap(({ imageUris }) => imageUris ?? []),
    hasPackageList: enhancedImageMetadataEnabled !== false,
  };
}

export function imageBuilderAdapter(client: ImagebuilderClient): ImageBuilder {
  return {
    build: async (imageBuildVersionArn) => {
      try {
        const { image } = await client.send(new GetImageCommand({ imageBuildVersionArn }));
        return image && toBuild(image);
      } catch (error) {
        if (hasName(error, "ResourceNotFoundException")) return undefined;
        throw error;
      }
    },
    packages: async (imageBuildVersionArn) => {
      const pages = paginateListImagePackages({ client }, { imageBuildVersionArn });
      const packages = await collect(pages, (page) => page.imagePackageList);
      return packages.map(({ packageName: name = "", packageVersion: version = "" }) => ({
        name,
        version,
      }));
    },
  };
}
