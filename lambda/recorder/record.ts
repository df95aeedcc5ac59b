import { isRecipeOf } from "../../contract/build-arn";
import { MAX_ATTEMPTS, type RecorderManifest, type RecorderMessage } from "../../contract/recorder";
import { type EvidenceOutcome, recordEvidence } from "./evidence";
import type { Aws, Build } from "./ports";
import { type NoteOutcome, publishChange, publishEmpty, publishFailure } from "./publish-notes";
import { type Ignored, ignored, readBuild, type Unready } from "./read-build";
import { markAmis, type UnmarkedAmi } from "./watermarks";
import { type Work, workOn } from "./work";

/** Seconds until the recorder looks again for something that isn't there yet. */
const DELAY_SECONDS = 600;

/** Seconds until the recorder reads a build again that hasn't ended. */
const UNREADY_DELAY_SECONDS = 60;

/** Outcome of recording a build. */
export type Outcome =
  | EvidenceOutcome
  /** The factory stores no evidence, or there is none about a build that failed. */
  | { readonly kind: "none" }
  /** The recorder reads the build again later. */
  | Unready
  /** The build can't be recorded, now or ever. */
  | Ignored;

/** Result of processing a message. */
export interface Recorded {
  readonly outcome: Outcome;
  /** AMIs that couldn't be marked. @default - AMIs get no watermarks, or there are none */
  readonly unmarked?: readonly UnmarkedAmi[];
  /** Outcome of sending the release notes. @default - there are none to send */
  readonly note?: NoteOutcome;
  /** Failures that a retry may solve. */
  readonly errors: readonly unknown[];
}

/**
 * Records a build: stores evidence about it, marks its AMIs, and publishes release notes, if the
 * factory does. Each step is independent of the others: one that fails doesn't stop them. All can
 * be repeated, so messages can be lost, late, doubled or forged.
 *
 * Throws an error if the build can't be read.
 */
export async function recordBuild(
  aws: Aws,
  manifest: RecorderManifest,
  message: RecorderMessage,
): Promise<Recorded> {
  if (message.isEmpty) return recordEmpty(aws, manifest, message);
  const read = await readBuild(aws, manifest, message.build);
  if (read.kind === "ignored") return { outcome: read, errors: [] };
  if (read.kind === "unready") return { outcome: await lookAgain(aws, message, read), errors: [] };
  const { build, image } = read;
  if (build.status === "FAILED" && aws.notes) return recordFailure(aws, build);
  if (build.status !== "AVAILABLE")
    return { outcome: ignored(`the build is ${build.status}`), errors: [] };
  if (build.recipe === undefined || !isRecipeOf(image, aws.home, build.recipe))
    return { outcome: ignored(foreignRecipe(image, build)), errors: [] };
  const waitingSince = startOfWait(message, build, aws.now());
  return recordAvailable(aws, workOn(aws, { manifest, image, build }, waitingSince), {
    ...message,
    waitingSince,
  });
}

/** Sends a message again about a build that hasn't ended, a few times. */
async function lookAgain(
  aws: Aws,
  message: RecorderMessage,
  unready: Unready,
): Promise<Unready | Ignored> {
  const { attempts = 0 } = message;
  if (attempts >= MAX_ATTEMPTS) return ignored(unready.reason);
  await aws.send({ ...message, attempts: attempts + 1 }, UNREADY_DELAY_SECONDS);
  return unready;
}

/** An image that is imported or created without the factory can have the name of a golden one. */
function foreignRecipe(image: string, { recipe = "no recipe" }: Build): string {
  return `the build must be from a recipe of ${image} in this account and Region, got: ${recipe}`;
}

/**
 * Returns when the recorder first looked for what isn't there yet. A forged time in the past would
 * end the wait at once, and one in the future would never end it.
 */
function startOfWait(
  { waitingSince }: RecorderMessage,
  { createdAt = "" }: Build,
  now: number,
): number {
  if (waitingSince === undefined || waitingSince > now) return now;
  return waitingSince < Date.parse(createdAt) ? now : waitingSince;
}

/** The build that the channel shared may be deleted, and is recorded already. */
async function recordEmpty(
  aws: Aws,
  manifest: RecorderManifest,
  { build: newest, channel }: RecorderMessage,
): Promise<Recorded> {
  const { notes } = aws;
  if (!notes || channel === undefined) return { outcome: { kind: "none" }, errors: [] };
  const steps = new Steps();
  const note = await steps.run(() => publishEmpty(aws, notes, manifest, { channel, newest }));
  return { outcome: { kind: "none" }, ...(note && { note }), errors: steps.errors };
}

async function recordFailure(aws: Aws, build: Build): Promise<Recorded> {
  const steps = new Steps();
  const note = await steps.run(async () => aws.notes && publishFailure(aws.notes, build));
  return { outcome: { kind: "none" }, ...(note && { note }), errors: steps.errors };
}

async function recordAvailable(aws: Aws, work: Work, message: RecorderMessage): Promise<Recorded> {
  const { evidence, notes, marksAmis } = aws;
  const { channel } = message;
  const steps = new Steps();
  const unmarked =
    marksAmis && work.build.amis.length > 0
      ? await steps.run(() => markAmis(aws, work))
      : undefined;
  const recorded = evidence && (await steps.run(() => recordEvidence(aws, evidence, work)));
  const note =
    notes && channel !== undefined
      ? await steps.run(() =>
          publishChange(aws, notes, work, { name: channel, from: message.from }),
        )
      : undefined;
  const isMarkedLater = unmarked?.some(({ until }) => until !== undefined);
  if (isMarkedLater || [recorded, note].some((one) => one?.kind === "waiting"))
    await steps.run(() => aws.send(message, DELAY_SECONDS));
  return {
    outcome: recorded ?? { kind: "none" },
    ...(unmarked && { unmarked }),
    ...(note && { note }),
    errors: steps.errors,
  };
}

/** Runs steps of which each may fail. */
class Steps {
  readonly errors: unknown[] = [];

  /** Returns the result of a step; `undefined` if it fails. */
  async run<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      this.errors.push(error);
      return undefined;
    }
  }
}
