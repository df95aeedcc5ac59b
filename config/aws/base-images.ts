export type Platform = "Linux" | "Windows" | "macOS";
export type Architecture = "x86_64" | "arm64";

/** An AWS-managed image: the facts that images built on it depend on. */
export interface BaseImage {
  /** As in `arn:…:aws:image/NAME/x.x.x`. */
  readonly name: string;
  readonly platform: Platform;
  readonly architecture: Architecture;
  /** Root device of its AMIs. */
  readonly device: string;
  /**
   * Minimum size of its snapshot, in GiB. EC2 rejects a smaller root volume when an instance
   * starts.
   * @default - not known for certain
   */
  readonly minSizeGib?: number | undefined;
  /** Folder in which Image Builder works by default. */
  readonly workingDirectory: string;
}

/** Suffixes that Image Builder appends to names. */
const SUFFIXES: Readonly<Record<Architecture, string>> = { x86_64: "x86", arm64: "arm64" };

const X86: readonly Architecture[] = ["x86_64"];
const BOTH: readonly Architecture[] = ["x86_64", "arm64"];

type Row = readonly [
  name: string,
  platform: Platform,
  architectures: readonly Architecture[],
  device: string,
  minSizeGib?: number,
];

/**
 * AWS-managed images by name without the suffix, as of 2026-11-21. AWS publishes no list; `aws
 * imagebuilder list-images --owner Amazon` prints the current one. There is no CentOS Stream.
 *
 * - Names: `AmazonManagedImage` of @aws-cdk/aws-imagebuilder-alpha 2.270.0 (2026-09). The
 *   ECS-optimized ones, RHEL 8 and 9, and SQL Server: recipes in public repositories.
 * - Root devices: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html and
 *   `DescribeImages` of the distributions' AMIs. Assumed: RHEL 10 and macOS.
 * - Sizes: the snapshots of those AMIs. Windows with SQL Server needs more than this minimum, and
 *   so do newer versions of macOS (100 GiB, by
 *   https://github.com/aws-samples/amazon-autoscaling-mac1metal-ec2-with-terraform/issues/6).
 */
const ROWS: readonly Row[] = [
  ["amazon-linux-2023", "Linux", BOTH, "/dev/xvda", 8],
  ["amazon-linux-2", "Linux", BOTH, "/dev/xvda", 8],
  ["amazon-linux-2023-ecs-optimized", "Linux", BOTH, "/dev/xvda", 30],
  ["amazon-linux-2-ecs-optimized", "Linux", X86, "/dev/xvda", 30],
  ["amazon-linux-2-ecs-optimized-kernel-5", "Linux", X86, "/dev/xvda", 30],
  ["ubuntu-server-24-lts", "Linux", BOTH, "/dev/sda1", 8],
  ["ubuntu-server-22-lts", "Linux", BOTH, "/dev/sda1", 8],
  ["ubuntu-server-20-lts", "Linux", BOTH, "/dev/sda1", 8],
  ["red-hat-enterprise-linux-10", "Linux", BOTH, "/dev/sda1"],
  ["red-hat-enterprise-linux-9", "Linux", X86, "/dev/sda1"],
  ["red-hat-enterprise-linux-8", "Linux", X86, "/dev/sda1"],
  ["suse-linux-enterprise-server-15", "Linux", BOTH, "/dev/sda1", 10],
  ["windows-server-2016-english-full-base", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2016-english-core-base", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2019-english-full-base", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2019-english-core-base", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2022-english-full-base", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2022-english-core-base", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2025-english-full-base", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2025-english-core-base", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2019-english-full-sql-2019-enterprise", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2019-english-full-sql-2019-standard", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2019-english-full-sql-2017-enterprise", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2019-english-full-sql-2017-standard", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2016-english-full-sql-2017-enterprise", "Windows", X86, "/dev/sda1", 30],
  ["windows-server-2016-english-full-sql-2017-standard", "Windows", X86, "/dev/sda1", 30],
  ["macos-sonoma", "macOS", BOTH, "/dev/sda1", 60],
  ["macos-sequoia", "macOS", BOTH, "/dev/sda1", 60],
];

/**
 * Folder in which Image Builder works by default. As of 2026-11-21:
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImageRecipe.html,
 * `workingDirectory`
 */
export function workingDirectory(platform: Platform): string {
  return platform === "Windows" ? "C:/" : "/tmp";
}

/** The AWS-managed images whose facts are known. */
export const BASE_IMAGES: readonly BaseImage[] = ROWS.flatMap(
  ([name, platform, architectures, device, minSizeGib]) =>
    architectures.map((architecture) => ({
      name: `${name}-${SUFFIXES[architecture]}`,
      platform,
      architecture,
      device,
      minSizeGib,
      workingDirectory: workingDirectory(platform),
    })),
);

/**
 * AWS-managed container images, as of 2026-11-28: `AmazonManagedImage` of
 * @aws-cdk/aws-imagebuilder-alpha 2.275.0.
 */
export const MANAGED_CONTAINER_IMAGES: readonly string[] = [
  "amazon-linux-2023-x86-2023",
  "amazon-linux-x86-2",
  "ubuntu-22-x86-22-04",
  "ubuntu-24-x86-24-04",
  "windows-server-2016-x86-core-ltsc2016-amd64",
  "windows-server-2019-x86-core-ltsc2019-amd64",
];

const BY_NAME = new Map(BASE_IMAGES.map((image) => [image.name, image]));

/** Returns an AWS-managed image; `undefined` for a name that isn't in the table. */
export function baseImage(name: string | undefined): BaseImage | undefined {
  return name === undefined ? undefined : BY_NAME.get(name);
}

/**
 * Returns the processor architecture of an instance type. A `g` after the generation stands for
 * Graviton; Macs have their own names. As of 2026-11-21:
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export function architectureOf(instanceType: string): Architecture {
  const [family = ""] = instanceType.split(".");
  const isAppleSilicon = /^mac(2|-)/.test(family);
  const isGraviton = family === "a1" || /^[a-z]+\d+[a-z]*g/.test(family);
  return isAppleSilicon || isGraviton ? "arm64" : "x86_64";
}

/** Returns the instance type that builds an image for which factory.yaml names none. */
export function defaultInstanceType(
  platform: Platform,
  architecture: Architecture | undefined,
): string {
  if (platform === "macOS") return architecture === "arm64" ? "mac2.metal" : "mac1.metal";
  return architecture === "arm64" ? "t4g.medium" : "t3.medium";
}
