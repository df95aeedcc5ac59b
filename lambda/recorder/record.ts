import type { RecorderManifest, RecorderMessage } from "../../contract/recorder";
import { type EvidenceOutcome, recordEvidence } from "./evidence";
import type { Aws, Build } from "./ports";
import { type NoteOutcome, publishChange, publishFailure } from "./publish-notes";
import { type Ignored, ignored, readBuild } from "./read-build";
import { markAmis, type UnmarkedAmi } from "./watermarks";
import { type Work, workOn } from "./work";

/** Seconds until the recorder looks again for something that isn't there yet. */
const DELAY_SECONDS = 600;

/** What the recorder did about a build. */
export type Outcome =
  | EvidenceOutcome
  /** The factory stores no evidence, or there is none about a build that failed. */
  | { readonly kind: "none" }
  /** The build can't be recorded, now or ever. */
  | Ignored;

/** What the recorder did about a message. */
export interface Recorded {
  readonly outcome: Outcome;
  /** AMIs that couldn't be marked. @default - AMIs get no watermarks */
  readonly unmarked?: readonly UnmarkedAmi[];
  /** What became of the release notes. @default - there are none to send */
  readonly note?: NoteOutcome;
  /** Failures that a retry may solve. */
  readonly errors: readonly unknown[];
}

/**
 * Records a build: stores evidence about it, marks its AMIs, and publishes release notes, if the
 * factory does. Each step is independent of the others: one that fails doesn't stop them. All can be
 * repeated, so messages can be lost, late, doubled or forged.
 *
 * Throws an error if the build can't be read.
 */
export async function recordBuild(
  aws: Aws,
  manifest: RecorderManifest,
  message: RecorderMessage,
): Promise<Recorded> {
  const read = await readBuild(aws, manifest, message.build);
  if (read.kind === "ignored") return { outcome: read, errors: [] };
  const { build, image } = read;
  if (build.status === "FAILED" && aws.notes) return recordFailure(aws, build);
  if (build.status !== "AVAILABLE")
    return { outcome: ignored(`the build is ${build.status}`), errors: [] };
  // A forged time in the future would make the recorder wait forever.
  const waitingSince = Math.min(message.waitingSince ?? aws.now(), aws.now());
  return recordAvailable(aws, workOn(aws, { manifest, image, build }, waitingSince), {
    ...message,
    waitingSince,
  });
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
  const unmarked = marksAmis ? await steps.run(() => markAmis(aws, work.build)) : undefined;
  const recorded = evidence && (await steps.run(() => recordEvidence(aws, evidence, work)));
  const note =
    notes && channel !== undefined
      ? await steps.run(() =>
          publishChange(aws, notes, work, { name: channel, from: message.from }),
        )
      : undefined;
  if ([recorded, note].some((one) => one?.kind === "waiting"))
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
