/** Reads the golden builds of the shared account, and which of them its channels share. */
import { newestFirst } from "../../contract/build-arn";
import type { Principal } from "../../contract/manifest";
import { batchesOf } from "../../lambda/common/batches";
import { isUsable } from "../../lambda/share-updater/build";
import { channelsOf } from "../../lambda/share-updater/channel";
import { listAllBuilds } from "../../lambda/share-updater/list-builds";
import { readRam } from "../../lambda/share-updater/observe";
import { describeKnownError } from "../report";
import type { Context } from "./context";
import { type FleetChannel, type GoldenBuild, goldenBuildOf } from "./fleet-join";
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
  /** Errors while reading. Builds and channels may be missing. */
  readonly problems: readonly RegionMessage[];
}

/**
 * Reads all builds of golden machine images and their channels, in all Regions.
 *
 * @param image @default - all images
 */
export async function readGolden(contexts: readonly Context[], image?: string): Promise<Golden> {
  const { results, problems } = await readRegions(contexts, async (context) => {
    const found: string[] = [];
    const builds = await readBuilds(context, image, found);
    const channels = await readChannels(context, image).catch((error: unknown) => {
      const message = describeKnownError(error);
      if (message === undefined) throw error;
      found.push(`the channels couldn't be read: ${message}`);
      return [];
    });
    return { builds, channels, found };
  });
  return {
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

/** Adds errors to `problems`. */
async function readBuilds(
  context: Context,
  image: string | undefined,
  problems: string[],
): Promise<GoldenBuild[]> {
  const { aws } = context;
  const names = context.buildables
    .filter(({ kind, name }) => kind === "image" && (image === undefined || image === name))
    .map(({ name }) => name);
  const builds: GoldenBuild[] = [];
  const read = async (name: string): Promise<void> => {
    const listed = await listAllBuilds(aws, name);
    problems.push(...listed.errors.map((error) => (error as Error).message));
    for (const build of listed.builds)
      builds.push({
        ...goldenBuildOf(build),
        isUsable: isUsable(build, aws.now()),
        revoked: describeRevocation(build, aws.now()),
      });
  };
  for (const batch of batchesOf(names, CONCURRENT_IMAGES)) await Promise.all(batch.map(read));
  return builds;
}

async function readChannels(context: Context, image: string | undefined): Promise<GoldenChannel[]> {
  const manifest = await context.manifest();
  const channels = Object.keys(manifest.images)
    .filter((name) => image === undefined || image === name)
    .flatMap((name) => channelsOf(manifest, name).map((channel) => ({ name, channel })));
  const ram = await readRam(
    context.aws.ram,
    channels.map(({ channel }) => channel),
  );
  return channels.map(({ name, channel: { share, audience } }) => ({
    image: name,
    region: context.region,
    audience,
    newest: (ram.associations.get(share) ?? [])
      .filter(({ status }) => status === "ASSOCIATED")
      .map(({ arn }) => arn)
      .sort(newestFirst)[0],
  }));
}
