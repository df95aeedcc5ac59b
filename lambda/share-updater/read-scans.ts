import { newestFirst } from "../../contract/build-arn";
import { batchesOf } from "../common/batches";
import { assertTimeLeft } from "../common/deadline";
import type { Build } from "./build";
import type { Channel } from "./channel";
import { isAllowed, isEligible } from "./decide";
import { needsFindings } from "./findings";
import type { Aws, Images } from "./ports";

/** Number of AMIs in one call. EC2 takes 200 values of a filter. */
const AMIS_PER_CALL = 100;

/** Builds that matter in addition to the newest, and builds that don't count. ARNs. */
interface Selection {
  /** Shared builds. */
  readonly associated?: ReadonlySet<string>;
  /** Builds that RAM couldn't add to a share. */
  readonly unshareable?: ReadonlySet<string>;
}

export interface Scans {
  /** Returns the builds, those that matter with their scans. */
  read(builds: readonly Build[], selection?: Selection): Promise<readonly Build[]>;
}

/**
 * Reads the scans of the few builds of an image that matter: shared builds, and the newest ones down
 * to where every channel with limits for findings is satisfied. Reads each of them once in a run.
 *
 * A build whose scan can't be read isn't shared in this run, and doesn't leave a share.
 */
export class ScanReader implements Scans {
  /** The calls to AWS. Answers about builds contain the scans that were read. */
  readonly aws: Aws;
  readonly errors: unknown[] = [];
  private readonly channels: readonly Channel[];
  private readonly known = new Map<string, Pick<Build, "scan" | "findings">>();

  constructor(aws: Aws, channels: readonly Channel[]) {
    this.channels = channels.filter(({ findings }) => findings !== undefined);
    this.aws = this.channels.length === 0 ? aws : { ...aws, images: this.withScans(aws.images) };
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

  async read(
    builds: readonly Build[],
    { associated = new Set(), unshareable = new Set() }: Selection = {},
  ): Promise<readonly Build[]> {
    if (this.channels.length === 0) return builds;
    await this.load(builds.filter(({ arn }) => associated.has(arn) && !this.known.has(arn)));
    const countable = builds
      .filter(({ arn }) => associated.has(arn) || !unshareable.has(arn))
      .sort((one, other) => newestFirst(one.arn, other.arn));
    for (const channel of this.channels) {
      for (;;) {
        const unread = this.nextUnread(countable, channel);
        if (unread.length === 0) break;
        await this.load(unread);
      }
    }
    return builds.map((build) => this.withScan(build));
  }

  /** Returns the newest unread builds, as many as a channel lacks. */
  private nextUnread(builds: readonly Build[], channel: Channel): Build[] {
    const now = this.aws.now();
    const unread: Build[] = [];
    let eligible = 0;
    for (const build of builds) {
      if (eligible + unread.length >= channel.keep) break;
      if (!isAllowed(build, channel, now)) continue;
      if (!this.known.has(build.arn)) unread.push(build);
      else if (isEligible(this.withScan(build), channel, now)) eligible += 1;
    }
    return unread;
  }

  private async load(builds: readonly Build[]): Promise<void> {
    for (const batch of batchesOf(builds, AMIS_PER_CALL)) {
      assertTimeLeft(this.aws);
      for (const { arn } of batch) this.known.set(arn, {});
      await this.attempt(() => this.loadScans(batch));
      for (const build of batch) await this.attempt(() => this.loadFindings(build));
    }
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.errors.push(error);
    }
  }

  private async loadScans(builds: readonly Build[]): Promise<void> {
    const ids = builds.flatMap((build) => this.amiAtHome(build)?.id ?? []);
    if (ids.length === 0) return;
    const scans = await this.aws.amis.scans(ids);
    for (const build of builds) {
      const ami = this.amiAtHome(build);
      if (ami) this.known.set(build.arn, { scan: scans.get(ami.id) });
    }
  }

  private async loadFindings(build: Build): Promise<void> {
    const { scan } = this.known.get(build.arn) ?? {};
    const ami = this.amiAtHome(build);
    const now = this.aws.now();
    const areNeeded = this.channels.some(
      ({ findings }) => scan && findings && needsFindings(scan, findings, now),
    );
    if (!ami || !areNeeded) return;
    assertTimeLeft(this.aws);
    this.known.set(build.arn, { scan, findings: await this.aws.amis.findings(ami) });
  }

  private amiAtHome({ amis }: Build): Build["amis"][number] | undefined {
    return amis.find(({ region }) => region === this.aws.home.region);
  }
}
