import type { FollowingImage, RebuilderManifest } from "../../contract/rebuilder-manifest";
import { batchesOf } from "../common/batches";
import { assertTimeLeft } from "../common/deadline";
import { behindHours, type Decision, decideStart, mayBeRunning, type Observation } from "./decide";
import { observe, parentReader, withUnlisted } from "./observe";
import { type Aws, StartRejectedError } from "./ports";

/** Number of images that are read at the same time. */
const CONCURRENT_IMAGES = 5;

/** Maximum number of starts in a run: builds use quotas of the account, and cost money. */
export const MAX_STARTS = 10;

/** A build that a run started, or that an earlier run started for the same reason. */
export interface Start {
  readonly image: string;
  /** ARN of the build. */
  readonly build: string;
  /** ARN of the parent's build. */
  readonly parent: string;
}

/** An image at the end of a run. */
export interface ImageResult {
  readonly image: string;
  /** `undefined` if the image couldn't be read. A `start` without a build waits for its turn. */
  readonly decision: Decision | undefined;
  /**
   * Hours for which the image hasn't been on the newest build of its parent, at most. Only if it has
   * an alarm.
   * @default - not known
   */
  readonly behindHours: number | undefined;
}

/** A failure to read an image, or to start its pipeline. */
export interface Failure {
  readonly image: string;
  readonly error: unknown;
}

export interface RunResult {
  readonly images: readonly ImageResult[];
  readonly starts: readonly Start[];
  readonly failures: readonly Failure[];
}

/** Starts a build of each image that isn't on the newest build of its parent. */
export async function rebuild(aws: Aws, { images }: RebuilderManifest): Promise<RunResult> {
  const run = new Run(aws, images);
  await run.observe();
  await run.start();
  return run.result();
}

/** One thing that can't be read doesn't stop the rest: the next run tries it again. */
class Run {
  private readonly observations = new Map<string, Observation>();
  private readonly starts: Start[] = [];
  private readonly failures: Failure[] = [];
  /** Images whose pipeline the run tried to start. */
  private readonly tried = new Set<string>();
  /** Those of them that may have a new build: the answer to the start may be lost. */
  private readonly attempted = new Set<string>();

  constructor(
    private readonly aws: Aws,
    private readonly images: Readonly<Record<string, FollowingImage>>,
  ) {}

  async observe(): Promise<void> {
    const newestVisible = parentReader(this.aws);
    for (const batch of batchesOf(Object.entries(this.images), CONCURRENT_IMAGES))
      await Promise.all(
        batch.map(([image, settings]) =>
          this.attempt(image, async () => {
            assertTimeLeft(this.aws);
            this.observations.set(image, await observe(this.aws, settings, newestVisible));
          }),
        ),
      );
  }

  /** Starts pipelines in the order of the manifest, so that two runs at once start the same. */
  async start(): Promise<void> {
    for (const image of Object.keys(this.images)) {
      if (this.attempted.size === MAX_STARTS) return;
      await this.attempt(image, () => this.startImage(image));
    }
  }

  private async attempt(image: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.failures.push({ image, error });
    }
  }

  private decide(image: string): Decision | undefined {
    const observation = this.observations.get(image);
    return observation && decideStart(observation, this.aws.now());
  }

  /** Looks for builds that lists don't show yet. */
  private async lookAgain(image: string): Promise<void> {
    const observation = this.observations.get(image);
    if (observation) this.observations.set(image, await withUnlisted(this.aws, observation));
  }

  private async startImage(image: string): Promise<void> {
    if (this.decide(image)?.kind !== "start") return;
    const isDedicated = this.images[image]?.dedicatedHost;
    const group = isDedicated ? this.dedicatedImages() : [image];
    for (const one of group) await this.lookAgain(one);
    if (isDedicated && group.some((one) => this.mayBeRunning(one))) return;
    const decision = this.decide(image);
    const observation = this.observations.get(image);
    if (!observation || decision?.kind !== "start") return;
    assertTimeLeft(this.aws);
    const { parent, token } = decision;
    this.tried.add(image);
    this.attempted.add(image);
    try {
      const build = await this.aws.imageBuilder.start(observation.pipelineArn, token, parent);
      this.starts.push({ image, build, parent });
    } catch (error) {
      // Otherwise ten pipelines that can't be started would keep the others from being started.
      if (error instanceof StartRejectedError) this.attempted.delete(image);
      throw error;
    }
  }

  private dedicatedImages(): string[] {
    return Object.keys(this.images).filter((image) => this.images[image]?.dedicatedHost);
  }

  private mayBeRunning(image: string): boolean {
    const observation = this.observations.get(image);
    if (!observation || this.attempted.has(image)) return true;
    return mayBeRunning(observation, this.aws.now());
  }

  result(): RunResult {
    return {
      images: Object.keys(this.images).map((image) => ({
        image,
        decision: this.decide(image),
        behindHours: this.behindHours(image),
      })),
      starts: this.starts,
      failures: this.failures,
    };
  }

  private behindHours(image: string): number | undefined {
    const observation = this.observations.get(image);
    if (!observation || this.images[image]?.alarmAfterDays === undefined) return undefined;
    // It waits for its turn, for a few runs.
    const waits = this.decide(image)?.kind === "start" && !this.tried.has(image);
    if (waits) return undefined;
    return behindHours(observation, this.aws.now());
  }
}
