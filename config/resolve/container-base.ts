import { type Architecture, architectureOf } from "../aws/base-images";
import { type HasParent, lineageOf } from "./lineage";

/**
 * What a container runs on. AWS's own for Windows are named after it, and one of a registry is for Linux: for Windows Image Builder asks for
 * its version, which the provider can't say (docs/provider-gaps.md).
 */
export function containerPlatform(
  container: HasParent,
  golden: ReadonlyMap<string, HasParent>,
): "Linux" | "Windows" {
  return lineageOf(container, golden).at(-1)?.parent?.awsManaged?.startsWith("windows-")
    ? "Windows"
    : "Linux";
}

type Hosted = HasParent & { readonly instanceTypes?: readonly (string | undefined)[] | undefined };

/**
 * Image Builder makes images of one processor, the host's, which is that of what a container goes back to. AWS's own are for x86_64:
 * https://github.com/aws/ec2-image-builder-roadmap/issues/93
 */
export function containerArchitecture(
  container: Hosted,
  golden: ReadonlyMap<string, Hosted>,
  defaults: readonly (string | undefined)[] | undefined,
): Architecture {
  const base = lineageOf<Hosted>(container, golden).at(-1);
  if (base?.parent?.awsManaged !== undefined) return "x86_64";
  const [type = ""] = base?.instanceTypes ?? defaults ?? [];
  return architectureOf(type);
}
