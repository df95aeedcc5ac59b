/** Finds the builds that are based on a build. */
import { descendantsOf } from "../../contract/manifest";
import { REVOKED_BY_TAG } from "../../contract/tags";
import { batchesOf } from "../../lambda/common/batches";
import type { Build } from "../../lambda/share-updater/build";
import { parentOf } from "../../lambda/share-updater/inherited-revocation";
import { type ListedBuilds, listAllBuilds } from "../../lambda/share-updater/list-builds";
import type { Context } from "../deployed/context";

/** Number of parents that are read at the same time. */
const CONCURRENT_READS = 8;

/** Statuses of builds that no other build is based on. */
const ENDED_WITHOUT_OUTPUT = ["FAILED", "CANCELLED"];

/** A build that is based on another one, directly or not. */
export interface Descendant {
  readonly image: string;
  readonly build: Build;
}

/** The builds that are based on a build. */
export interface Descendants {
  /** By image, parents first, and newest first. */
  readonly found: readonly Descendant[];
  /** Builds that may be based on it: Image Builder names no parent. */
  readonly unknown: readonly Descendant[];
  /** All builds of the images that are based on the image, by image. */
  readonly listed: ReadonlyMap<string, ListedBuilds>;
  /** Errors while reading. Builds may be missing. */
  readonly problems: readonly string[];
}

/**
 * Finds the builds that are based on a build of an image, in the images that the deployed manifest
 * knows to be based on that image. A build's parent is read as the updater reads it.
 */
export async function findDescendants(
  context: Context,
  image: string,
  root: Build,
): Promise<Descendants> {
  const family = new Set([root.arn]);
  const found: Descendant[] = [];
  const unknown: Descendant[] = [];
  const listed = await listDescendantImages(context, image);
  const problems = problemsOf(listed);
  for (const [name, { builds }] of listed) {
    const parents = await readParents(context, builds.filter(isYoungerThan(root)), problems);
    for (const [build, parent] of parents) {
      if (parent === undefined) unknown.push({ image: name, build });
      else if (family.has(parent)) {
        family.add(build.arn);
        found.push({ image: name, build });
      }
    }
  }
  return { found, unknown, listed, problems };
}

/** Lists all builds of the images that the deployed manifest knows to be based on an image. */
async function listDescendantImages(
  context: Context,
  image: string,
): Promise<ReadonlyMap<string, ListedBuilds>> {
  const { images } = await context.manifest();
  const listed = new Map<string, ListedBuilds>();
  for (const name of descendantsOf(images, image))
    listed.set(name, await listAllBuilds(context.aws, name));
  return listed;
}

function problemsOf(listed: ReadonlyMap<string, ListedBuilds>): string[] {
  return [...listed.values()].flatMap(({ errors }) =>
    errors.map((error) => (error as Error).message),
  );
}

/**
 * Finds the builds that the updater has marked because one of the builds `revoked` of an image is
 * revoked. Their ancestors don't matter: some may be deleted since.
 */
export async function findMarked(
  context: Context,
  image: string,
  revoked: readonly string[],
): Promise<Pick<Descendants, "found" | "problems">> {
  const listed = await listDescendantImages(context, image);
  const found = [...listed].flatMap(([name, { builds }]) =>
    builds
      .filter(({ tags }) => revoked.some((arn) => arn === tags[REVOKED_BY_TAG]))
      .map((build) => ({ image: name, build })),
  );
  return { found, problems: problemsOf(listed) };
}

/** Builds that are older than a build can't be based on it, so their parents need not be read. */
function isYoungerThan(root: Build): (build: Build) => boolean {
  return ({ status, createdAt }) =>
    !ENDED_WITHOUT_OUTPUT.includes(status) && !(createdAt < root.createdAt);
}

/** Reads the parents of builds, in their order. Adds failures to `problems`. */
async function readParents(
  { aws }: Context,
  builds: readonly Build[],
  problems: string[],
): Promise<[Build, string | undefined][]> {
  const parents: [Build, string | undefined][] = [];
  const read = async (build: Build): Promise<[Build, string | undefined][]> => {
    try {
      return [[build, await parentOf(aws.images, build, true)]];
    } catch (error) {
      problems.push((error as Error).message);
      return [];
    }
  };
  for (const batch of batchesOf(builds, CONCURRENT_READS))
    parents.push(...(await Promise.all(batch.map(read))).flat());
  return parents;
}
