/** Reads the golden builds of the shared account, and which of them its channels share. */
import { ConfigError } from "../../config/problems";
import { newestFirst } from "../../contract/build-arn";
import type { Principal } from "../../contract/manifest";
import { batchesOf } from "../../lambda/common/batches";
import { isUsable } from "../../lambda/share-updater/build";
import { channelsOf } from "../../lambda/share-updater/channel";
import { type ListedBuilds, listAllBuilds } from "../../lambda/share-updater/list-builds";
import { type ChannelState, readRam } from "../../lambda/share-updater/observe";
import { describeKnownError } from "../report";
import type { Context } from "./context";
import { type BuildList, type FleetChannel, type GoldenBuild, goldenBuildOf } from "./fleet-join";
import { sharedBuilds } from "./inspect";
import { describeRevocation } from "./outputs";
import { type RegionMessage, readRegions } from "./regions";

/** Images whose builds are listed at the same time. */
const CONCURRENT_IMAGES = 8;

/** A channel, with its audience. */
export interface GoldenChannel extends Omit<FleetChannel, "isMember"> {
  readonly audience: readonly Principal[];
}

/** The golden images of the shared account. */
export interface Golden {
  readonly builds: readonly GoldenBuild[];
  readonly channels: readonly GoldenChannel[];
  /** One for each image and Region, also if it couldn't be read. */
  readonly lists: readonly BuildList[];
  /** Errors while reading. Builds and channels may be missing. */
  readonly problems: readonly RegionMessage[];
}

/** Reads all builds of golden machine images and their channels, in all Regions. */
export async function readGolden(contexts: readonly Context[]): Promise<Golden> {
  const { results, problems } = await readRegions(contexts, async (context) => {
    const found: string[] = [];
    const { builds, lists } = await readBuilds(context, found);
    const channels = await readChannels(context).catch((error: unknown) => {
      const message = describeKnownError(error);
      if (message === undefined) throw error;
      found.push(`the channels couldn't be read: ${message}`);
      return [];
    });
    return { builds, lists, channels, found };
  });
  return {
    lists: results.flatMap(({ value }) => value.lists),
    builds: results.flatMap(({ value }) => value.builds),
    channels: results.flatMap(({ value }) => value.channels),
    problems: [
      ...results.flatMap(({ context: { region }, value }) =>
        value.found.map((message) => ({ region, message })),
      ),
      ...problems,
    ],
  };
}

/** Returns the names of the golden machine images that a Region builds. */
function imagesOf({ buildables }: Context): string[] {
  return buildables.filter(({ kind }) => kind === "image").map(({ name }) => name);
}

/** Adds errors to `problems`. */
async function readBuilds(
  context: Context,
  problems: string[],
): Promise<Pick<Golden, "builds" | "lists">> {
  const { aws } = context;
  const builds: GoldenBuild[] = [];
  const lists: BuildList[] = [];
  const read = async (name: string): Promise<void> => {
    const listed = await listAllBuilds(aws, name);
    problems.push(...listed.errors.map((error) => (error as Error).message));
    const golden = goldenBuildsOf(context, name, listed);
    lists.push(golden.list);
    builds.push(...golden.builds);
  };
  for (const batch of batchesOf(imagesOf(context), CONCURRENT_IMAGES))
    await Promise.all(batch.map(read));
  return { builds, lists };
}

/** Returns the builds of a list, for looking up what instances run. */
export function goldenBuildsOf(
  { aws, region }: Context,
  image: string,
  { builds, errors }: ListedBuilds,
): { readonly builds: readonly GoldenBuild[]; readonly list: BuildList } {
  return {
    builds: builds.map((build) => ({
      ...goldenBuildOf(build),
      isUsable: isUsable(build, aws.now()),
      revoked: describeRevocation(build, aws.now()),
    })),
    list: { image, region, isComplete: errors.length === 0 },
  };
}

async function readChannels(context: Context): Promise<GoldenChannel[]> {
  const manifest = await context.manifest();
  const channels = Object.keys(manifest.images).flatMap((name) =>
    channelsOf(manifest, name).map((channel) => ({ name, channel })),
  );
  const ram = await readRam(
    context.aws.ram,
    channels.map(({ channel }) => channel),
  );
  return channels.map(({ name, channel }) =>
    goldenChannelOf(context, name, {
      channel,
      associations: ram.associations.get(channel.share) ?? [],
    }),
  );
}

/** Returns which build accounts get from a channel. */
export function goldenChannelOf(
  { region }: Context,
  image: string,
  state: Pick<ChannelState, "channel" | "associations">,
): GoldenChannel {
  const [newest] = sharedBuilds(state).sort(newestFirst);
  return { image, region, audience: state.channel.audience, newest };
}

/**
 * Throws a {@link ConfigError} if some Regions of the factory aren't read: an instance can run a build
 * of any of them, and another Region's build of the same number can be another one.
 */
export function assertEveryRegion(contexts: readonly Context[], what: string): void {
  const [first] = contexts;
  if (!first || contexts.length === first.factory.shared.regions.length) return;
  const regions = contexts.map(({ region }) => region).join(", ");
  throw new ConfigError(
    `--region: must not be set with ${what}, because instances can run builds of every Region, got: ${regions}`,
  );
}
