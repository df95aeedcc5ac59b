/** Maps containers of the model to the props of their pipelines. */

import { ecsHostImage } from "../../config/aws/container-hosts";
import { defaultDockerfile } from "../../config/documents/dockerfile";
import type { Container } from "../../config/model";
import { repositoryName } from "../../config/names";
import { required } from "../../contract/required";
import type { ContainerProps } from "../../modules/image-builder/buildable";
import { type BuildContext, baseProps, infrastructureProps, recipeProps } from "./buildable";

/** A Windows host must have the container's Windows version, so Image Builder chooses it. */
function hostImage(
  { hostAmi, platform, architecture }: Container,
  region: string,
): string | undefined {
  switch (hostAmi?.kind) {
    case "ssm":
      return `ssm:${hostAmi.path}`;
    case "ami":
      return required(hostAmi.amis[region], `the build instances' AMI in ${region}`);
    case undefined:
      return platform === "Linux" ? ecsHostImage(architecture) : undefined;
  }
}

export function containerProps(container: Container, context: BuildContext): ContainerProps {
  const { name, parent, platform, dockerfile, hostVolume } = container;
  const { containerInstanceProfileName, imageInstanceProfileNames } = context.environment;
  return {
    kind: "container",
    ...baseProps(container, context),
    recipe: {
      ...recipeProps(container, context),
      platformOverride: parent.kind === "registry" ? platform : undefined,
      dockerfile: dockerfile ?? defaultDockerfile(platform),
      repository: repositoryName(name),
      hostImage: hostImage(container, context.at.region),
      hostVolume,
    },
    infrastructure: {
      ...infrastructureProps(container, context),
      instanceProfileName: required(
        imageInstanceProfileNames[name] ?? containerInstanceProfileName,
        "the instance profile for containers",
      ),
      inContainer: true,
    },
  };
}
