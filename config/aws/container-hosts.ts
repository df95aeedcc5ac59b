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

/**
 * Root device of the instances that build containers. As of 2026-11-27:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
 */
export function hostDevice(platform: Platform): string {
  return platform === "Windows" ? "/dev/sda1" : "/dev/xvda";
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
