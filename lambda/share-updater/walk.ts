import { type Build, newestFirst, parseBuildArn } from "./build";
import { isSatisfied } from "./decide";
import type { Aws, Share } from "./ports";

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/ibhow-semantic-versioning.html */
const HIGHEST_BUILD = 2 ** 30 - 1;

/**
 * The builds of an image from the newest on: all of them, or, unless `whole`, down to where every share is satisfied. Lists lag, so
 * `hints`, the builds that an event told of, are looked at by themselves.
 */
export const walk = async (
  { images, now }: Aws,
  image: string,
  shares: readonly Share[],
  hints: readonly string[],
  whole: boolean,
): Promise<Build[]> => {
  const found = new Map<string, Build>();
  for (const hint of hints) {
    const build = await images.build(hint);
    if (build) found.set(build.arn, build);
  }
  /** Only what is above the version at hand is known to be the newest. */
  const satisfiedAbove = (version: string): boolean => {
    const above = [...found.values()].filter(({ arn }) => newestFirst(arn, `${version}/${HIGHEST_BUILD}`) < 0);
    return shares.every(({ policy }) => isSatisfied(above, policy, now()));
  };
  const versions = await images.versions(image);
  for (const version of versions.sort((one, other) => newestFirst(`${one}/0`, `${other}/0`))) {
    if (!whole && satisfiedAbove(version)) break;
    for (const build of await images.builds(version)) {
      if (parseBuildArn(build.arn)) found.set(build.arn, build);
    }
  }
  return [...found.values()].sort((one, other) => newestFirst(one.arn, other.arn));
};
