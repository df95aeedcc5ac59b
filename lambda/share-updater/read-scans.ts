import { newestFirst } from "../../contract/build-arn";
import { DAY_MS } from "../../contract/time";
import { batchesOf } from "../common/batches";
import { assertTimeLeft, OutOfTimeError, type RunTime } from "../common/deadline";
import { MAX_BUILD_DAYS } from "../common/time";
import { amiAtHome, type Build } from "./build";
import type { Channel } from "./channel";
import { associatedArns, isAllowed, isEligible, isSatisfied } from "./decide";
import { needsFindings } from "./findings";
import type { Association, Aws, Images } from "./ports";

/** Number of AMIs in one call. EC2 takes 200 values of a filter. */
const AMIS_PER_CALL = 100;

/**
 * Returns whether no older build can join a channel, because Amazon Inspector no longer scans them.
 * Its scan window begins when a build has its AMI.
 *
 * Older versions were created earlier, because versions only rise. A build that someone starts
 * later from an old recipe joins in a full run, which looks at every build.
 *
 * @param newest - newest first
 * @param shared - ARNs of builds in the share. They matter, and so do builds that are newer.
 */
function isPastWindow(
  newest: readonly Build[],
  shared: readonly string[],
  { findings }: Channel,
  now: number,
): boolean {
  const oldest = newest.at(-1);
  if (!oldest || !findings || findings.scanWindowDays === undefined || findings.reportOnly)
    return false;
  const windowEnd = oldest.createdAt + (MAX_BUILD_DAYS + findings.scanWindowDays) * DAY_MS;
  return windowEnd < now && shared.every((arn) => newestFirst(arn, oldest.arn) <= 0);
}

/** The builds in shares, by the share's ARN. */
export type Associations = ReadonlyMap<string, readonly Association[]>;

/**
 * Reads the scans of the few builds of an image that matter: shared builds, and the newest ones
 * down to where every channel with limits for findings is satisfied. Reads each of them once in a
 * run.
 *
 * A build whose scan can't be read isn't shared in this run, and doesn't leave a share.
 */
export class ScanReader {
  /** The calls to AWS. Answers about builds contain the scans that were read. */
  readonly aws: Aws;
  readonly errors: unknown[] = [];
  private readonly limited: readonly Channel[];
  private readonly known = new Map<string, Pick<Build, "scan" | "findings">>();

  constructor(
    aws: Aws,
    private readonly channels: readonly Channel[],
  ) {
    this.limited = channels.filter(({ findings }) => findings !== undefined);
    this.aws = this.limited.length === 0 ? aws : { ...aws, images: this.withScans(aws.images) };
  }

  private withScans(images: Images): Images {
    return {
      ...images,
      builds: async (version) => (await images.builds(version)).map((one) => this.withScan(one)),
      build: async (arn) => {
        const build = await images.build(arn);
        return build && this.withScan(build);
      },
    };
  }

  private withScan(build: Build): Build {
    return { ...build, ...this.known.get(build.arn) };
  }

  /** Returns whether no channel needs older builds of an image than its newest ones. */
  async areEnough(
    time: RunTime,
    newest: readonly Build[],
    associations: Associations,
  ): Promise<boolean> {
    for (const channel of this.channels) {
      const shared = associatedArns(associations.get(channel.share) ?? []);
      if (channel.findings) await this.loadFor(time, channel, newest, shared, "few calls");
      const builds = channel.findings
        ? newest.filter(({ arn }) => this.known.has(arn)).map((build) => this.withScan(build))
        : newest;
      const now = this.aws.now();
      if (!isSatisfied(builds, shared, channel, now) && !isPastWindow(newest, shared, channel, now))
        return false;
    }
    return true;
  }

  /**
   * Returns all builds of an image that matter, those with limits for findings with their scans.
   *
   * @param unshareable - ARNs of builds that RAM couldn't add to a share
   */
  async read(
    time: RunTime,
    builds: readonly Build[],
    associations: Associations,
    unshareable: ReadonlySet<string>,
  ): Promise<readonly Build[]> {
    if (this.limited.length === 0) return builds;
    const sharedIn = ({ share }: Channel): string[] =>
      associatedArns(associations.get(share) ?? []);
    const associated = new Set(this.channels.flatMap(sharedIn));
    await this.load(
      time,
      builds.filter(({ arn }) => associated.has(arn) && !this.known.has(arn)),
    );
    const countable = builds
      .filter(({ arn }) => associated.has(arn) || !unshareable.has(arn))
      .sort((one, other) => newestFirst(one.arn, other.arn));
    for (const channel of this.limited)
      await this.loadFor(time, channel, countable, sharedIn(channel), "all that matter");
    return builds.map((build) => this.withScan(build));
  }

  /**
   * Loads the scans of builds until a channel has enough eligible ones: as many at a time as it
   * lacks, and at least as many as it has loaded in vain. So the number of calls grows with the
   * logarithm of the builds.
   *
   * @param scope - with "few calls", builds wait until a call is worth it, or until "all that
   * matter" are loaded
   */
  private async loadFor(
    time: RunTime,
    channel: Channel,
    newest: readonly Build[],
    shared: readonly string[],
    scope: "few calls" | "all that matter",
  ): Promise<void> {
    for (;;) {
      const { unread, wanted } = this.nextUnread(channel, newest, shared);
      const isWorthIt = unread.length >= wanted || scope === "all that matter";
      if (unread.length === 0 || !isWorthIt) return;
      await this.load(time, unread);
    }
  }

  /** Returns the newest unread builds, and how many a channel wants. */
  private nextUnread(
    channel: Channel,
    newest: readonly Build[],
    shared: readonly string[],
  ): { readonly unread: readonly Build[]; readonly wanted: number } {
    const now = this.aws.now();
    const unread: Build[] = [];
    let lacking = channel.keep;
    let inVain = 0;
    for (const build of newest) {
      if (unread.length >= Math.max(lacking, inVain) || lacking === 0) break;
      if (!isAllowed(build, channel, now)) continue;
      const isShared = shared.includes(build.arn);
      if (!this.known.has(build.arn)) unread.push(build);
      else if (isEligible(this.withScan(build), channel, now, isShared)) lacking -= 1;
      else inVain += 1;
    }
    return { unread, wanted: Math.max(lacking, inVain) };
  }

  private async load(time: RunTime, builds: readonly Build[]): Promise<void> {
    for (const batch of batchesOf(builds, AMIS_PER_CALL)) {
      assertTimeLeft(time);
      for (const { arn } of batch) this.known.set(arn, {});
      await this.attempt(() => this.loadScans(batch));
      for (const build of batch) await this.attempt(() => this.loadFindings(time, build));
    }
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof OutOfTimeError) throw error;
      this.errors.push(error);
    }
  }

  private async loadScans(builds: readonly Build[]): Promise<void> {
    const ids = builds.flatMap((build) => amiAtHome(build)?.id ?? []);
    if (ids.length === 0) return;
    const scans = await this.aws.amis.scans(ids);
    for (const build of builds) {
      const ami = amiAtHome(build);
      if (ami) this.known.set(build.arn, { scan: scans.get(ami.id) });
    }
  }

  private async loadFindings(time: RunTime, build: Build): Promise<void> {
    const { scan } = this.known.get(build.arn) ?? {};
    const ami = amiAtHome(build);
    const now = this.aws.now();
    const areNeeded = this.limited.some(
      ({ findings }) => scan && findings && needsFindings(scan, findings, now),
    );
    if (!ami || !areNeeded) return;
    assertTimeLeft(time);
    this.known.set(build.arn, { scan, findings: await this.aws.amis.findings(ami) });
  }
}
