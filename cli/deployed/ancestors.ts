import type { Build } from "../../lambda/share-updater/build";
import { isUsable } from "../../lambda/share-updater/build";
import { ancestryOf } from "../../lambda/share-updater/inherited-revocation";
import type { Context } from "./context";

/**
 * Returns the ARN of the build whose parent isn't known; `undefined` if all ancestors are known.
 */
export type UnknownAncestors = (build: Build) => Promise<string | undefined>;

/**
 * Returns a function that looks whether the ancestors of the builds of an image are known, as the
 * updater does. It reads each ancestor once.
 */
export async function unknownAncestorsOf(
  context: Pick<Context, "aws" | "manifest">,
  image: string,
): Promise<UnknownAncestors> {
  const { aws } = context;
  const hasGoldenParent = (await context.manifest()).images[image]?.parent !== undefined;
  const read = new Map<string, Promise<Build | undefined>>();
  const readOnce = (arn: string): Promise<Build | undefined> => {
    const answer = read.get(arn) ?? aws.images.build(arn);
    read.set(arn, answer);
    return answer;
  };
  return async (build) => {
    if (!isUsable(build, aws.now())) return undefined;
    const ancestry = await ancestryOf(aws, build, hasGoldenParent, readOnce);
    return ancestry.kind === "unknown" ? ancestry.of : undefined;
  };
}
