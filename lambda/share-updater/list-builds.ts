import { MAX_VERSION_NODE, newestFirst, parseBuildArn } from "../../contract/build-arn";
import { batchesOf } from "./batches";
import type { Build } from "./build";
import { isSatisfied } from "./decide";
import type { Aws, Share } from "./ports";

/** Number of versions that a full scan lists at the same time. */
const CONCURRENT_VERSIONS = 8;

/** The builds of an image to list. */
export interface BuildQuery {
  /** The image's shares; they decide how many builds are needed. */
  readonly shares: readonly Share[];
  /** ARNs of builds to read directly, because Image Builder's lists lag. */
  readonly hints: readonly string[];
  /** Lists every build, so that old builds that were revoked are found too. */
  readonly fullScan: boolean;
  /** ARNs of builds whose AMIs are known to be deregistered. @default - none */
  readonly withoutAmis?: ReadonlySet<string>;
}

/**
 * Lists the builds of an image, newest first: with `fullScan` all of them, otherwise the newest
 * ones down to where every share is satisfied.
 *
 * A hint is read directly, and the lists don't overwrite it. A hint that can't be read is returned
 * as an error.
 */
export async function listBuilds(
  { images, now }: Aws,
  image: string,
  { shares, hints, fullScan, withoutAmis = new Set() }: BuildQuery,
): Promise<{ readonly builds: Build[]; readonly errors: unknown[] }> {
  const found = new Map<string, Build>();
  const errors: unknown[] = [];
  const add = (build: Build): void => {
    found.set(build.arn, withoutAmis.has(build.arn) ? { ...build, amis: [] } : build);
  };
  const addVersions = async (versions: readonly string[]): Promise<void> => {
    const listed = await Promise.all(versions.map((version) => images.builds(version)));
    for (const build of listed.flat())
      if (parseBuildArn(build.arn) && !found.has(build.arn)) add(build);
  };

  for (const hint of hints) {
    try {
      const build = await images.build(hint);
      if (build) add(build);
    } catch (error) {
      errors.push(error);
    }
  }

  const versions = (await images.versions(image)).sort((one, other) =>
    newestFirst(`${one}/0`, `${other}/0`),
  );
  if (fullScan) {
    for (const batch of batchesOf(versions, CONCURRENT_VERSIONS)) await addVersions(batch);
  } else {
    for (const version of versions) {
      // A hint below this version may not be among the newest builds: those between aren't listed.
      const newest = [...found.values()].filter(
        ({ arn }) => newestFirst(arn, `${version}/${MAX_VERSION_NODE}`) < 0,
      );
      if (shares.every(({ policy }) => isSatisfied(newest, policy, now()))) break;
      await addVersions([version]);
    }
  }

  return {
    builds: [...found.values()].sort((one, other) => newestFirst(one.arn, other.arn)),
    errors,
  };
}
