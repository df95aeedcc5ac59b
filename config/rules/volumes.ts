import { MAX_USER_DATA_BYTES } from "../documents/user-data";
import type { Image } from "../model";
import { images, listOf, type Report, type Rule, rule, volumes } from "./rule";

/** https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
const EBS = "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html";
const MAX_IOPS_PER_GIB: Readonly<Record<string, number>> = { gp3: 500, io1: 50, io2: 1_000 };
const GP3_IOPS = 3_000;
const NEEDS_IOPS = ["io1", "io2"];
const SUPPORTS_IOPS = Object.keys(MAX_IOPS_PER_GIB);

interface Settings {
  readonly sizeGib?: number | undefined;
  readonly type?: string | undefined;
  readonly iops?: number | undefined;
  readonly throughputMibps?: number | undefined;
}

/** Reports settings that Amazon EBS rejects for the volume type. */
export function checkSettings(
  { type = "gp3", sizeGib, iops, throughputMibps }: Settings,
  report: (key: string, message: string, got?: number) => void,
): void {
  if (throughputMibps !== undefined) {
    const max = (iops ?? GP3_IOPS) / 4;
    if (type !== "gp3")
      report("throughputMibps", `is only for gp3: the volume's type is ${type}`, throughputMibps);
    else if (throughputMibps > max)
      report(
        "throughputMibps",
        `must be at most ${max} MiB per second, a quarter of the IOPS (${iops ?? GP3_IOPS})`,
        throughputMibps,
      );
  }
  if (iops === undefined) {
    if (NEEDS_IOPS.includes(type))
      report("iops", `is missing: the volume's type ${type} requires it`);
    return;
  }
  if (!SUPPORTS_IOPS.includes(type)) {
    report("iops", `is only for ${listOf(SUPPORTS_IOPS)}: the volume's type is ${type}`, iops);
    return;
  }
  if (type === "gp3" && iops < GP3_IOPS)
    report("iops", `must be at least ${GP3_IOPS} for gp3`, iops);
  const max = sizeGib === undefined ? undefined : sizeGib * (MAX_IOPS_PER_GIB[type] as number);
  if (max !== undefined && iops > max)
    report(
      "iops",
      `must be at most ${max} for ${sizeGib} GiB of ${type} (${MAX_IOPS_PER_GIB[type]} per GiB)`,
      iops,
    );
}

function below(key: string, report: Report): (name: string, message: string, got?: number) => void {
  return (name, message, got) => report([key, name], message, got);
}

/** The smallest size of an image's root volume, in GiB, and whose size it is. */
function minRootSize({
  parent,
  base,
}: Image): { readonly gib: number; readonly owner: string } | undefined {
  const ofParent = parent.kind === "golden" ? parent.image.rootVolume.sizeGib : undefined;
  if (ofParent !== undefined && ofParent >= (base?.minSizeGib ?? 0))
    return { gib: ofParent, owner: "its parent" };
  return base?.minSizeGib === undefined ? undefined : { gib: base.minSizeGib, owner: base.name };
}

/** Sizes of the volumes of an image's golden parents with a device name, in GiB. */
function inheritedSizes({ parent }: Image, device: string): number[] {
  if (parent.kind !== "golden") return [];
  const own = parent.image.volumes.find((volume) => volume.device === device)?.sizeGib;
  return [...(own === undefined ? [] : [own]), ...inheritedSizes(parent.image, device)];
}

/** The root device that an image inherits, and whose it is. */
function inheritedDevice({
  parent,
  base,
}: Image): { readonly device: string; readonly owner: string } | undefined {
  if (base) return { device: base.device, owner: base.name };
  if (parent.kind !== "golden") return undefined;
  return { device: parent.image.rootVolume.device, owner: parent.name };
}

/** Whether AWS or the factory maintains a parent. Images of AWS have only a root volume. */
function isMaintained(parent: Image["parent"]): boolean {
  if (parent.kind === "ssm") return /^\/?aws\/service\//.test(parent.path);
  return parent.kind === "golden" || parent.kind === "awsManaged";
}

export const volumeRules: readonly Rule[] = [
  rule({
    id: "root-device-of-parent",
    description:
      "`rootVolume.device` is the parent's root device. Under another name, Image Builder would add a volume, and wouldn't encrypt the root volume with the image key.",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html",
    each: images,
    check({ image, entry: { rootVolume } }, report) {
      const inherited = inheritedDevice(image);
      if (rootVolume.device === undefined || !inherited || rootVolume.device === inherited.device)
        return;
      report(
        ["rootVolume", "device"],
        `must be ${inherited.device}, the root device of ${inherited.owner}, or left out`,
        rootVolume.device,
      );
    },
  }),
  rule({
    id: "parent-volumes-listed",
    severity: "warning",
    description:
      "If the parent is an AMI, an SSM parameter outside `/aws/service/`, a Marketplace product or an ARN, `volumes` lists all of the parent's volumes except the root volume. Image Builder encrypts only the root volume and the listed volumes with the image key. If another volume is encrypted with the account's default key, other accounts can't use it.",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AMIEncryption.html",
    each: images,
    check({ image: { parent }, entry: { volumes: given } }, report) {
      if (!isMaintained(parent) && given === undefined)
        report(
          "volumes",
          "isn't set: volumes of the parent other than its root volume wouldn't be encrypted with the image key. List them here, or set volumes to [] if there are none",
        );
    },
  }),
  rule({
    id: "root-volume-settings",
    description: "The root volume's settings are valid for its type.",
    source: EBS,
    each: images,
    check({ image: { rootVolume } }, report) {
      checkSettings(rootVolume, below("rootVolume", report));
    },
  }),
  rule({
    id: "volume-settings",
    description: "A volume's settings are valid for its type.",
    source: EBS,
    each: volumes,
    check({ volume }, report) {
      checkSettings(volume, report);
    },
  }),
  rule({
    id: "root-volume-size",
    description: "The root volume is at least as large as its parent's.",
    each: images,
    check({ image }, report) {
      const { sizeGib } = image.rootVolume;
      const min = minRootSize(image);
      if (sizeGib !== undefined && min && sizeGib < min.gib)
        report(
          ["rootVolume", "sizeGib"],
          `must be at least ${min.gib} GiB, the size of the volume of ${min.owner}`,
          sizeGib,
        );
    },
  }),
  rule({
    id: "volume-device-unique",
    description: "Each volume has its own device name.",
    each: volumes,
    check({ image, entry, volume: { device }, index }, report) {
      if (device === image.rootVolume.device)
        report("device", "is the root volume's device: set rootVolume instead", device);
      else if ((entry.volumes ?? []).findIndex((other) => other.device === device) < index)
        report("device", "is already the device of another volume", device);
    },
  }),
  rule({
    id: "volume-size",
    description: "A volume that replaces a volume of the golden parent is at least as large.",
    each: volumes,
    check({ image, volume: { device, sizeGib } }, report) {
      const min = Math.max(0, ...inheritedSizes(image, device));
      if (sizeGib !== undefined && sizeGib < min)
        report(
          "sizeGib",
          `must be at least ${min} GiB, the size of its golden parent's volume`,
          sizeGib,
        );
    },
  }),
  rule({
    id: "volume-has-size",
    description:
      "A volume has a size, a snapshot in each Region, or a volume of the parent that determines its size.",
    each: volumes,
    check({ volume: { sizeGib, snapshots } }, report) {
      if (sizeGib === undefined && snapshots === undefined)
        report("sizeGib", "is missing: a volume without snapshots needs a size");
    },
  }),
  rule({
    id: "snapshot-in-each-region",
    description: "snapshots contains a snapshot for each Region that builds the image.",
    each: volumes,
    check({ image: { regions }, volume: { snapshots } }, report) {
      for (const region of regions) {
        if (snapshots && !Object.hasOwn(snapshots, region))
          report("snapshots", `must contain a snapshot for ${region}, which builds the image`);
      }
    },
  }),
  rule({
    id: "user-data-size",
    description:
      "A user data script isn't empty, and fits: Image Builder allows 21,847 characters of base64.",
    source:
      "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_AdditionalInstanceConfiguration.html",
    each: images,
    check({ image: { userData }, entry }, report) {
      if (userData === undefined) return;
      const bytes = Buffer.from(userData, "base64").length;
      if (bytes === 0) report("userData", "must be a file with content", entry.userData);
      if (bytes > MAX_USER_DATA_BYTES)
        report("userData", `must have at most ${MAX_USER_DATA_BYTES} bytes`, bytes);
    },
  }),
  rule({
    id: "ssm-agent-on-windows",
    severity: "warning",
    description: "removeSsmAgent has no effect on Windows.",
    source:
      "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_SystemsManagerAgent.html",
    each: images,
    check({ image: { platform, removeSsmAgent } }, report) {
      if (removeSsmAgent && platform === "Windows")
        report("removeSsmAgent", "has no effect on Windows: Image Builder keeps the agent");
    },
  }),
];
