/** The repositories of moto's Amazon ECR, to which the emulated Image Builder pushes containers. */

import type { Registry } from "../local-aws";
import type { Caller } from "../protocol/emulator";
import type { Moto } from "./moto";

export function registryOf(moto: Moto): Registry {
  const call = async (
    { account, region }: Caller,
    action: string,
    input: object,
  ): Promise<Record<string, unknown>> => {
    const { AWS_ACCESS_KEY_ID: key } = await moto.credentialsOf(account);
    return moto.ecr(key, region, action, input);
  };
  return {
    hasRepository: (name, caller) =>
      call(caller, "DescribeRepositories", { repositoryNames: [name] }).then(
        () => true,
        (error: Error) => {
          if (error.message.startsWith("RepositoryNotFoundException")) return false;
          throw error;
        },
      ),
    push: async (repositoryName, tags, caller) => {
      const layer = {
        mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
        size: 1,
        digest: `sha256:${"0".repeat(64)}`,
      };
      const imageManifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.docker.distribution.manifest.v2+json",
        config: {
          mediaType: "application/vnd.docker.container.image.v1+json",
          size: 1,
          digest: `sha256:${"1".repeat(64)}`,
        },
        // Each build has another digest.
        layers: [
          layer,
          {
            ...layer,
            digest: `sha256:${Buffer.from(tags.join()).toString("hex").padEnd(64, "0")}`,
          },
        ],
      });
      for (const imageTag of tags)
        await call(caller, "PutImage", { repositoryName, imageTag, imageManifest });
    },
    deletePushed: async (repositoryName, tags, caller) => {
      await call(caller, "BatchDeleteImage", {
        repositoryName,
        imageIds: tags.map((imageTag) => ({ imageTag })),
      });
    },
  };
}
