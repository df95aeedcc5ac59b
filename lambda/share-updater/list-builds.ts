import { MAX_VERSION_NODE, newestFirst, parseBuildArn } from "../../contract/build-arn";
import { batchesOf } from "../common/batches";
import { assertTimeLeft } from "../common/deadline";
import { type Ami, type Build, isRevoked, isUsable } from "./build";
import type { Aws } from "./ports";
import { readAgain } from "./read-again";

/** Number of versions that a full run lists at the same time. */
const CONCURRENT_VERSIONS = 8;

/** Builds that the run found out about after it had listed the builds. ARNs. */
export interface Exclusions {
  /** Builds whose AMIs are deregistered, although Image Builder still lists them. */
  readonly withoutAmis: ReadonlySet<string>;
  /** Builds that RAM couldn't add to a share. */
  readonly unshareable: ReadonlySet<string>;
  /** Builds in shares that someone added by hand: the share, a space and the build. */
  readonly addedByHand: ReadonlySet<string>;
}

/** Returns that nothing is known to be excluded. */
export function noExclusions() {
  return {
    withoutAmis: new Set<string>(),
    unshareable: new Set<string>(),
    addedByHand: new Set<string>(),
  } satisfies Exclusions;
}

/** The builds of an image to list. */
export interface BuildQuery {
  /** ARNs of builds to read directly, because Image Builder's lists lag. */
  readonly hints: readonly string[];
  /** Lists every build. Otherwise the newest ones down to where they are enough. */
  readonly full: boolean;
  /**
   * ARN of the oldest build to list, even if that isn't enough.
   * @default - no limit
   */
  readonly downTo?: string | undefined;
}

export interface ListedBuilds {
  /** Newest first. */
  readonly builds: readonly Build[];
  /** Versions and builds that couldn't be read. Builds may be missing. */
  readonly errors: readonly unknown[];
}

/** Builds that are added one after the other; the first answer about a build counts. */
class Listing {
  readonly errors: unknown[] = [];
  private readonly sorted: Build[] = [];
  private readonly known = new Map<string, Build>();
  /** Times at which hints were read. */
  private readonly hintsReadAt = new Map<string, number>();

  constructor(
    private readonly aws: Aws,
    private readonly withoutAmis: ReadonlySet<string>,
  ) {}

  /** Newest first. */
  get builds(): readonly Build[] {
    return this.sorted;
  }

  /** Returns the builds that are newer than another, newest first. */
  newerThan(arn: string): readonly Build[] {
    return this.sorted.slice(0, this.countUpTo(arn));
  }

  /**
   * Counts the builds down to another. Begins with the oldest, because builds come newest first.
   */
  private countUpTo(arn: string): number {
    return this.sorted.findLastIndex((one) => newestFirst(one.arn, arn) < 0) + 1;
  }

  private set(build: Build): void {
    const isExisting = ({ region }: Ami): boolean =>
      region !== this.aws.home.region || !this.withoutAmis.has(build.arn);
    const existing = { ...build, amis: build.amis.filter(isExisting) };
    const known = this.known.get(build.arn);
    if (known) this.sorted[this.sorted.indexOf(known)] = existing;
    else this.sorted.splice(this.countUpTo(build.arn), 0, existing);
    this.known.set(build.arn, existing);
  }

  async addHint(arn: string): Promise<void> {
    try {
      const readAt = this.aws.now();
      const build = await this.aws.images.build(arn);
      if (!build) return;
      this.set(build);
      this.hintsReadAt.set(arn, readAt);
    } catch (error) {
      this.errors.push(error);
    }
  }

  /** Adds the builds of versions. A version that can't be listed doesn't stop the others. */
  async addVersions(versions: readonly string[]): Promise<void> {
    const results = await Promise.allSettled(
      versions.map((version) => this.aws.images.builds(version)),
    );
    for (const result of results) {
      if (result.status === "rejected") this.errors.push(result.reason);
      else for (const build of result.value) await this.addListed(build);
    }
  }

  private async addListed(listed: Build): Promise<void> {
    if (!parseBuildArn(listed.arn)) return;
    const hinted = this.known.get(listed.arn);
    if (!hinted) return this.set(listed);
    const readAt = this.hintsReadAt.get(listed.arn);
    if (
      readAt === undefined ||
      !isUsable(hinted, this.aws.now()) ||
      !wasTakenBack(listed, this.aws.now())
    )
      return;
    // One of the two answers is out of date. A wrong choice would share a revoked build.
    try {
      const build = await readAgain(this.aws, listed.arn, readAt);
      if (build) this.set(build);
    } catch (error) {
      this.set(listed);
      this.errors.push(error);
    }
  }
}

/** Returns whether a build that was available no longer is. */
function wasTakenBack(build: Build, now: number): boolean {
  return isRevoked(build, now) || ["DEPRECATED", "DISABLED", "DELETED"].includes(build.status);
}

/**
 * Lists the builds of an image, newest first.
 *
 * A hint is read directly, and the lists don't overwrite it. What can't be read is returned as an
 * error.
 *
 * @param areEnough - whether no builds matter but these, the newest first. A full list doesn't ask.
 */
export async function listBuilds(
  aws: Aws,
  image: string,
  { hints, full, downTo }: BuildQuery,
  areEnough: (newest: readonly Build[]) => boolean | Promise<boolean>,
  { withoutAmis, unshareable }: Exclusions = noExclusions(),
): Promise<ListedBuilds> {
  const listing = new Listing(aws, withoutAmis);
  for (const hint of hints) await listing.addHint(hint);

  const versions = await listVersions(aws, image).catch((error: unknown) => {
    listing.errors.push(error);
    return [];
  });
  if (full) {
    for (const batch of batchesOf(versions, CONCURRENT_VERSIONS)) {
      assertTimeLeft(aws);
      await listing.addVersions(batch);
    }
  } else {
    for (const version of versions) {
      const newestOfVersion = `${version}/${MAX_VERSION_NODE}`;
      if (downTo !== undefined && newestFirst(newestOfVersion, downTo) > 0) break;
      // A hint below this version may not be among the newest builds: those between aren't listed.
      const newest = listing.newerThan(newestOfVersion).filter(({ arn }) => !unshareable.has(arn));
      if (await areEnough(newest)) break;
      assertTimeLeft(aws);
      await listing.addVersions([version]);
    }
  }
  return { builds: listing.builds, errors: listing.errors };
}

/** Lists all builds of an image, newest first. */
export function listAllBuilds(
  aws: Aws,
  image: string,
  hints: readonly string[] = [],
): Promise<ListedBuilds> {
  return listBuilds(aws, image, { hints, full: true }, () => false);
}

async function listVersions({ images }: Aws, image: string): Promise<string[]> {
  const versions = await images.versions(image);
  return versions.sort((one, other) => newestFirst(`${one}/0`, `${other}/0`));
}
