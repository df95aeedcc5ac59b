import type { Architecture, Platform } from "./base-images";

/**
 * Parent of the instances that build Linux containers: the ECS-optimized AMI, whose id AWS
 * publishes as an SSM parameter. As of 2026-11-27:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
 */
export function ecsHostImage(architecture: Architecture): string {
  const variant = architecture === "arm64" ? "/arm64" : "";
  return `ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023${variant}/recommended/image_id`;
}

/** An AMI by the SSM parameter that contains its ID, or by its ID in each Region. */
export type HostAmi =
  | { readonly kind: "ssm"; readonly path: string }
  | { readonly kind: "ami"; readonly amis: Readonly<Record<string, string>> };

/** Public SSM parameters of AMIs of Amazon Linux, as of 2026-11-27. */
const AMAZON_LINUX_PARAMETER =
  /^\/?aws\/service\/(ecs\/optimized-ami\/amazon-linux-|ami-amazon-linux-latest\/)/;

/**
 * Root device of the instances that build containers; `undefined` if `hostAmi` doesn't show it. As
 * of 2026-11-27: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
 */
export function knownHostDevice(
  hostAmi: HostAmi | undefined,
  platform: Platform,
): string | undefined {
  if (platform === "Windows") return "/dev/sda1";
  const isAmazonLinux =
    hostAmi === undefined || (hostAmi.kind === "ssm" && AMAZON_LINUX_PARAMETER.test(hostAmi.path));
  return isAmazonLinux ? "/dev/xvda" : undefined;
}

/**
 * Minimum size of the root volume of instances that build containers, in GiB: the size of the
 * ECS-optimized AMI's snapshot, as of 2026-11-27.
 */
export const MIN_HOST_SIZE_GIB = 30;

/** Names of Microsoft's container images for Windows: https://mcr.microsoft.com, as of 2026-11. */
const WINDOWS_IMAGE =
  /^mcr\.microsoft\.com\/(windows\b|dotnet\/framework\b|.*:.*(nanoserver|windowsservercore|ltsc\d))/;

/** Returns whether an image of a registry is for Windows, as far as its name shows. */
export function isWindowsImage(uri: string): boolean {
  return WINDOWS_IMAGE.test(uri);
}
