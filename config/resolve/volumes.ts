import type { BaseImage, Platform } from "../aws/base-images";
import type { DataVolume, Image, Volume } from "../model";
import type { FactoryFile } from "../schema/factory-file";
import type { ImageEntry } from "../schema/image";

const DEFAULT_TYPE = "gp3";

/**
 * Returns an image's volumes in addition to the root volume, including those of its golden parent.
 * The recipe must list them: AWS encrypts a volume that the recipe doesn't list with the account's
 * default key instead of the image key.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIEncryption.html
 */
export function dataVolumes({ volumes = [] }: ImageEntry, parent: Image | undefined): DataVolume[] {
  const own = volumes.map((volume) => ({ ...volume, type: volume.type ?? DEFAULT_TYPE }));
  const inherited = (parent?.volumes ?? []).filter(
    (volume) => !own.some(({ device }) => device === volume.device),
  );
  return [...own, ...inherited.map(({ snapshots: _, ...volume }) => volume)];
}

/** Root devices: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html */
function knownRootDevice(
  parent: ImageEntry["parent"],
  base: BaseImage | undefined,
  platform: Platform,
): string | undefined {
  if (base) return base.device;
  if (platform !== "Linux") return "/dev/sda1";
  const isAmazonLinux =
    (parent.kind === "awsManaged" && parent.name.startsWith("amazon-linux-")) ||
    (parent.kind === "ssm" && parent.path.includes("/ami-amazon-linux-latest/"));
  return isAmazonLinux ? "/dev/xvda" : undefined;
}

/**
 * Returns an image's root volume, with the file's defaults. The device is the image's own, the
 * golden parent's, or the known one of its parent; `undefined` if the factory file must give it.
 */
export function rootVolume(
  { rootVolume: own, parent }: ImageEntry,
  golden: Image | undefined,
  base: BaseImage | undefined,
  platform: Platform,
  defaults: FactoryFile["defaults"]["rootVolume"],
): Volume | undefined {
  const inherited = golden?.rootVolume.device ?? knownRootDevice(parent, base, platform);
  const device = own.device ?? inherited ?? defaults.device;
  if (device === undefined) return undefined;
  return { ...defaults, ...own, type: own.type ?? defaults.type ?? DEFAULT_TYPE, device };
}
