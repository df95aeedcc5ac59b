/** Reads the golden builds of the shared account, and which of them its channels share. */
import { ConfigError } from "../../config/problems";
import type { Principal } from "../../contract/manifest";
import { batchesOf } from "../../lambda/common/batches";
import { type Channel, channelsOf } from "../../lambda/share-updater/channel";
import { type ListedBuilds, listAllBuilds } from "../../lambda/share-updater/list-builds";
import { type ChannelState, readRam } from "../../lambda/share-updater/observe";
import { describeOrThrow } from "../report";
import type { Context } from "./context";
import type { BuildList, GoldenBuild } from "./fleet-join";
import { buildsOfAudience, type FleetChannel } from "./granted-builds";
import { describeRevocation } from "./outputs";
import { type RegionMessage, readRegions } from "./regions";

/** Images whose builds are listed at the same time. */
const CONCURRENT_IMAGES = 8;

/** A channel, with its audience. */
export interface GoldenChannel extends Omit<FleetChannel, "isMember"> {
  readonly audience: readonly Principal[];
}

export interface GoldenImages {
  readonly builds: readonly GoldenBuild[];
  readonly channels: readonly GoldenChannel[];
  /** One for each image and Region, also if it couldn't be read. */
  readonly lists: readonly BuildList[];
}

/** The golden images of the shared account. */
export interface Golden extends GoldenImages {
  /** Errors while reading. Builds and channels may be missing. */
  readonly problems: readonly RegionMessage[];
}

export interface RegionGolden extends GoldenImages {
  readonly problems: readonly string[];
}

/** A channel of an image, as RAM has it. */
type Shared = Pick<ChannelState, "channel" | "associations">;

/** Reads all builds of golden machine images and their channels, in all Regions. */
export async function readGolden(contexts: readonly Context[]): Promise<Golden> {
  const { results, problems } = await readRegions(contexts, async (context) => {
    const found: string[] = [];
    const shared = await readChannels(context, found);
    const read = await readImages(context, imagesOf(context), shared);
    return { ...read, problems: [...read.problems, ...found] };
  });
  return {
    ...mergeGolden(results.map(({ value }) => value)),
    problems: [
      ...results.flatMap(({ context: { region }, value }) =>
        value.problems.map((message) => ({ region, message })),
      ),
      ...problems,
    ],
  };
}

/** Returns what is known of all images together. */
export function mergeGolden(parts: readonly GoldenImages[]): GoldenImages {
  return {
    builds: parts.flatMap(({ builds }) => builds),
    channels: parts.flatMap(({ channels }) => channels),
    lists: parts.flatMap(({ lists }) => lists),
  };
}

/** Returns the names of the golden machine images that a Region builds. */
function imagesOf({ buildables }: Context): string[] {
  return buildables.filter(({ kind }) => kind === "image").map(({ name }) => name);
}

/**
 * Reads all builds of images in a Region.
 *
 * @param shared - channels of the Region by image; `undefined` if they couldn't be read
 */
export async function readImages(
  context: Context,
  names: readonly string[],
  shared: ReadonlyMap<string, readonly Shared[]> | undefined,
): Promise<RegionGolden> {
  const images: GoldenImages[] = [];
  const problems: string[] = [];
  const read = async (name: string): Promise<void> => {
    const listed = await listAllBuilds(context.aws, name);
    problems.push(
      ...listed.errors.map(
        (error) => `the builds of ${name} couldn't be listed: ${(error as Error).message}`,
      ),
    );
    images.push(goldenImageOf(context, name, listed, shared && (shared.get(name) ?? [])));
  };
  for (const batch of batchesOf(names, CONCURRENT_IMAGES)) await Promise.all(batch.map(read));
  return { ...mergeGolden(images), problems };
}

/**
 * Returns what is known of an image in a Region, for looking up what instances run.
 *
 * @param shared - its channels; `undefined` if they couldn't be read
 */
export function goldenImageOf(
  { aws, region, factory }: Context,
  image: string,
  { builds, errors }: ListedBuilds,
  shared: readonly Shared[] | undefined,
): GoldenImages {
  const now = aws.now();
  return {
    builds: builds.map((build) => ({
      arn: build.arn,
      amis: build.amis.map(({ id }) => id),
      revoked: describeRevocation(build, now),
    })),
    channels: (shared ?? []).map((state) => ({
      image,
      region,
      audience: state.channel.audience,
      builds: buildsOfAudience(builds, state, now),
    })),
    lists: [
      {
        image,
        region,
        isComplete: errors.length === 0,
        areSharesKnown: shared !== undefined,
        isInFile: factory.shared.images.some(({ name }) => name === image),
      },
    ],
  };
}

/** Reads the channels of a Region, by image. Adds a problem if they can't be read. */
export async function readChannels(
  context: Context,
  problems: string[],
): Promise<ReadonlyMap<string, Shared[]> | undefined> {
  try {
    const manifest = await context.manifest();
    const channels = new Map(
      Object.keys(manifest.images).map((name) => [name, channelsOf(manifest, name)]),
    );
    const { associations } = await readRam(context.aws.ram, [...channels.values()].flat());
    const stateOf = (channel: Channel): Shared => ({
      channel,
      associations: associations.get(channel.share) ?? [],
    });
    return new Map([...channels].map(([name, all]) => [name, all.map(stateOf)]));
  } catch (error) {
    const message = describeOrThrow(error);
    problems.push(`the channels couldn't be read: ${message}`);
    return undefined;
  }
}

/**
 * Throws a {@link ConfigError} if some Regions of the factory aren't read: an instance can run a
 * build of any of them, and another Region's build of the same number can be another one.
 */
export function assertEveryRegion(contexts: readonly Context[], what: string): void {
  const [first] = contexts;
  if (!first || contexts.length === first.factory.shared.regions.length) return;
  const regions = contexts.map(({ region }) => region).join(", ");
  throw new ConfigError(
    `--region: must not be set with ${what}, because instances can run builds of every Region, got: ${regions}`,
  );
}
