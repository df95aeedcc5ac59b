import { ManifestError } from "../../../contract/manifest";
import { parseEvent } from "../../../lambda/share-updater/event";
import { guarded } from "../../../lambda/share-updater/guarded";
import type { Aws } from "../../../lambda/share-updater/ports";
import { type Report, type RunResult, reconcile } from "../../../lambda/share-updater/reconcile";
import {
  FakeAws,
  type FakeChannel,
  HOME,
  IMAGE,
  randomFrom,
} from "../../../tools/fixtures/fake-aws";

export { HOME };
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** A channel with two builds. */
export const stable: FakeChannel = {
  name: "stable",
  keep: 2,
  bakeHours: 0,
  approval: "automatic",
  audience: ["222222222222"],
};
/** A channel with one build. */
export const canary: FakeChannel = { ...stable, name: "canary", keep: 1 };

export function fakeAws(...channels: FakeChannel[]): FakeAws {
  return new FakeAws(channels, randomFrom(1));
}

export const silentReport: Report = {
  ignored: () => undefined,
  buildFailed: () => undefined,
  imageReconciled: () => undefined,
};

/** Returns a report, and the list of events that it fills. */
export function recordingReport() {
  const events: string[] = [];
  const report: Report = {
    ignored: (reason) => events.push(`ignored: ${reason}`),
    buildFailed: (image, arn) => events.push(`failed: ${image} ${arn}`),
    imageReconciled: (image, { summaries, mismatches }) =>
      events.push(
        `reconciled: ${image} ${summaries.map(({ channel }) => channel).join()}`,
        ...mismatches.map(({ channel, problem }) => `mismatch: ${channel}: ${problem}`),
      ),
  };
  return { events, report };
}

/** Options of a run. */
export interface RunOptions {
  /** Replaces calls of the fake. */
  readonly aws?: Partial<Aws>;
  readonly report?: Report;
}

/**
 * Handles an event with the manifest that is deployed when it starts, as the function does: it
 * changes nothing once another manifest is deployed.
 */
export function handle(
  fake: FakeAws,
  event: unknown,
  { aws = {}, report = silentReport }: RunOptions = {},
): Promise<RunResult> {
  const { manifest } = fake;
  const assertCurrent = async (): Promise<void> => {
    if (fake.manifest !== manifest) throw new ManifestError("the manifest was replaced");
  };
  const current = guarded({ ...fake.aws, ...aws }, assertCurrent);
  return reconcile(current, manifest, parseEvent(event, HOME), report);
}

/** Reconciles the image, as the message of a schedule does. */
export function run(fake: FakeAws, options?: RunOptions): Promise<RunResult> {
  return handle(fake, { image: IMAGE }, options);
}

/** Reconciles every build of the image, as the message of the daily schedule does. */
export function fullRun(fake: FakeAws, options?: RunOptions): Promise<RunResult> {
  return handle(fake, { image: IMAGE, full: true }, options);
}

/** Returns the event by which SQS delivers messages. */
export function sqsEvent(...messages: unknown[]) {
  return {
    Records: messages.map((message) => ({
      body: typeof message === "string" ? message : JSON.stringify(message),
    })),
  };
}

/** Returns Image Builder's message about a build that ended. */
export function buildMessage(arn: string, status = "AVAILABLE") {
  return { arn, state: { status } };
}
