import type { Architecture, Platform } from "./base-images";

/**
 * Parent of the instances that build Linux containers: AWS's ECS-optimized AMI, whose id AWS keeps in an SSM parameter.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
 */
export function ecsHostImage(architecture: Architecture): string {
  const variant = architecture === "arm64" ? "/arm64" : "";
  return `ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023${variant}/recommended/image_id`;
}

/** Root device of the instances that build containers. */
export function hostDevice(platform: Platform): string {
  return platform === "Windows" ? "/dev/sda1" : "/dev/xvda";
}

/** Size of an ECS-optimized AMI's root volume, in GiB: the minimum for a host's root volume. */
export const MIN_HOST_SIZE_GIB = 30;
