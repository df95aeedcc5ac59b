import { buildable, exactlyOne, share } from "./buildable";
import { volume } from "./image";
import { ImageName, ManagedName, mapOf, matching, strict, VersionRange } from "./primitives";

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateContainerRecipe.html */
const ContainerUri = matching(
  "a container image with its tag or digest, such as public.ecr.aws/amazonlinux/amazonlinux:2023",
  /^[a-z0-9][a-z0-9.-]*(:\d{1,5}(?=\/))?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$/,
);

const ContainerParent = strict({
  golden: ImageName.optional().describe("A golden container of this factory."),
  awsManaged: ManagedName.optional().describe(
    "A container image that AWS maintains, such as amazon-linux-2023-x86-2023.",
  ),
  registry: ContainerUri.optional().describe(
    "A Linux image of Amazon ECR, ECR Public, Docker Hub or another registry.",
  ),
  version: VersionRange.optional().describe(
    "For golden and awsManaged: x.x.x by default, or 1.x.x, 1.2.x, 1.2.3 to hold back.",
  ),
})
  .superRefine(exactlyOne("golden", "awsManaged", "registry"))
  .superRefine(({ registry, version }, context) => {
    if (version !== undefined && registry !== undefined)
      context.addIssue({
        code: "custom",
        path: ["version"],
        message: "is for golden and awsManaged only",
        input: version,
      });
  });

const container = {
  parent: ContainerParent.describe("What the container image is built on."),
  dockerfile: matching("the path of a file", /^[^\p{Cc}]+$/u)
    .optional()
    .describe(
      "A Dockerfile with Image Builder's placeholders, relative to this file. By default nothing but these.",
    ),
  ...buildable,
  hostVolume: strict(volume).optional().describe("The root volume of the instances that build."),
};

const GoldenContainer = strict({ ...container, share });
const AppContainer = strict(container);

export const GoldenContainers = mapOf("golden containers", ImageName, GoldenContainer);
export const AppContainers = mapOf("containers", ImageName, AppContainer);
