import { type Descendant, lineOf } from "./ancestry";
import type { Platform } from "./base-images";

/**
 * What a container runs on. AWS's own for Windows are named after it, and one of a registry is for Linux: for Windows Image Builder asks for
 * its version, which the provider can't say (docs/provider-gaps.md).
 */
export const containerPlatform = (container: Descendant, golden: ReadonlyMap<string, Descendant>): "Linux" | "Windows" =>
  lineOf(container, golden).at(-1)?.parent?.awsManaged?.startsWith("windows-") ? "Windows" : "Linux";

/** The root device of the instances that build containers, which run an ECS-optimized image. */
export const hostDevice = (platform: Platform): string => (platform === "Windows" ? "/dev/sda1" : "/dev/xvda");

/** GiB that such an image has at least. */
export const LEAST_HOST_GIB = 30;
