import { defaultInstanceType } from "../aws/base-images";
import { hostDevice } from "../aws/container-hosts";
import { DEFAULT_DOCKERFILE } from "../documents/dockerfile";
import type { Container, ContainerParent } from "../model";
import { containerArchitecture, containerPlatform } from "./container-base";
import { type ContainerEntry, type ResolveContext, resolveBuildable } from "./image";

function parentOf({
  golden,
  awsManaged,
  registry,
  version = "x.x.x",
}: ContainerEntry["parent"]): ContainerParent {
  if (golden !== undefined) return { kind: "golden", name: golden, version };
  return awsManaged !== undefined
    ? { kind: "awsManaged", name: awsManaged, version }
    : { kind: "registry", uri: registry ?? "" };
}

export function resolveContainer(
  name: string,
  entry: ContainerEntry,
  around: ResolveContext,
): Container {
  const { defaults, goldenContainers, files } = around;
  const platform = containerPlatform(entry, goldenContainers);
  const architecture = containerArchitecture(entry, goldenContainers, defaults.instanceTypes);
  const instanceTypes = entry.instanceTypes ??
    defaults.instanceTypes ?? [defaultInstanceType(platform, architecture)];
  const dockerfile = files.dockerfiles.get(entry.dockerfile ?? "");
  return {
    ...resolveBuildable("container", name, entry, around),
    platform,
    instanceTypes,
    parent: parentOf(entry.parent),
    architecture,
    dockerfile: dockerfile?.value?.text ?? DEFAULT_DOCKERFILE,
    hostVolume: { type: "gp3", ...entry.hostVolume, device: hostDevice(platform) },
  };
}
