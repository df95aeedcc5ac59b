/**
 * Reads golden builds that instances run although factory.yaml doesn't contain their image or
 * Region.
 */
import type { Factory } from "../../config/model";
import { ec2Clients } from "../../lambda/common/ec2-clients";
import { describeOrThrow } from "../report";
import { readOrigins } from "./ami-origins";
import { Context } from "./context";
import type { BuildListKey } from "./fleet-join";
import { type GoldenImages, mergeGolden, readChannels, readImages } from "./golden-builds";
import type { RegionMessage } from "./regions";

/** A value that was read, and the problems of reading it. */
interface Reading<T> {
  readonly value: T;
  readonly problems: readonly RegionMessage[];
}

/** Reads what the lists of the images in factory.yaml don't contain. */
export interface UnlistedBuilds {
  /** Returns the ARNs of the builds of AMIs, as far as tags name them, by the ID of the AMI. */
  origins(amis: Amis): Promise<Reading<ReadonlyMap<string, string>>>;
  /** Reads the builds of images by their names. */
  read(keys: readonly BuildListKey[]): Promise<Reading<GoldenImages>>;
}

/** IDs of AMIs of the shared account, by Region. */
export type Amis = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads with the current credentials, which are those of the shared account. */
export function unlistedBuilds(contexts: readonly Context[]): UnlistedBuilds {
  const [first] = contexts;
  if (!first) throw new Error("a factory has at least one Region");
  const { factory } = first;
  return {
    origins: readAllOrigins,
    read: (keys) => readLists(contexts, factory, keys),
  };
}

async function readAllOrigins(amis: Amis): Promise<Reading<ReadonlyMap<string, string>>> {
  const clientOf = ec2Clients();
  const value = new Map<string, string>();
  const problems: RegionMessage[] = [];
  for (const [region, ids] of amis)
    try {
      for (const { id, arn } of await readOrigins(clientOf(region), region, [...ids]))
        value.set(id, arn);
    } catch (error) {
      const message = describeOrThrow(error);
      problems.push({ region, message: `AMIs that instances run couldn't be read: ${message}` });
    }
  return { value, problems };
}

async function readLists(
  contexts: readonly Context[],
  factory: Factory,
  keys: readonly BuildListKey[],
): Promise<Reading<GoldenImages>> {
  const parts: GoldenImages[] = [];
  const problems: RegionMessage[] = [];
  for (const [region, images] of imagesByRegion(contexts, factory, keys)) {
    const known = contexts.find((one) => one.region === region);
    const found: string[] = [];
    // Other Regions have no channels of the factory.
    const shared = known ? await readChannels(known, found) : new Map();
    const read = await readImages(known ?? new Context(factory, region), [...images], shared);
    parts.push(read);
    problems.push(...[...found, ...read.problems].map((message) => ({ region, message })));
  }
  return { value: mergeGolden(parts), problems };
}

/**
 * The watermark of a copy doesn't name the Region that built it, which can be each of the factory.
 */
function imagesByRegion(
  contexts: readonly Context[],
  { shared }: Factory,
  keys: readonly BuildListKey[],
): Map<string, Set<string>> {
  const byRegion = new Map<string, Set<string>>();
  const addKey = (region: string, image: string): void => {
    byRegion.set(region, (byRegion.get(region) ?? new Set()).add(image));
  };
  for (const { image, region } of keys) {
    addKey(region, image);
    if (!shared.images.some(({ name }) => name === image))
      for (const context of contexts) addKey(context.region, image);
  }
  return byRegion;
}
