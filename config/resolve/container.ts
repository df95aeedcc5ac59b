import {
  type Architecture,
  architectureOf,
  defaultInstanceType,
  type Platform,
} from "../aws/base-images";
import { isWindowsImage, knownHostDevice } from "../aws/container-hosts";
import type { Container, ContainerParent } from "../model";
import type { Path } from "../problems";
import type { ContainerEntry } from "../schema/container";
import { resolveBuildable } from "./buildable";
import type { AccountEntry, ResolveContext, Resolved } from "./context";
import { FileReferences } from "./file-references";

function resolveParent({ parent }: ContainerEntry, golden: Container | undefined): ContainerParent {
  if (parent.kind !== "golden") return parent;
  if (!golden) throw new Error(`the golden parent '${parent.name}' isn't resolved`);
  return { ...parent, image: golden };
}

/**
 * AWS-managed Windows images are named after Windows. Windows images of a registry are rejected by
 * a rule: the provider has no argument for their OS version (docs/explanation/provider-gaps.md).
 */
function platformOf(
  { parent, platform }: ContainerEntry,
  golden: Container | undefined,
): Platform | undefined {
  if (golden) return golden.platform;
  switch (parent.kind) {
    case "awsManaged":
      return parent.name.startsWith("windows-") ? "Windows" : "Linux";
    case "registry":
      return isWindowsImage(parent.uri) ? "Windows" : "Linux";
    case "arn":
      return platform;
    case "golden":
      throw new Error(`the golden parent '${parent.name}' isn't resolved`);
  }
}

/**
 * Image Builder builds for one architecture, the host's. It must be the parent's. AWS-managed
 * container images are for x86_64:
 * https://github.com/aws/ec2-image-builder-roadmap/issues/93
 */
function architectureFor(
  { parent, instanceTypes }: ContainerEntry,
  golden: Container | undefined,
  { defaults }: ResolveContext,
): Architecture {
  if (golden) return golden.architecture;
  const [type] = instanceTypes ?? defaults.instanceTypes ?? [];
  return parent.kind === "awsManaged" || type === undefined ? "x86_64" : architectureOf(type);
}

function reportUnknownPlatform(path: Path, { report }: ResolveContext): void {
  report({
    rule: "platform-known",
    path: [...path, "platform"],
    message: "is missing, must be Linux or Windows: it can't be inferred from parent.arn",
  });
}

function reportUnknownDevice(path: Path, { report }: ResolveContext): void {
  report({
    rule: "host-device-known",
    path: [...path, "hostVolume", "device"],
    message:
      "is missing: the factory doesn't know the root device of hostAmi. Run `aws ec2 describe-images` and copy RootDeviceName exactly: with another name, Image Builder wouldn't encrypt the root volume with the image key",
  });
}

/**
 * Resolves a container. `golden` is its golden parent.
 *
 * Returns `undefined`, with problems reported, if its platform or the root device of its build
 * instances isn't known.
 */
export function resolveContainer(
  name: string,
  entry: ContainerEntry,
  path: Path,
  account: AccountEntry,
  golden: Container | undefined,
  context: ResolveContext,
): Resolved<Container> | undefined {
  const platform = platformOf(entry, golden);
  if (platform === undefined) {
    reportUnknownPlatform(path, context);
    return undefined;
  }
  const device = knownHostDevice(entry.hostAmi, platform) ?? entry.hostVolume.device;
  if (device === undefined) {
    reportUnknownDevice(path, context);
    return undefined;
  }
  const references = new FileReferences(path, context);
  const architecture = architectureFor(entry, golden, context);
  const dockerfile =
    entry.dockerfile === undefined
      ? undefined
      : references.resolve(context.files.dockerfiles, entry.dockerfile, "dockerfile");
  const image: Container = {
    ...resolveBuildable("container", { name, entry, account, golden }, context, references),
    platform,
    instanceTypes: entry.instanceTypes ??
      context.defaults.instanceTypes ?? [defaultInstanceType(platform, architecture)],
    parent: resolveParent(entry, golden),
    architecture,
    dockerfile: dockerfile?.text,
    hostAmi: entry.hostAmi,
    hostVolume: { ...entry.hostVolume, type: entry.hostVolume.type ?? "gp3", device },
  };
  return { image, entry, path, account, isComplete: references.isComplete };
}
