import type { SoundParts } from "./schema";

type ImageEntry = NonNullable<SoundParts["images"][string]>;
type AppImageEntry = Omit<ImageEntry, "share">;

/** An image's root volume, encrypted in its recipe. */
export interface RootVolume {
  /** The root device of the parent image; another name would add a volume and leave the root as it is. */
  readonly device: string;
  /** @default - the parent image's size */
  readonly sizeGib?: number;
  readonly type: "gp2" | "gp3" | "io1" | "io2" | "standard";
  readonly iops?: number;
  readonly throughputMibps?: number;
}

/** Root devices by platform: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html */
const knownDevice = ({ platform, parent }: AppImageEntry): string | undefined => {
  if (platform !== "Linux") return "/dev/sda1";
  const isAmazonLinux =
    parent.awsManaged?.startsWith("amazon-linux-") === true || parent.ssm?.includes("/ami-amazon-linux-latest/") === true;
  return isAmazonLinux ? "/dev/xvda" : undefined;
};

/** The device that an image says, or its golden parent has, or its parent is known for; `undefined` if none of these tells. */
const rootDevice = (image: AppImageEntry, images: SoundParts["images"], seen: readonly string[] = []): string | undefined => {
  const { golden } = image.parent;
  if (image.rootVolume?.device !== undefined) return image.rootVolume.device;
  if (golden === undefined) return knownDevice(image);
  const parent = seen.includes(golden) ? undefined : images[golden];
  return parent && rootDevice(parent, images, [...seen, golden]);
};

/** The root volume of `image`, over the file's defaults. The device is `undefined` where it has to be given. */
export const rootVolume = (
  image: AppImageEntry,
  { defaults, images }: Pick<SoundParts, "defaults" | "images">,
): Omit<RootVolume, "device"> & { device: string | undefined } => ({
  type: "gp3",
  ...defaults.rootVolume,
  ...image.rootVolume,
  device: rootDevice(image, images) ?? defaults.rootVolume?.device,
});
