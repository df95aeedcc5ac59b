import type { FollowingImage, RebuilderManifest } from "../../contract/rebuilder-manifest";
import { HOUR_MS } from "../../contract/time";
import { batchesOf } from "../common/batches";
import { assertTimeLeft } from "../common/deadline";
import { isRunning } from "./build";
import {
  behindHours,
  type Decision,
  decideStart,
  failuresOf,
  LISTED_AFTER_MS,
  mayBeRunning,
  type Observation,
} from "./decide";
import { observe, parentReader, withUnlisted } from "./observe";
import { type Aws, StartRejectedError } from "./ports";

/** Number of images that are read at the same time. */
const CONCURRENT_IMAGES = 5;

/**
 * Maximum number of starts in {@link START_WINDOW_MS}, whatever the number of runs: builds use
 * quotas of the account, and cost money. Each event starts a run, and a bad parent changes often.
 */
export const MAX_STARTS = 10;

/** Less than an hour, so that a run of the schedule doesn't count the starts of the one before. */
export const START_WINDOW_MS = (5 / 6) * HOUR_MS;

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
   * Hours for which the image hasn't been on the newest build of its parent, at most. Only if it
   * has an alarm.
   * @default - not known
   */
  readonly behindHours: number | undefined;
  /** Failed builds since the latest successful one, if these are so many that an alarm is due. */
  readonly failures: number;
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
  /** Images that may have a new build: the answer to the start may be lost. */
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
    if (this.decide(image)?.kind !== "start" || this.startsLeft() <= 0) return;
    const isDedicated = this.images[image]?.dedicatedHost;
    const group = isDedicated ? this.dedicatedImages() : [image];
    for (const one of group) await this.lookAgain(one);
    if (isDedicated && group.some((one) => this.mayBeRunning(one))) return;
    const decision = this.decide(image);
    const observation = this.observations.get(image);
    // Builds that weren't listed count too.
    if (!observation || decision?.kind !== "start" || this.startsLeft() <= 0) return;
    assertTimeLeft(this.aws);
    const { parent, token } = decision;
    this.attempted.add(image);
    try {
      const build = await this.aws.imageBuilder.start(observation.pipelineArn, token, parent);
      await this.assertStarted(build);
      this.starts.push({ image, build, parent });
    } catch (error) {
      // Otherwise ten pipelines that can't be started would keep the others from being started.
      if (error instanceof StartRejectedError) this.attempted.delete(image);
      throw error;
    }
  }

  /**
   * Throws an error unless a start has a new build. Image Builder answers a token that it knows
   * with the build that it started for it. If that build was deleted, or ended without being
   * listed, nothing was started: the start is a failed try.
   *
   * Assumed: Image Builder returns a build as soon as it was started.
   */
  private async assertStarted(arn: string): Promise<void> {
    const build = await this.aws.imageBuilder.build(arn);
    if (!build)
      throw new Error(
        `Image Builder answered the start with ${arn}, which doesn't exist (any more): start the pipeline by hand`,
      );
    if (!isRunning(build) && build.createdAt < this.aws.now() - LISTED_AFTER_MS)
      throw new StartRejectedError(
        `Image Builder answered the start with ${arn}, which is an earlier build (${build.status}): start the pipeline by hand`,
      );
  }

  /** Returns how many builds may still be started now. */
  private startsLeft(): number {
    const since = this.aws.now() - START_WINDOW_MS;
    const recent = [...this.observations.values()].flatMap(({ builds }) =>
      builds.filter(({ startedFor, createdAt }) => startedFor !== undefined && createdAt > since),
    );
    return MAX_STARTS - recent.length - this.attempted.size;
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
      images: Object.keys(this.images).map((image) => this.resultOf(image)),
      starts: this.starts,
      failures: this.failures,
    };
  }

  private resultOf(image: string): ImageResult {
    const observation = this.observations.get(image);
    const decision = this.decide(image);
    if (!observation || !decision)
      return { image, decision: undefined, behindHours: undefined, failures: 0 };
    const isMonitored = this.images[image]?.alarmAfterDays !== undefined;
    return {
      image,
      decision,
      behindHours: isMonitored ? behindHours(observation, this.aws.now()) : undefined,
      failures: failuresOf(observation, decision),
    };
  }
}
