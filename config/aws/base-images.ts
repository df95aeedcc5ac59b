export type Platform = "Linux" | "Windows" | "macOS";

/** An image that AWS maintains, as far as what is built on it depends on it. */
export interface BaseImage {
  /** As in `arn:…:aws:image/NAME/x.x.x`. */
  readonly name: string;
  readonly platform: Platform;
  readonly architecture: Architecture;
  /** The root device of its AMIs. */
  readonly device: string;
  /** GiB that its snapshot has at least: a smaller volume is refused when an instance starts. @default - not known for sure */
  readonly minSizeGib?: number;
  /** Where Image Builder works unless told otherwise. */
  readonly workingDirectory: string;
}

export type Architecture = "x86_64" | "arm64";

/** Image Builder's words for it at the end of a name. */
const SUFFIXES: Readonly<Record<Architecture, string>> = { x86_64: "x86", arm64: "arm64" };

const BOTH: readonly Architecture[] = ["x86_64", "arm64"];

interface Family extends Pick<BaseImage, "platform" | "device" | "minSizeGib"> {
  /** Names without what they end with. */
  readonly names: readonly string[];
  readonly architectures: readonly Architecture[];
}

const WINDOWS = ["2016", "2019", "2022", "2025"].flatMap((year) =>
  ["full", "core"].map((kind) => `windows-server-${year}-english-${kind}-base`),
);

/**
 * The names that were found in use, as of 2026-11-21; AWS publishes no list, and `aws imagebuilder list-images --owner Amazon` tells those of
 * today. There is none for CentOS Stream: name it by an AMI, an SSM parameter or a Marketplace product.
 *
 * Names: `AmazonManagedImage` of @aws-cdk/aws-imagebuilder-alpha 2.270.0 (2026-09); the ECS-optimized, RHEL 8 and 9 and SQL ones from recipes in
 * public repositories. Root devices: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html, and `DescribeImages` of the
 * distributions' AMIs; that of RHEL 10 and macOS is inferred. Sizes: those AMIs' snapshots, and
 * none where they weren't found; Windows with SQL Server has more than Windows alone, and newer macOS asks for 100
 * (aws-samples/amazon-autoscaling-mac1metal-ec2-with-terraform#6).
 */
const FAMILIES: readonly Family[] = [
  {
    names: ["amazon-linux-2023", "amazon-linux-2"],
    ...{ platform: "Linux", architectures: BOTH, device: "/dev/xvda", minSizeGib: 8 },
  },
  {
    names: ["amazon-linux-2023-ecs-optimized"],
    ...{ platform: "Linux", architectures: BOTH, device: "/dev/xvda", minSizeGib: 30 },
  },
  {
    names: ["amazon-linux-2-ecs-optimized", "amazon-linux-2-ecs-optimized-kernel-5"],
    ...{ platform: "Linux", architectures: ["x86_64"], device: "/dev/xvda", minSizeGib: 30 },
  },
  {
    names: ["ubuntu-server-24-lts", "ubuntu-server-22-lts", "ubuntu-server-20-lts"],
    ...{ platform: "Linux", architectures: BOTH, device: "/dev/sda1", minSizeGib: 8 },
  },
  {
    names: ["red-hat-enterprise-linux-10"],
    ...{ platform: "Linux", architectures: BOTH, device: "/dev/sda1" },
  },
  {
    names: ["red-hat-enterprise-linux-9", "red-hat-enterprise-linux-8"],
    ...{ platform: "Linux", architectures: ["x86_64"], device: "/dev/sda1" },
  },
  {
    names: ["suse-linux-enterprise-server-15"],
    ...{ platform: "Linux", architectures: BOTH, device: "/dev/sda1", minSizeGib: 10 },
  },
  {
    names: WINDOWS,
    platform: "Windows",
    architectures: ["x86_64"],
    device: "/dev/sda1",
    minSizeGib: 30,
  },
  {
    names: ["enterprise", "standard"].flatMap((edition) => [
      `windows-server-2019-english-full-sql-2019-${edition}`,
      `windows-server-2019-english-full-sql-2017-${edition}`,
      `windows-server-2016-english-full-sql-2017-${edition}`,
    ]),
    ...{ platform: "Windows", architectures: ["x86_64"], device: "/dev/sda1", minSizeGib: 30 },
  },
  {
    names: ["macos-sonoma", "macos-sequoia"],
    ...{ platform: "macOS", architectures: BOTH, device: "/dev/sda1", minSizeGib: 60 },
  },
];

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImageRecipe.html: `workingDirectory`. */
export function workingDirectory(platform: Platform): string {
  return platform === "Windows" ? "C:/" : "/tmp";
}

export const BASE_IMAGES: readonly BaseImage[] = FAMILIES.flatMap(
  ({ names, architectures, platform, device, minSizeGib }) =>
    names.flatMap((name) =>
      architectures.map((architecture) => ({
        name: `${name}-${SUFFIXES[architecture]}`,
        ...{ platform, architecture, device, workingDirectory: workingDirectory(platform) },
        ...(minSizeGib !== undefined && { minSizeGib }),
      })),
    ),
);

const BY_NAME = new Map(BASE_IMAGES.map((image) => [image.name, image]));

/** What is known of an image that AWS maintains; `undefined` for a name that isn't in the table. */
export function baseImage(name: string | undefined): BaseImage | undefined {
  return BY_NAME.get(name ?? "");
}

/**
 * What an instance type's processor is, by its name: a `g` behind the generation is Graviton, and Macs have words of their own.
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export function architectureOf(instanceType: string): Architecture {
  const [family = ""] = instanceType.split(".");
  const isMac = /^mac(2|-)/.test(family);
  return isMac || family === "a1" || /^[a-z]+\d+[a-z]*g/.test(family) ? "arm64" : "x86_64";
}

/** What an image is built on where factory.yaml doesn't say. */
export function defaultInstanceType(
  platform: Platform,
  architecture: Architecture | undefined,
): string {
  if (platform === "macOS") return architecture === "arm64" ? "mac2.metal" : "mac1.metal";
  return architecture === "arm64" ? "t4g.medium" : "t3.medium";
}
