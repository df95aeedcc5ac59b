import { defaultInstanceType } from "./base-images";
import { containerArchitecture, containerPlatform, hostDevice } from "./containers";
import { DEFAULT_DOCKERFILE } from "./dockerfile";
import type { Container, ContainerParent } from "./factory";
import { bakedOf, type ContainerEntry, type Surroundings } from "./resolve-image";

const parentOf = ({ golden, awsManaged, registry, version = "x.x.x" }: ContainerEntry["parent"]): ContainerParent => {
  if (golden !== undefined) return { kind: "golden", name: golden, version };
  return awsManaged !== undefined
    ? { kind: "awsManaged", name: awsManaged, version }
    : { kind: "registry", uri: registry ?? "" };
};

export const containerOf = (name: string, entry: ContainerEntry, around: Surroundings): Container => {
  const { defaults, goldenContainers, files } = around;
  const platform = containerPlatform(entry, goldenContainers);
  const architecture = containerArchitecture(entry, goldenContainers, defaults.instanceTypes);
  const instanceTypes = entry.instanceTypes ?? defaults.instanceTypes ?? [defaultInstanceType(platform, architecture)];
  const dockerfile = files.dockerfiles.get(entry.dockerfile ?? "");
  return {
    ...bakedOf("container", name, entry, around),
    platform,
    instanceTypes,
    parent: parentOf(entry.parent),
    architecture,
    dockerfile: dockerfile && "document" in dockerfile ? dockerfile.document.text : DEFAULT_DOCKERFILE,
    hostVolume: { type: "gp3", ...entry.hostVolume, device: hostDevice(platform) },
  };
};
