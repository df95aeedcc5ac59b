import { type Descendant, lineOf } from "./ancestry";
import { type Architecture, architectureOf, type Platform } from "./base-images";

/**
 * What a container runs on. AWS's own for Windows are named after it, and one of a registry is for Linux: for Windows Image Builder asks for
 * its version, which the provider can't say (docs/provider-gaps.md).
 */
export const containerPlatform = (container: Descendant, golden: ReadonlyMap<string, Descendant>): "Linux" | "Windows" =>
  lineOf(container, golden).at(-1)?.parent?.awsManaged?.startsWith("windows-") ? "Windows" : "Linux";

type Hosted = Descendant & { readonly instanceTypes?: readonly (string | undefined)[] | undefined };

/**
 * Image Builder makes images of one processor, the host's, which is that of what a container goes back to. AWS's own are for x86_64:
 * https://github.com/aws/ec2-image-builder-roadmap/issues/93
 */
export const containerArchitecture = (
  container: Hosted,
  golden: ReadonlyMap<string, Hosted>,
  defaults: readonly (string | undefined)[] | undefined,
): Architecture => {
  const base = lineOf<Hosted>(container, golden).at(-1);
  if (base?.parent?.awsManaged !== undefined) return "x86_64";
  const [type = ""] = base?.instanceTypes ?? defaults ?? [];
  return architectureOf(type);
};

/** The root device of the instances that build containers, which run an ECS-optimized image. */
export const hostDevice = (platform: Platform): string => (platform === "Windows" ? "/dev/sda1" : "/dev/xvda");

/** GiB that such an image has at least. */
export const LEAST_HOST_GIB = 30;
