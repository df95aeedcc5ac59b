import { isBuildOf, parseBuildArn } from "../../contract/build-arn";
import { FINAL_STATUSES } from "../../contract/build-status";
import type { RecorderManifest } from "../../contract/recorder";
import type { Aws, Build } from "./ports";

/** A message about which there is nothing to do, now or ever. */
export interface Ignored {
  readonly kind: "ignored";
  /** For operators. */
  readonly reason: string;
}

export function ignored(reason: string): Ignored {
  return { kind: "ignored", reason };
}

/** Returns the image of the manifest that an ARN names a build of. */
export function imageOf(
  { home }: Pick<Aws, "home">,
  manifest: RecorderManifest,
  arn: string,
): { readonly kind: "image"; readonly name: string } | Ignored {
  const name = parseBuildArn(arn)?.image;
  if (name === undefined || !isBuildOf(name, home, arn))
    return ignored("the message names no build of this account and Region");
  if (!Object.hasOwn(manifest.images, name))
    return ignored(`the image '${name}' isn't in the manifest`);
  return { kind: "image", name };
}

/** A build that hasn't ended. Image Builder can return an earlier state of one that has. */
export interface Unready {
  readonly kind: "unready";
  /** For operators. */
  readonly reason: string;
}

/** Reads the build that a message names, if it has ended. */
export async function readBuild(
  aws: Pick<Aws, "home" | "imageBuilder">,
  manifest: RecorderManifest,
  arn: string,
): Promise<
  { readonly kind: "build"; readonly build: Build; readonly image: string } | Unready | Ignored
> {
  const image = imageOf(aws, manifest, arn);
  if (image.kind === "ignored") return image;
  const build = await aws.imageBuilder.build(arn);
  if (!build) return { kind: "unready", reason: "the build doesn't exist" };
  if (!FINAL_STATUSES.includes(build.status))
    return { kind: "unready", reason: `the build is ${build.status}` };
  return { kind: "build", build, image: image.name };
}
