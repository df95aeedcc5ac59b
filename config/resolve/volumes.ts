import { baseImageOf, type HasParent, lineageOf, platformOf } from "./lineage";

/** A volume of an image, encrypted in its recipe. */
export interface Volume {
  /** Of a root volume that of the parent image: another name would add a volume and leave the root as it is. */
  readonly device: string;
  /** @default - the size of what it is made from */
  readonly sizeGib?: number;
  readonly type: "gp2" | "gp3" | "io1" | "io2" | "standard";
  readonly iops?: number;
  readonly throughputMibps?: number;
}

/** A volume beside the root. */
export interface DataVolume extends Volume {
  /** What it is made from, by Region. @default - the parent image's of that device, or nothing */
  readonly snapshots?: Readonly<Record<string, string>>;
}

type VolumeEntry = {
  readonly [K in Exclude<keyof DataVolume, "device">]?: DataVolume[K] | undefined;
} & {
  readonly device: string;
};

interface WithVolumes extends HasParent {
  readonly volumes?: readonly VolumeEntry[] | undefined;
}

/**
 * The volumes of `image` beside the root, and those of its golden parents. They have to stand in its recipe as well: a volume that isn't
 * named there is encrypted with the account's default key and not with its image key.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIEncryption.html
 */
export function dataVolumes(
  image: WithVolumes,
  golden: ReadonlyMap<string, WithVolumes>,
): VolumeEntry[] {
  const [own, ...parents] = lineageOf<WithVolumes>(image, golden);
  const volumes = [...(own?.volumes ?? [])];
  for (const { snapshots: _ofTheParent, ...inherited } of parents.flatMap(
    (parent) => parent.volumes ?? [],
  )) {
    if (!volumes.some(({ device }) => device === inherited.device)) volumes.push(inherited);
  }
  return volumes;
}

/** A root volume whose device isn't known. */
export type PartialVolume = Omit<Volume, "device"> & { readonly device: string | undefined };

/** What of an image says which root volume it has. */
export interface VolumeSource extends HasParent {
  readonly parent?:
    | {
        readonly golden?: string | undefined;
        readonly awsManaged?: string | undefined;
        readonly ssm?: string | undefined;
      }
    | undefined;
  readonly rootVolume?: { readonly [K in keyof Volume]?: Volume[K] | undefined } | undefined;
}

/** Root devices: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html */
function knownDevice(
  image: VolumeSource,
  golden: ReadonlyMap<string, VolumeSource>,
): string | undefined {
  const known = baseImageOf(image, golden)?.device;
  const platform = platformOf(image, golden);
  if (known !== undefined) return known;
  if (platform !== undefined && platform !== "Linux") return "/dev/sda1";
  const { parent } = lineageOf(image, golden).at(-1) ?? image;
  const isAmazonLinux =
    parent?.awsManaged?.startsWith("amazon-linux-") === true ||
    parent?.ssm?.includes("/ami-amazon-linux-latest/") === true;
  return isAmazonLinux ? "/dev/xvda" : undefined;
}

/**
 * The root volume of `image`, over the file's defaults. The device is the image's own, or that of the nearest golden parent that says
 * or is known for one; `undefined` where it has to be given.
 */
export function rootVolume(
  image: VolumeSource,
  golden: ReadonlyMap<string, VolumeSource>,
  defaults: VolumeSource["rootVolume"] = {},
): PartialVolume {
  const said = lineageOf<VolumeSource>(image, golden)
    .map((ancestor) => ancestor.rootVolume?.device)
    .find((device) => device !== undefined);
  return {
    ...defaults,
    ...image.rootVolume,
    type: image.rootVolume?.type ?? defaults.type ?? "gp3",
    device: said ?? knownDevice(image, golden) ?? defaults.device,
  };
}
