/** States of builds and images, from the content of the catalogue. */
import { DAY_MS } from "../../contract/time";
import type {
  Catalogue,
  CatalogueBuild,
  CatalogueChannel,
  CatalogueImage,
  CatalogueRunning,
} from "../schema";

/** State of a build: the first that applies, in this order. */
export const STATES = [
  "revoked",
  "failed",
  "retired",
  "building",
  "shared",
  "waiting",
  "superseded",
  "unshared",
] as const;

export type State = (typeof STATES)[number];

export const STATE_LABELS: Readonly<Record<State, string>> = {
  revoked: "revoked",
  failed: "failed",
  retired: "retired",
  building: "in progress",
  shared: "shared",
  waiting: "waiting",
  superseded: "superseded",
  unshared: "not shared",
};

export const STATE_HINTS: Readonly<Record<State, string>> = {
  revoked: "must not be used any more",
  failed: "the build failed or was canceled",
  retired: "the build was disabled, deprecated or deleted",
  building: "the pipeline hasn't finished it",
  shared: "at least one channel shares it",
  waiting: "waits for an approval, its bake time or the next run, or its findings exceed a limit",
  superseded: "newer builds are shared",
  unshared: "no channel shares any build of the image in this Region",
};

const FAILED = ["FAILED", "CANCELLED"];
const RETIRED = ["DELETED", "DISABLED", "DEPRECATED"];

/** Returns whether it matters that a build in a state is behind its parent. */
export function isCurrent(state: State): boolean {
  return state === "shared" || state === "waiting";
}

/** A build of the page, with what follows from the other builds. */
export interface BuildEntry {
  readonly build: CatalogueBuild;
  readonly state: State;
  /**
   * The newest build of its parent image.
   * @default - it is built on that one, or on no golden image
   */
  readonly behind?: string;
}

export interface ImageEntry {
  readonly image: CatalogueImage;
  /** By Region, newest first. */
  readonly builds: readonly BuildEntry[];
  readonly flags: readonly Flag[];
}

/** Conditions of an image that deserve attention. */
export const FLAGS = {
  differs: "share differs",
  runsRevoked: "revoked build runs",
  revoked: "revoked build shared",
  findings: "findings above limit",
  evidence: "invalid evidence",
  unread: "not fully read",
  old: "too old",
  waiting: "waits for approval",
  behind: "behind its parent",
  failed: "newest build failed",
  unshared: "nothing shared",
} as const;

export type Flag = keyof typeof FLAGS;

/** Compares two build versions, newest first. */
export function newestFirst(one: string, other: string): number {
  const [a, b] = [one, other].map((build) => build.split(/[./]/).map(Number)) as [
    number[],
    number[],
  ];
  for (const [index, node] of a.entries()) {
    const difference = (b[index] ?? 0) - node;
    if (difference !== 0) return difference;
  }
  return 0;
}

function channelsIn(image: CatalogueImage, region: string): CatalogueChannel[] {
  return image.channels.filter((channel) => channel.region === region);
}

function stateOf(build: CatalogueBuild, channels: readonly CatalogueChannel[]): State {
  if (build.revoked !== undefined) return "revoked";
  if (FAILED.includes(build.status)) return "failed";
  if (RETIRED.includes(build.status)) return "retired";
  if (build.status !== "AVAILABLE") return "building";
  if (build.sharedIn.length > 0) return "shared";
  const newestShared = channels.flatMap(({ shared }) => shared).sort(newestFirst)[0];
  if (newestShared !== undefined)
    return newestFirst(build.build, newestShared) < 0 || isWaiting(build, channels)
      ? "waiting"
      : "superseded";
  return isWaiting(build, channels) ? "waiting" : "unshared";
}

function isWaiting({ build }: CatalogueBuild, channels: readonly CatalogueChannel[]): boolean {
  return channels.some(
    ({ waitingForApproval, desired }) =>
      waitingForApproval.includes(build) || desired.includes(build),
  );
}

/** The newest usable build of each image, by Region and image. */
type Newest = ReadonlyMap<string, string>;

function newestBuilds({ images }: Catalogue): Newest {
  const newest = new Map<string, string>();
  for (const { name, builds } of images)
    for (const { region, build, status, revoked } of builds) {
      const key = `${region} ${name}`;
      if (status === "AVAILABLE" && revoked === undefined && !newest.has(key))
        newest.set(key, build);
    }
  return newest;
}

function behindOf({ parent = "", region }: CatalogueBuild, newest: Newest): string | undefined {
  const [name = "", build = ""] = parent.split(" ");
  const current = newest.get(`${region} ${name}`);
  return current !== undefined && newestFirst(current, build) < 0 ? current : undefined;
}

function flagsOf(
  { generatedAt, fleet }: Catalogue,
  { name, channels, regions, unread }: CatalogueImage,
  builds: readonly BuildEntry[],
): Flag[] {
  const now = Date.parse(generatedAt);
  const newest = regions.flatMap(
    (region) => builds.find(({ build }) => build.region === region) ?? [],
  );
  const usable = builds.filter(
    ({ build, state }) => build.status === "AVAILABLE" && state !== "revoked",
  );
  const newestUsable = regions.flatMap(
    (region) => usable.find(({ build }) => build.region === region) ?? [],
  );
  const shared = builds.filter(({ build }) => build.sharedIn.length > 0);
  const isOld = channels.some(({ region, shared: [version], maxAgeDays }) => {
    const build = builds.find((one) => one.build.region === region && one.build.build === version);
    const created = Date.parse(build?.build.createdAt ?? "");
    return maxAgeDays !== undefined && now - created > maxAgeDays * DAY_MS;
  });
  const conditions: Readonly<Record<Flag, boolean>> = {
    differs: channels.some(({ differs }) => differs),
    unread: unread !== undefined || builds.some(({ build }) => build.unread !== undefined),
    runsRevoked:
      fleet?.running.some((one) => one.image === name && one.state === "revoked") === true,
    revoked: shared.some(({ state }) => state === "revoked"),
    findings: shared.some(({ build }) =>
      build.findings?.channels.some(
        ({ exceedsLimits, reportOnly }) => exceedsLimits && !reportOnly,
      ),
    ),
    evidence: builds.some(({ build }) => build.evidence?.kind === "invalid"),
    old: isOld,
    waiting: channels.some(({ waitingForApproval }) => waitingForApproval.length > 0),
    behind: newestUsable.some(({ behind }) => behind !== undefined),
    failed: newest.some(({ state }) => state === "failed"),
    unshared: channels.length > 0 && channels.every((channel) => channel.shared.length === 0),
  };
  return (Object.keys(FLAGS) as Flag[]).filter((flag) => conditions[flag]);
}

/** Returns the images of a catalogue with the states of their builds. */
export function entriesOf(catalogue: Catalogue): ImageEntry[] {
  const newest = newestBuilds(catalogue);
  return catalogue.images.map((image) => {
    const channels = new Map(image.regions.map((region) => [region, channelsIn(image, region)]));
    const builds = image.builds.map((build) => {
      const behind = behindOf(build, newest);
      return {
        build,
        state: stateOf(build, channels.get(build.region) ?? []),
        ...(behind !== undefined && { behind }),
      };
    });
    return { image, builds, flags: flagsOf(catalogue, image, builds) };
  });
}

/** Conditions of instances, the most urgent first. */
export const CONDITIONS = ["revoked", "unread", "behind", "current", "foreign"] as const;

export type Condition = (typeof CONDITIONS)[number];

/** Returns the condition of instances: their state, of which `unknown` has two causes. */
export function conditionOf({ state, image }: CatalogueRunning): Condition {
  if (state !== "unknown") return state;
  return image === undefined ? "foreign" : "unread";
}
