import { parseBuildArn, versionOf } from "../../contract/build-arn";
import type { FollowingImage } from "../../contract/rebuilder-manifest";
import { assertTimeLeft } from "../common/deadline";
import { type Build, hasSucceeded, isRunning, latestFirst } from "./build";
import { isRange, type Observation, RETRY_HOURS } from "./decide";
import type { Aws, ParentBuild } from "./ports";

/** Finds the newest visible build of each range once in a run: many images have the same parent. */
export type ParentReader = (range: string) => Promise<ParentBuild | undefined>;

export function parentReader({ imageBuilder }: Aws): ParentReader {
  const found = new Map<string, Promise<ParentBuild | undefined>>();
  return (range) => {
    const parent = found.get(range) ?? imageBuilder.newestVisible(range);
    found.set(range, parent);
    return parent;
  };
}

/** Reads the state of an image. Its builds are read last, because they change most. */
export async function observe(
  { home, imageBuilder }: Aws,
  settings: FollowingImage,
  newestVisible: ParentReader,
): Promise<Observation> {
  const { partition, region, accountId } = home;
  const pipelineArn = `arn:${partition}:imagebuilder:${region}:${accountId}:image-pipeline/${settings.pipeline}`;
  const observation = { settings, pipelineArn, range: undefined, parent: undefined, builds: [] };
  const pipeline = await imageBuilder.pipeline(pipelineArn);
  if (!pipeline) return { ...observation, pipeline };
  const inRecipe = await imageBuilder.recipeParent(pipeline.recipe);
  const range = isRange(inRecipe) ? inRecipe : undefined;
  const parent = range === undefined ? undefined : await newestVisible(range);
  const builds = (await imageBuilder.builds(pipelineArn)).sort(latestFirst);
  return {
    ...observation,
    pipeline,
    range,
    parent,
    builds: await withParents({ imageBuilder }, builds),
  };
}

/**
 * Reads the builds that decisions look at, with their parents: the latest ones down to a successful
 * one. Lists still show builds that have just been deleted.
 */
function withParents(
  { imageBuilder }: Pick<Aws, "imageBuilder">,
  builds: readonly Build[],
): Promise<Build[]> {
  const success = builds.findIndex(hasSucceeded);
  const end = success === -1 ? builds.length : success;
  return Promise.all(
    builds.map(async (build, index) => {
      const isTry = index < end && index <= RETRY_HOURS.length;
      if (!isTry && index !== success) return build;
      const read = await imageBuilder.build(build.arn);
      // Answers about a new build may be older than the list.
      return read ?? (isRunning(build) ? build : { ...build, status: "DELETED" });
    }),
  );
}

/**
 * Adds builds that lists don't show yet: those that follow the last one of the recipe's version.
 * Image Builder numbers the builds of a version.
 */
export async function withUnlisted(aws: Aws, observation: Observation): Promise<Observation> {
  const { pipeline, builds } = observation;
  if (!pipeline) return observation;
  const image = pipeline.recipe.replace(/:(image|container)-recipe\//, ":image/");
  const numbers = builds
    .filter(({ arn }) => versionOf(arn) === versionOf(image))
    .map(({ arn }) => parseBuildArn(arn)?.version[3] ?? 0);
  const unlisted: Build[] = [];
  for (let number = Math.max(0, ...numbers) + 1; ; number += 1) {
    assertTimeLeft(aws);
    const build = await aws.imageBuilder.build(`${image}/${number}`);
    if (!build) break;
    unlisted.push(build);
  }
  return unlisted.length === 0
    ? observation
    : { ...observation, builds: [...unlisted, ...builds].sort(latestFirst) };
}
