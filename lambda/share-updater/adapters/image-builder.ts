import {
  GetImageCommand,
  type ImagebuilderClient,
  type ImageSummary,
  paginateListImageBuildVersions,
  paginateListImages,
} from "@aws-sdk/client-imagebuilder";
import type { Build } from "../build";
import type { Images } from "../ports";
import { collect, hasName } from "./client";

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

/** Calls Image Builder for the updater. */
export function imagesAdapter(client: ImagebuilderClient): Images {
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
  };
}
