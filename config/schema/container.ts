import type * as z from "zod";
import {
  exactlyOne,
  mapOf,
  matching,
  nonEmptyMapOf,
  oneOf,
  onlyWith,
  strict,
} from "../schema-blocks";
import { buildable, InstanceTypes, NEWEST, share } from "./buildable";
import { DeviceName, volume } from "./image";
import {
  AmiId,
  FilePath,
  ImageArn,
  ImageName,
  ManagedName,
  ParameterPath,
  Region,
  VersionRange,
} from "./primitives";

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateContainerRecipe.html */
const ContainerUri = matching(
  "a container image with its tag or digest, such as public.ecr.aws/amazonlinux/amazonlinux:2023",
  /^[a-z0-9][a-z0-9.-]*(:\d{1,5}(?=\/))?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$/,
);

const Parent = strict({
  golden: ImageName.optional().describe("The name of a golden container of this factory."),
  awsManaged: ManagedName.optional().describe(
    "The name of an AWS-managed container image, such as amazon-linux-2023-x86-2023.",
  ),
  registry: ContainerUri.optional().describe(
    "A Linux container image in Amazon ECR, Amazon ECR Public or Docker Hub, with its tag or digest. For other registries, use an Amazon ECR pull through cache.",
  ),
  arn: ImageArn.optional().describe(
    "The ARN of an Image Builder container image that another team builds, in the Region that builds this container. {region} stands for that Region. Its owner must share it with the account, and let the account pull from its repository.",
  ),
  version: VersionRange.optional().describe(
    "For golden and awsManaged. 1.x.x, 1.2.x or 1.2.3 limits the versions of the parent that the image uses. Default: x.x.x, the newest version.",
  ),
})
  .superRefine(exactlyOne("golden", "awsManaged", "registry", "arn"))
  .superRefine(onlyWith("version", "golden", "awsManaged"))
  .transform(({ golden, awsManaged, registry, arn, version = NEWEST }) => {
    if (golden !== undefined) return { kind: "golden" as const, name: golden, version };
    if (awsManaged !== undefined) return { kind: "awsManaged" as const, name: awsManaged, version };
    if (registry !== undefined) return { kind: "registry" as const, uri: registry };
    return { kind: "arn" as const, arn: arn as string };
  });

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_InstanceConfiguration.html */
const HostAmi = strict({
  ssm: ParameterPath.optional().describe("The path of an SSM parameter that contains an AMI ID."),
  ami: nonEmptyMapOf("AMI IDs", Region, AmiId).optional().describe("An AMI ID for each Region."),
})
  .superRefine(exactlyOne("ssm", "ami"))
  .transform(({ ssm, ami }) =>
    ssm === undefined
      ? { kind: "ami" as const, amis: ami as Record<string, string> }
      : { kind: "ssm" as const, path: ssm },
  );

const container = {
  platform: oneOf(["Linux", "Windows"])
    .optional()
    .describe("Operating system. Default: the parent's; required with parent.arn."),
  parent: Parent.describe("The container image that this container is built on."),
  dockerfile: FilePath.optional().describe(
    "The path of a Dockerfile with Image Builder's placeholders, relative to this file. Default: a Dockerfile with only the placeholders and, for Linux, `USER root`.",
  ),
  ...buildable,
  instanceTypes: InstanceTypes.optional().describe(
    "Instance types to build and test on, in order of preference. Default: t3.medium, or t4g.medium for Arm parents.",
  ),
  hostAmi: HostAmi.optional().describe(
    "AMI of the build instances. It must run Docker and the SSM agent, on the architecture of the instance types. Default: the ECS-optimized AMI of Amazon Linux 2023, or Image Builder's choice on Windows.",
  ),
  hostVolume: strict({
    ...volume,
    device: DeviceName.optional().describe(
      "The root device of the build instances' AMI. Default: the AMI's, if the factory knows it (the default AMI, Amazon Linux, Windows); otherwise required.",
    ),
    sizeGib: volume.sizeGib.describe(
      "Size in GiB. Default: the size of the root volume of the build instances' AMI.",
    ),
  })
    .default({})
    .describe("Root volume of the build instances."),
};

export const GoldenContainer = strict({ ...container, share });
export const AppContainer = strict(container);

export type ContainerEntry = z.output<typeof GoldenContainer>;

export const GoldenContainers = mapOf("golden containers", ImageName, GoldenContainer);
export const AppContainers = mapOf("containers", ImageName, AppContainer);
