import { baseImage, defaultInstanceType, type Platform } from "../aws/base-images";
import { meantImage } from "../aws/managed-names";
import type { Image, Parent } from "../model";
import { defaultAmiName } from "../names";
import type { Path } from "../problems";
import type { ImageEntry } from "../schema/image";
import { resolveBuildable } from "./buildable";
import type { AccountEntry, ResolveContext, Resolved } from "./context";
import { FileReferences } from "./file-references";
import { dataVolumes, rootVolume } from "./volumes";

function resolveParent({ parent }: ImageEntry, golden: Image | undefined): Parent {
  if (parent.kind !== "golden") return parent;
  if (!golden) throw new Error(`the golden parent '${parent.name}' isn't resolved`);
  return { ...parent, image: golden };
}

/** Reports a parent whose facts are unknown because its name is mistyped. */
function reportMistypedParent(
  rule: string,
  { parent }: ImageEntry,
  path: Path,
  { report }: ResolveContext,
): boolean {
  const meant = parent.kind === "awsManaged" ? meantImage("image", parent.name) : undefined;
  if (parent.kind !== "awsManaged" || meant === undefined) return false;
  report({
    rule,
    path: [...path, "parent", "awsManaged"],
    message: `isn't in the list of known AWS-managed images, did you mean '${meant}'?`,
    got: parent.name,
  });
  return true;
}

function reportUnknownPlatform(entry: ImageEntry, path: Path, context: ResolveContext): void {
  const rule = "platform-known";
  if (reportMistypedParent(rule, entry, path, context)) return;
  const { parent } = entry;
  const reason =
    parent.kind === "awsManaged"
      ? `'${parent.name}' isn't in the list of known AWS-managed images`
      : "it can be inferred only from AWS-managed and golden parents";
  context.report({
    rule,
    path: [...path, "platform"],
    message: `is missing, must be Linux, Windows or macOS: ${reason}`,
  });
}

function reportUnknownDevice(entry: ImageEntry, path: Path, context: ResolveContext): void {
  const rule = "root-device-known";
  if (reportMistypedParent(rule, entry, path, context)) return;
  context.report({
    rule,
    path: [...path, "rootVolume", "device"],
    message:
      "is missing: the factory doesn't know the root device of this parent. Run `aws ec2 describe-images` and copy RootDeviceName exactly: with another name, Image Builder wouldn't encrypt the root volume with the image key",
  });
}

/**
 * Resolves an image. `golden` is its golden parent.
 *
 * Returns `undefined`, with problems reported, if its platform or root device isn't known.
 */
export function resolveImage(
  name: string,
  entry: ImageEntry,
  path: Path,
  account: AccountEntry,
  golden: Image | undefined,
  context: ResolveContext,
): Resolved<Image> | undefined {
  const { defaults, files } = context;
  const base = entry.parent.kind === "awsManaged" ? baseImage(entry.parent.name) : golden?.base;
  const platform: Platform | undefined = base?.platform ?? golden?.platform ?? entry.platform;
  if (platform === undefined) {
    reportUnknownPlatform(entry, path, context);
    return undefined;
  }
  const root = rootVolume(entry, golden, base, platform, defaults.rootVolume);
  if (!root) {
    reportUnknownDevice(entry, path, context);
    return undefined;
  }
  const references = new FileReferences(path, context);
  const userData = entry.userData === undefined ? undefined : files.userData.get(entry.userData);
  if (entry.userData !== undefined && !userData)
    references.reportMissing(entry.userData, "userData");
  const image: Image = {
    ...resolveBuildable("image", { name, entry, account, golden }, context, references),
    platform,
    instanceTypes: entry.instanceTypes ??
      defaults.instanceTypes ?? [defaultInstanceType(platform, base?.architecture)],
    parent: resolveParent(entry, golden),
    base,
    rootVolume: root,
    volumes: dataVolumes(entry, golden),
    userData: userData?.base64,
    removeSsmAgent: entry.removeSsmAgent,
    dedicatedHosts: entry.dedicatedHosts,
    amiName: entry.amiName ?? defaultAmiName(name),
    amiDescription: entry.amiDescription,
    amiTags: entry.amiTags,
    copyToRegions: entry.outputs.copyToRegions,
    parameter: entry.outputs.parameter,
    launchTemplates: entry.outputs.launchTemplates,
  };
  return { image, entry, path, account, isComplete: references.isComplete };
}
