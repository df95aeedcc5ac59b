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

/** A root volume whose device isn't known. */
export type Deviceless = Omit<RootVolume, "device"> & { readonly device: string | undefined };

/** What of an image says which root volume it has. */
export interface VolumeSource {
  readonly platform?: string | undefined;
  readonly parent?:
    | { readonly golden?: string | undefined; readonly awsManaged?: string | undefined; readonly ssm?: string | undefined }
    | undefined;
  readonly rootVolume?: { readonly [K in keyof RootVolume]?: RootVolume[K] | undefined } | undefined;
}

/** Root devices by platform: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html */
const knownDevice = ({ platform, parent }: VolumeSource): string | undefined => {
  if (platform !== undefined && platform !== "Linux") return "/dev/sda1";
  const isAmazonLinux =
    parent?.awsManaged?.startsWith("amazon-linux-") === true || parent?.ssm?.includes("/ami-amazon-linux-latest/") === true;
  return isAmazonLinux ? "/dev/xvda" : undefined;
};

/** `image` and its golden parents, up to the one that isn't built on a golden image. */
const line = (
  image: VolumeSource,
  golden: ReadonlyMap<string, VolumeSource>,
  seen: readonly VolumeSource[] = [],
): VolumeSource[] => {
  const parent = golden.get(image.parent?.golden ?? "");
  return parent && !seen.includes(parent) ? [image, ...line(parent, golden, [...seen, image])] : [image];
};

/**
 * The root volume of `image`, over the file's defaults. The device is the image's own, or that of the nearest golden parent that says
 * or is known for one; `undefined` where it has to be given.
 */
export const rootVolume = (
  image: VolumeSource,
  golden: ReadonlyMap<string, VolumeSource>,
  defaults: VolumeSource["rootVolume"] = {},
): Deviceless => {
  const ancestors = line(image, golden);
  const said = ancestors.map((ancestor) => ancestor.rootVolume?.device).find((device) => device !== undefined);
  return {
    ...defaults,
    ...image.rootVolume,
    type: image.rootVolume?.type ?? defaults.type ?? "gp3",
    device: said ?? knownDevice(ancestors.at(-1) ?? image) ?? defaults.device,
  };
};
