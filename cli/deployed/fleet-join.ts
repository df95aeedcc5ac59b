/**
 * Joins the instances of app accounts with the golden builds that they run. Pure: reads nothing.
 */
import { buildVersionOf, newestFirst, parseBuildArn } from "../../contract/build-arn";
import { DAY_MS } from "../../contract/time";
import {
  isGoldenWatermark,
  parseWatermark,
  watermarkImage,
  watermarkKey,
} from "../../contract/watermark";
import type { GrantedBuilds } from "./granted-builds";

export interface Watermark {
  readonly key: string;
  /** ID of the AMI to which it was attached. */
  readonly sourceId: string;
  /** Region of that AMI. */
  readonly sourceRegion: string;
  /** When it was attached, in milliseconds since 1970. */
  readonly attachedAt: number;
}

/** An instance that isn't terminated, and the AMI that it was launched from. */
export interface Instance {
  readonly id: string;
  readonly ami: string;
  /** Account that owns the AMI. */
  readonly amiOwner: string;
  /** Also those that the AMI inherited. */
  readonly watermarks: readonly Watermark[];
}

export interface GoldenBuild {
  readonly arn: string;
  /** IDs of its AMIs, with the copies in other Regions. */
  readonly amis: readonly string[];
  /** Why it is revoked. @default - it isn't */
  readonly revoked?: string | undefined;
}

/** The list of an image's builds in a Region of the shared account. */
export interface BuildList {
  readonly image: string;
  readonly region: string;
  /** Whether all of it was read: a build that it doesn't contain was deleted. */
  readonly isComplete: boolean;
  /** Whether it is known which builds the channels of the image share. */
  readonly areSharesKnown: boolean;
  /** Whether the factory file contains the image. If not, other Regions may have built it, too. */
  readonly isInFile: boolean;
}

/** Identifies a {@link BuildList}. */
export type BuildListKey = Pick<BuildList, "image" | "region">;

/** How an instance compares with what its account could run. */
export type FleetState = "current" | "behind" | "revoked" | "unknown";

/** A golden build that an instance runs, itself or in an image that is based on it. */
export interface RunningBuild {
  readonly image: string;
  /** Such as `1.0.3/2`. */
  readonly build: string;
  /** Region that built it: build numbers differ between Regions. */
  readonly builtIn: string;
  /** Whether Image Builder has no such build any more, so that its revocation isn't known. */
  readonly isDeleted: boolean;
}

/** State of an instance, and the golden build that it runs. */
export interface Classification {
  readonly state: FleetState;
  /** @default - the instance isn't known to run a golden build */
  readonly running?: RunningBuild;
  /** Newer builds that the account could run. Zero unless the state is `behind`. */
  readonly behindBuilds: number;
  /** Days since the account got the first of these: see {@link FleetChannel.builds}. */
  readonly behindDays: number;
  /** @default - the build isn't revoked */
  readonly revoked?: string | undefined;
  /** Why the state isn't known. @default - it is */
  readonly unknown?: string | undefined;
}

/** Why a state isn't known. */
export const UNKNOWN = {
  build: "the build couldn't be read",
  image: "factory.yaml doesn't contain the image",
  origin: "not from this factory",
  shares: "the channels of the image couldn't be read",
} as const;

const NOT_BEHIND = { behindBuilds: 0, behindDays: 0 };

/** A golden build, or what is known of one that was deleted or couldn't be read. */
interface Found {
  readonly running: RunningBuild;
  /** @default - it was deleted, or it couldn't be read */
  readonly build?: GoldenBuild;
}

/** The golden builds of a shared account, for looking up what instances run. */
export class GoldenBuilds {
  private readonly byAmi = new Map<string, GoldenBuild>();
  private readonly byArn = new Map<string, GoldenBuild>();
  /** Builds of several Regions can have the same version and build number. */
  private readonly byWatermark = new Map<string, GoldenBuild[]>();
  /** By image. */
  private readonly lists = new Map<string, BuildList[]>();
  /** Names of images, by the name in their watermarks. */
  private readonly names = new Map<string, string>();

  constructor(
    private readonly sharedAccount: string,
    {
      builds,
      lists,
    }: { readonly builds: readonly GoldenBuild[]; readonly lists: readonly BuildList[] },
    private readonly now: number,
  ) {
    for (const list of lists) {
      add(this.lists, list.image, list);
      this.names.set(watermarkImage(list.image), list.image);
    }
    const sorted = builds.toSorted((one, other) => newestFirst(one.arn, other.arn));
    for (const build of sorted) {
      this.byArn.set(build.arn, build);
      for (const ami of build.amis) this.byAmi.set(ami, build);
      add(this.byWatermark, watermarkKey(build.arn), build);
    }
  }

  /**
   * Finds the golden build that an instance runs. Without parents, that of its AMI or watermark.
   *
   * @param parents - ARNs of the golden parents of AMIs, by the ID of the AMI
   */
  locate(
    instance: Instance,
    parents: ReadonlyMap<string, string> = new Map(),
  ): RunningBuild | undefined {
    return this.find(instance, parents)?.running;
  }

  /**
   * Compares what an instance runs with the builds that its account gets.
   *
   * @param parents - ARNs of the golden parents of AMIs, by the ID of the AMI
   */
  classify(
    instance: Instance,
    grantedOf: GrantedBuilds,
    parents: ReadonlyMap<string, string>,
  ): Classification {
    const found = this.find(instance, parents);
    if (!found) return { state: "unknown", ...NOT_BEHIND, unknown: UNKNOWN.origin };
    const { running, build } = found;
    const revoked = build?.revoked;
    if (revoked !== undefined) return { state: "revoked", running, ...NOT_BEHIND, revoked };
    const unknown = this.whyUnknown(found);
    if (unknown !== undefined) return { state: "unknown", running, ...NOT_BEHIND, unknown };
    const newer = newerThan(running, grantedOf(running.image, running.builtIn));
    if (newer.length === 0 && build) return { state: "current", running, ...NOT_BEHIND };
    const since = Math.min(...newer);
    const behindDays = Number.isFinite(since) ? Math.floor((this.now - since) / DAY_MS) : 0;
    return { state: "behind", running, behindBuilds: newer.length, behindDays };
  }

  /** Returns why it isn't known how a build compares with those that accounts get. */
  private whyUnknown({ running, build }: Found): string | undefined {
    const { image, builtIn, isDeleted } = running;
    const lists = this.lists.get(image) ?? [];
    if (!build && !isDeleted)
      return lists.some(({ isInFile }) => isInFile) ? UNKNOWN.build : UNKNOWN.image;
    const list = lists.find(({ region }) => region === builtIn);
    return list?.areSharesKnown === false ? UNKNOWN.shares : undefined;
  }

  hasAmi(ami: string): boolean {
    return this.byAmi.has(ami);
  }

  /**
   * Returns the lists that may contain the build of an instance, and weren't read: the factory file
   * doesn't contain their images or Regions.
   *
   * @param parents - ARNs of the golden parents of AMIs, by the ID of the AMI
   */
  unlisted(
    { ami, watermarks }: Instance,
    parents: ReadonlyMap<string, string>,
  ): readonly BuildListKey[] {
    if (this.byAmi.has(ami)) return [];
    const mark = this.nearestGolden(watermarks);
    const parent = parseBuildArn(parents.get(ami) ?? "");
    const keys: BuildListKey[] = [
      ...(mark && !this.byAmi.has(mark.sourceId)
        ? [{ image: this.imageOf(mark.key), region: mark.sourceRegion }]
        : []),
      ...(parent?.accountId === this.sharedAccount ? [parent] : []),
    ];
    return keys.filter(
      ({ image, region }) => !this.lists.get(image)?.some((list) => list.region === region),
    );
  }

  /**
   * Finds the golden build of an instance: by the ID of its AMI, by the parent of the AMI, or by
   * the nearest golden watermark of the AMI. The ID is exact, and needs no watermark.
   */
  private find(
    { ami, watermarks }: Instance,
    parents: ReadonlyMap<string, string>,
  ): Found | undefined {
    const own = this.byAmi.get(ami);
    if (own) return foundBuild(own);
    const nearest = this.nearestGolden(watermarks);
    const marked = nearest && this.findMarked(nearest);
    const arn = parents.get(ami);
    const parent = arn === undefined ? undefined : this.findParent(arn);
    // If its parent has no watermark, the AMI has that of an older ancestor.
    if (parent?.build) return parent;
    return marked?.build?.revoked === undefined ? (parent ?? marked) : marked;
  }

  /** Returns the golden watermark that was attached last: earlier ones are inherited. */
  private nearestGolden(watermarks: readonly Watermark[]): Watermark | undefined {
    return watermarks
      .filter(({ key }) => isGoldenWatermark(key, this.sharedAccount))
      .sort((one, other) => other.attachedAt - one.attachedAt)[0];
  }

  /** Returns the name of the image in a watermark, as far as it is known. */
  private imageOf(key: string): string {
    const name = parseWatermark(key)?.image ?? "";
    return this.names.get(name) ?? name;
  }

  private findMarked({ key, sourceId, sourceRegion }: Watermark): Found | undefined {
    const source = this.byAmi.get(sourceId);
    if (source) return foundBuild(source);
    // The AMI to which it was attached is gone.
    const builds = this.byWatermark.get(key) ?? [];
    const inRegion = builds.find(({ arn }) => parseBuildArn(arn)?.region === sourceRegion);
    // Builds of several Regions have this mark: a revoked one must not be overlooked.
    const revoked = builds.find((one) => one.revoked !== undefined);
    const parsed = parseWatermark(key);
    const image = this.imageOf(key);
    // The Region may be that of a copy, so that the build can be in any list of the image.
    const isComplete = this.isComplete(image);
    const build = inRegion ?? revoked ?? (isComplete ? builds[0] : undefined);
    if (build) return foundBuild(build);
    const [list, ...others] = this.lists.get(image) ?? [];
    const builtIn = list && others.length === 0 ? list.region : sourceRegion;
    return parsed && { running: { ...parsed, image, builtIn, isDeleted: isComplete } };
  }

  private findParent(arn: string): Found | undefined {
    const build = this.byArn.get(arn);
    if (build) return foundBuild(build);
    const running = runningBuild(arn);
    if (!running || parseBuildArn(arn)?.accountId !== this.sharedAccount) return undefined;
    const isDeleted = this.isComplete(running.image, running.builtIn);
    return { running: { ...running, isDeleted } };
  }

  /**
   * Returns whether all builds of an image were read.
   *
   * @param region @default - in all Regions that build the image
   */
  private isComplete(image: string, region?: string): boolean {
    const lists = this.lists.get(image) ?? [];
    if (region === undefined && !lists.every(({ isInFile }) => isInFile)) return false;
    const asked = lists.filter((list) => region === undefined || list.region === region);
    return asked.length > 0 && asked.every(({ isComplete }) => isComplete);
  }
}

/** Returns since when an account has had the builds that are newer than another. */
function newerThan({ build }: RunningBuild, granted: ReadonlyMap<string, number>): number[] {
  return [...granted]
    .filter(([arn]) => newestFirst(arn, withVersion(arn, build)) < 0)
    .map(([, since]) => since);
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Returns the ARN of another build of the same image. */
function withVersion(arn: string, build: string): string {
  return arn.replace(/\/[^/]+\/[^/]+$/, `/${build}`);
}

function runningBuild(arn: string): Omit<RunningBuild, "isDeleted"> | undefined {
  const parsed = parseBuildArn(arn);
  return parsed && { image: parsed.image, build: buildVersionOf(arn), builtIn: parsed.region };
}

function foundBuild(build: GoldenBuild): Found | undefined {
  const running = runningBuild(build.arn);
  return running && { running: { ...running, isDeleted: false }, build };
}

/** The instances of an account and Region that run the same AMI. */
export interface FleetRow extends Classification {
  /** Name of the account in the factory file. */
  readonly account: string;
  readonly accountId: string;
  readonly region: string;
  readonly ami: string;
  /** IDs of the instances. */
  readonly instances: readonly string[];
}

export type FleetTarget = Pick<FleetRow, "account" | "accountId" | "region">;

/**
 * The instances of an AMI. Equal AMIs have equal owners and watermarks, so one instance is kept.
 */
export interface AmiGroup {
  readonly example: Instance;
  /** IDs of the instances. */
  readonly ids: string[];
}

/** Adds a page of instances to the groups of their AMIs. */
export function addToGroups(groups: Map<string, AmiGroup>, instances: readonly Instance[]): void {
  for (const instance of instances) {
    const group = groups.get(instance.ami);
    if (group) group.ids.push(instance.id);
    else groups.set(instance.ami, { example: instance, ids: [instance.id] });
  }
}

/** Joins the instances of an account and Region with golden builds. */
export function joinFleet(
  target: FleetTarget,
  groups: Iterable<AmiGroup>,
  classify: (instance: Instance) => Classification,
): FleetRow[] {
  return [...groups].map(({ example, ids }) => ({
    ...target,
    ...classify(example),
    ami: example.ami,
    instances: ids,
  }));
}
