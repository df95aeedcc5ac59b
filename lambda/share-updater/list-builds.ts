import { MAX_VERSION_NODE, newestFirst, parseBuildArn } from "../../contract/build-arn";
import type { Build } from "./build";
import { isSatisfied } from "./decide";
import type { Aws, Share } from "./ports";

/** How many versions are looked at together, when all are. */
const TOGETHER = 8;

/** What to look for among the builds of an image. */
export interface BuildQuery {
  /** Its shares that RAM lets be changed. */
  readonly shares: readonly Share[];
  /** Builds that an event told of. */
  readonly hints: readonly string[];
  /** Whether every build there is is looked at, which finds what was revoked long ago. */
  readonly fullScan: boolean;
  /** Builds that are known to have lost their AMIs. @default - none */
  readonly gone?: ReadonlySet<string>;
}

/**
 * The builds of an image from the newest on: all of them, or, unless `whole`, down to where every share is satisfied. Lists lag, so
 * `hints`, the builds that an event told of, are looked at by themselves, and what that told isn't overwritten; one that can't be looked
 * at is an error beside the others.
 */
export async function listBuilds(
  { images, now }: Aws,
  image: string,
  { shares, hints, fullScan: whole, gone = new Set() }: BuildQuery,
): Promise<{ readonly builds: Build[]; readonly errors: unknown[] }> {
  const found = new Map<string, Build>();
  const errors: unknown[] = [];
  const add = (build: Build): void =>
    void found.set(build.arn, gone.has(build.arn) ? { ...build, amis: [] } : build);
  for (const hint of hints) {
    const build = await images.build(hint).catch((error: unknown) => void errors.push(error));
    if (build) add(build);
  }
  /** Only what is above the version at hand is known to be the newest. */
  const satisfiedAbove = (version: string): boolean => {
    const above = [...found.values()].filter(
      ({ arn }) => newestFirst(arn, `${version}/${MAX_VERSION_NODE}`) < 0,
    );
    return shares.every(({ policy }) => isSatisfied(above, policy, now()));
  };
  const versions = (await images.versions(image)).sort((one, other) =>
    newestFirst(`${one}/0`, `${other}/0`),
  );
  while (versions.length > 0) {
    if (!whole && satisfiedAbove(versions[0] ?? "")) break;
    const listed = await Promise.all(
      versions.splice(0, whole ? TOGETHER : 1).map((version) => images.builds(version)),
    );
    for (const build of listed.flat()) {
      if (parseBuildArn(build.arn) && !found.has(build.arn)) add(build);
    }
  }
  return {
    builds: [...found.values()].sort((one, other) => newestFirst(one.arn, other.arn)),
    errors,
  };
}
