/** Reads the content of the catalogue from AWS, as the commands for single images do. */

import { PackageTable } from "../../catalogue/package-table";
import type { Catalogue, CatalogueImage } from "../../catalogue/schema";
import { CATALOGUE_FORMAT, GENERATOR } from "../../catalogue/schema";
import type { TrustedKey } from "../../config/trusted-keys";
import { batchesOf } from "../../lambda/common/batches";
import { channelsOf } from "../../lambda/share-updater/channel";
import { readRam } from "../../lambda/share-updater/observe";
import type { Images } from "../../lambda/share-updater/ports";
import { version } from "../../package.json";
import type { Context } from "../deployed/context";
import { undeployedChanges } from "../deployed/deployed-manifest";
import type { OpenFleet } from "../deployed/fleet-query";
import { mergeGolden } from "../deployed/golden-builds";
import { allProblems } from "../deployed/inspect";
import { type Readings, type RegionMessage, readRegions } from "../deployed/regions";
import { currentOrganization } from "../organization";
import { readOnce } from "../read-once";
import { accountsOf, appImagesOf, describeImage } from "./describe";
import { gatherFleet } from "./fleet";
import { ImageReader, type ImageReading } from "./image-reader";

/** Number of images of a Region that are read at the same time. */
const CONCURRENT_IMAGES = 4;

interface RegionReading {
  readonly images: readonly ImageReading[];
  readonly differences: readonly string[];
  readonly problems: readonly string[];
}

/**
 * Reads the catalogue. An image or Region that can't be read doesn't hide the others: it is among
 * the problems. Throws the errors if no Region can be read.
 *
 * @param keys - keys whose statements are trusted. If there are none, no statement is verified.
 * @param fleet - accounts whose instances are looked at. @default - none
 */
export async function gatherCatalogue(
  contexts: readonly Context[],
  keys: readonly TrustedKey[],
  fleet?: OpenFleet,
): Promise<Catalogue> {
  const packages = new PackageTable();
  const readings = await readRegions(contexts, (context) => readRegion(context, keys, packages));
  const [first] = contexts;
  if (!first) throw new Error("a factory has a Region");
  const { factory, aws } = first;
  const { results } = readings;
  const images = [...factory.shared.images, ...factory.shared.containers].map((image) =>
    withReadings(describeImage(image), readings),
  );
  const differences: RegionMessage[] = results.flatMap(({ context: { region }, value }) =>
    value.differences.map((message) => ({ region, message })),
  );
  const organization = fleet?.organization ?? currentOrganization(first.region);
  const running = fleet && (await gatherFleet(contexts, goldenOf(readings), fleet));
  return {
    format: CATALOGUE_FORMAT,
    generator: GENERATOR,
    generatedAt: new Date(aws.now()).toISOString(),
    version,
    organization: factory.organization.id,
    regions: contexts.map(({ region }) => region),
    accounts: await accountsOf(factory, audienceOf(images), organization),
    images,
    appImages: appImagesOf(factory),
    packages: packages.list,
    ...(running && { fleet: running.fleet }),
    differences,
    problems: [...allProblems(readings), ...(running?.problems ?? [])],
  };
}

/** Adds to an image what was read in its Regions, and why the rest wasn't. */
function withReadings(
  image: ReturnType<typeof describeImage>,
  { results, problems }: Readings<RegionReading>,
): CatalogueImage {
  const found = results.flatMap(({ context: { region }, value }) =>
    value.images.filter(({ name }) => name === image.name).map((one) => ({ region, ...one })),
  );
  const unread: RegionMessage[] = [
    ...found.flatMap(({ region, unread: messages }) =>
      messages.map((message) => ({ region, message })),
    ),
    ...problems.filter(({ region }) => image.regions.includes(region)),
  ];
  return {
    ...image,
    channels: found.flatMap(({ channels }) => channels),
    builds: found.flatMap(({ builds }) => builds),
    ...(unread.length > 0 && { unread }),
  };
}

/** Returns the golden builds of the Regions that were read. */
function goldenOf({ results }: Readings<RegionReading>): Parameters<typeof gatherFleet>[1] {
  const found = results.flatMap(({ value }) => value.images.map(({ golden }) => golden));
  return {
    regions: results.map(({ context: { region } }) => region),
    ...mergeGolden(found),
  };
}

function audienceOf(images: readonly CatalogueImage[]): string[] {
  return images.flatMap(({ channels }) => channels.flatMap(({ audience }) => audience));
}

async function readRegion(
  context: Context,
  keys: readonly TrustedKey[],
  packages: PackageTable,
): Promise<RegionReading> {
  const manifest = await context.manifest();
  const names = context.buildables.map(({ name }) => name);
  const ram = await readRam(
    context.aws.ram,
    names.flatMap((name) => channelsOf(manifest, name)),
  );
  const differences = undeployedChanges(context.factory, context.home, manifest);
  const problems: string[] = [];
  const images = readOnceFrom(context.aws.images);
  const sources = { context, ram, images, keys, packages, differences, problems };
  const found: ImageReading[] = [];
  for (const batch of batchesOf(names, CONCURRENT_IMAGES))
    found.push(...(await Promise.all(batch.map((name) => new ImageReader(sources, name).read()))));
  return { images: found, differences, problems };
}

function readOnceFrom(images: Images): Images {
  return {
    ...images,
    build: readOnce((arn) => arn, images.build),
    parent: readOnce((arn) => arn, images.parent),
  };
}
