import {
  GetImageCommand,
  type ImagebuilderClient,
  type ImageSummary,
  paginateListImageBuildVersions,
  paginateListImages,
  TagResourceCommand,
} from "@aws-sdk/client-imagebuilder";
import { REVOKED_BY_TAG, sharedTag } from "../../../contract/tags";
import { collect, hasName } from "../../common/client";
import type { Build } from "../build";
import type { Images } from "../ports";

function toBuild({
  arn = "",
  state,
  dateCreated,
  tags = {},
  outputResources,
}: ImageSummary): Build {
  return {
    arn,
    status: state?.status ?? "",
    createdAt: Date.parse(dateCreated ?? ""),
    tags,
    amis: (outputResources?.amis ?? []).flatMap(({ region, image: id }) =>
      region !== undefined && id !== undefined ? [{ region, id }] : [],
    ),
    containers: (outputResources?.containers ?? []).flatMap(({ imageUris }) => imageUris ?? []),
  };
}

export function imagesAdapter(client: ImagebuilderClient): Images {
  // A build's parent never changes, so it is kept as long as the function's instance.
  const parents = new Map<string, string | undefined>();
  return {
    versions: async (image) => {
      const pages = paginateListImages(
        { client },
        { owner: "Self", filters: [{ name: "name", values: [image] }], includeDeprecated: true },
      );
      const all = await collect(pages, (page) => page.imageVersionList);
      return all.flatMap(({ arn }) => (arn?.includes(`:image/${image}/`) ? [arn] : []));
    },
    builds: async (imageVersionArn) => {
      const pages = paginateListImageBuildVersions({ client }, { imageVersionArn });
      return (await collect(pages, (page) => page.imageSummaryList)).map(toBuild);
    },
    build: async (imageBuildVersionArn) => {
      try {
        const { image } = await client.send(new GetImageCommand({ imageBuildVersionArn }));
        return image && toBuild(image);
      } catch (error) {
        if (hasName(error, "ResourceNotFoundException")) return undefined;
        throw error;
      }
    },
    parent: async (imageBuildVersionArn) => {
      if (parents.has(imageBuildVersionArn)) return parents.get(imageBuildVersionArn);
      try {
        const { image } = await client.send(new GetImageCommand({ imageBuildVersionArn }));
        // The parent's full build version, even where the recipe names x.x.x. AWS documents it for
        // image recipes. Assumed: also for container recipes.
        const parent = image?.imageRecipe?.parentImage ?? image?.containerRecipe?.parentImage;
        parents.set(imageBuildVersionArn, parent);
        return parent;
      } catch (error) {
        if (hasName(error, "ResourceNotFoundException")) return undefined;
        throw error;
      }
    },
    markRevoked: async (resourceArn, ancestor) => {
      const tags = { [REVOKED_BY_TAG]: ancestor };
      await client.send(new TagResourceCommand({ resourceArn, tags }));
    },
    markShared: async (resourceArn, channel, since) => {
      const tags = { [sharedTag(channel)]: new Date(since).toISOString() };
      await client.send(new TagResourceCommand({ resourceArn, tags }));
    },
  };
}
