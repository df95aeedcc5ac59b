import { DescribeImagesCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { parseContainerUri } from "../../../contract/container-uri";
import { hasName } from "../../common/client";
import type { Containers } from "../ports";

/** Calls Amazon ECR for the recorder, in the Region that pushed the images. */
export function ecrAdapter(client: ECRClient): Containers {
  return {
    digest: async (uri) => {
      const { accountId, repository, tag } = parseContainerUri(uri) ?? {};
      if (tag === undefined) return undefined;
      const command = new DescribeImagesCommand({
        registryId: accountId,
        repositoryName: repository,
        imageIds: [{ imageTag: tag }],
      });
      try {
        const { imageDetails: [image] = [] } = await client.send(command);
        return image?.imageDigest?.match(/^sha256:([0-9a-f]{64})$/)?.[1];
      } catch (error) {
        if (hasName(error, "ImageNotFoundException", "RepositoryNotFoundException"))
          return undefined;
        throw error;
      }
    },
  };
}
