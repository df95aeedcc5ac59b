// Prints what the updater costs against a fake AWS whose calls take 50 ms and whose services each
// allow ten calls a second: calls, time at a concurrency of 5 and 10, and how long a revocation by
// tag can take.
//
// The updater reconciles each image by itself, and the benchmark's images are alike. So it records
// the calls and waits of one image, and replays them for all images at the same time.

import type { FindingsPolicy } from "../../contract/findings";
import { MANIFEST_VERSION, type Manifest } from "../../contract/manifest";
import { HOUR_MS, MINUTE_MS } from "../../contract/time";
import { parseEvent } from "../../lambda/share-updater/event";
import { reconcile } from "../../lambda/share-updater/reconcile";
import {
  FakeAws,
  type FakeChannel,
  HOME,
  IMAGE,
  randomFrom,
  type Service,
} from "../fixtures/fake-aws";
import { silentReport } from "../fixtures/silent-report";

/** Builds or versions that one page of Image Builder's lists contains. */
const PAGE_SIZE = 25;
const MS_PER_CALL = 50;
const CALLS_PER_SECOND = 10;
const BUILDS = 100;

function ignore(): void {}

const CHANNELS: readonly FakeChannel[] = ["canary", "beta", "stable"].map((name, index) => ({
  name,
  keep: index + 1,
  bakeHours: 24 * index,
  approval: "automatic",
  audience: ["222222222222"],
}));

/** A call of a service, or a wait in milliseconds. */
type Step = Service | number;
type Trace = readonly Step[];

function calls(trace: Trace): number {
  return trace.filter((step) => typeof step === "string").length;
}

/** Runs the updater, and returns its calls and waits. */
async function record(fake: FakeAws, event: unknown): Promise<Trace> {
  const trace: Step[] = [];
  fake.trace = (step) => trace.push(step);
  await reconcile(fake.aws, fake.manifest, parseEvent(event, HOME), silentReport);
  fake.trace = ignore;
  return trace;
}

/**
 * Creates an image with 100 builds, whose channels are as they should be.
 *
 * @param hours - between two builds
 * @param isScanned - whether Amazon Inspector scans its builds
 */
async function settledImage(channels = CHANNELS, hours = 24, isScanned = true): Promise<FakeAws> {
  const fake = new FakeAws(channels, randomFrom(1));
  fake.pageSize = PAGE_SIZE;
  fake.msPerCall = MS_PER_CALL;
  // The channels share a build after at most 48 hours.
  const settleHours = Math.min(hours, 72);
  for (let patch = 0; patch < BUILDS; patch += 1) {
    fake.time += (hours - settleHours) * HOUR_MS;
    const arn = fake.addBuild(`1.0.${patch}`);
    if (isScanned) fake.scan(arn, []);
    fake.time += settleHours * HOUR_MS;
    if (patch >= BUILDS - 5) await record(fake, { image: IMAGE });
  }
  await record(fake, { image: IMAGE });
  return fake;
}

/** A message of the queue: the work of an image. */
interface Message {
  readonly sentAt: number;
  readonly image: number;
  readonly trace: Trace;
}

/** When a message's work started and ended, in milliseconds. */
interface Work {
  readonly image: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Processes messages in the order in which they were sent, `concurrency` at a time. A call waits
 * until its service allows it.
 */
function process(messages: readonly Message[], concurrency: number): Work[] {
  const done: Work[] = [];
  const nextCallAt: Record<Service, number> = { ram: 0, imageBuilder: 0, ec2: 0, sqs: 0 };
  const workers = Array.from({ length: concurrency }, () => ({
    time: 0,
    step: 0,
    startedAt: 0,
    message: undefined as Message | undefined,
  }));
  const waiting = [...messages].reverse();
  for (;;) {
    let worker = workers[0]!;
    for (const one of workers) if (one.time < worker.time) worker = one;
    if (!worker.message) {
      const message = waiting.pop();
      if (!message) {
        worker.time = Number.POSITIVE_INFINITY;
        if (workers.every(({ time }) => time === Number.POSITIVE_INFINITY)) return done;
        continue;
      }
      worker.time = Math.max(worker.time, message.sentAt);
      Object.assign(worker, { message, step: 0, startedAt: worker.time });
      continue;
    }
    const step = worker.message.trace[worker.step];
    worker.step += 1;
    if (step === undefined) {
      const { image } = worker.message;
      done.push({ image, startedAt: worker.startedAt, endedAt: worker.time });
      worker.message = undefined;
    } else if (typeof step === "number") worker.time += step;
    else {
      const start = Math.max(worker.time, nextCallAt[step]);
      nextCallAt[step] = start + 1_000 / CALLS_PER_SECOND;
      worker.time = start + MS_PER_CALL;
    }
  }
}

function messagesAt(sentAt: number, images: number, trace: Trace): Message[] {
  return Array.from({ length: images }, (_, image) => ({ sentAt, image, trace }));
}

function minutes(milliseconds: number): string {
  return `${(milliseconds / MINUTE_MS).toFixed(1)} min`;
}

function wallTime(images: number, trace: Trace, concurrency: number): number {
  const work = process(messagesAt(0, images, trace), concurrency);
  return Math.max(...work.map(({ endedAt }) => endedAt));
}

/**
 * Returns the longest time from a revocation by tag until it takes effect, over a day with an
 * hourly run and a full run: the tag is set right after a run has read the image's builds, and
 * takes effect at the end of the image's next run.
 */
function longestRevocation(
  images: number,
  hourly: Trace,
  full: Trace,
  concurrency: number,
): number {
  const messages = Array.from({ length: 24 }, (_, hour) => [
    ...messagesAt(hour * HOUR_MS, images, hourly),
  ]).flat();
  // A full run lets other messages through after each 20 images.
  for (let first = 0; first < images; first += 20)
    messages.push(
      ...Array.from({ length: Math.min(20, images - first) }, (_, index) => ({
        sentAt: HOUR_MS + 1 + (first / 20) * 900_000,
        image: first + index,
        trace: full,
      })),
    );
  messages.sort((one, other) => one.sentAt - other.sentAt);
  const lastStart = new Map<number, number>();
  let longest = 0;
  const work = process(messages, concurrency).sort((a, b) => a.startedAt - b.startedAt);
  for (const { image, startedAt, endedAt } of work) {
    longest = Math.max(longest, endedAt - (lastStart.get(image) ?? startedAt));
    lastStart.set(image, startedAt);
  }
  return longest;
}

/** Sends the messages of a run over all images. */
async function sendCalls(images: number): Promise<number> {
  const fake = new FakeAws([], randomFrom(1));
  const manifest: Manifest = {
    version: MANIFEST_VERSION,
    launchPermissionGraceDays: 30,
    regions: ["eu-west-1"],
    audiences: {},
    images: Object.fromEntries(
      Array.from({ length: images }, (_, index) => [`image-${index}`, { channels: {} }]),
    ),
  };
  await reconcile(fake.aws, manifest, parseEvent({}, HOME), silentReport);
  return fake.calls;
}

async function measureRuns(): Promise<void> {
  const hourly = await record(await settledImage(), { image: IMAGE });
  const full = await record(await settledImage(), { image: IMAGE, full: true });
  const changing = await settledImage();
  changing.addBuild(`1.0.${BUILDS}`);
  changing.time += 72 * HOUR_MS;
  const changes = await record(changing, { image: IMAGE });

  for (const images of [1, 100, 1_000]) {
    const sends = await sendCalls(images);
    for (const [name, trace] of Object.entries({ hourly, full, "everything changes": changes })) {
      const [five, ten] = [5, 10].map((concurrency) =>
        minutes(wallTime(images, trace, concurrency)),
      );
      console.log(
        `updater, ${images} images x 3 channels x ${BUILDS} builds, ${name}: ${images * calls(trace) + sends} calls, ${five} at a concurrency of 5, ${ten} at 10`,
      );
    }
    const [five, ten] = [5, 10].map((concurrency) =>
      minutes(longestRevocation(images, hourly, full, concurrency)),
    );
    console.log(
      `  a revocation by tag takes effect after at most ${five} at a concurrency of 5, ${ten} at 10`,
    );
  }
}

/** The cost of the event of a new build. */
async function measureEvents(): Promise<void> {
  for (const [name, approval] of [
    ["full channels", "automatic"],
    ["channels without an approved build", "required"],
  ] as const) {
    const fake = await settledImage(CHANNELS.map((channel) => ({ ...channel, approval })));
    const arn = fake.addBuild(`1.0.${BUILDS}`);
    const body = JSON.stringify({ arn, state: { status: "AVAILABLE" } });
    const trace = await record(fake, { Records: [{ body }] });
    console.log(
      `updater, event of a new build after ${BUILDS} builds, ${name}: ${calls(trace)} calls, ${minutes(wallTime(1, trace, 1))} with waits for RAM`,
    );
  }
}

/** The cost of an image whose builds were never scanned, and whose newest build is 60 days old. */
async function recordUnscanned(channels: readonly FakeChannel[], full: boolean): Promise<Trace> {
  const fake = await settledImage(channels, 24, false);
  fake.time += 60 * 24 * HOUR_MS;
  await record(fake, { image: IMAGE });
  return record(fake, { image: IMAGE, full });
}

/**
 * Measures the cost of limits for findings, also where most builds are older than the scan window.
 */
async function measureFindings(): Promise<void> {
  const findings: FindingsPolicy = {
    fixWithinDays: { critical: 0, high: 7 },
    scanWindowDays: 30,
    exceptions: [],
    reportOnly: false,
  };
  const limited = CHANNELS.map((channel) => ({ ...channel, findings }));
  for (const full of [false, true]) {
    const [without, withLimits] = await Promise.all(
      [CHANNELS, limited].map(async (channels) => calls(await recordUnscanned(channels, full))),
    );
    console.log(
      `updater, 1 image x 3 channels x ${BUILDS} builds, none scanned and none in the scan window, ${full ? "full" : "hourly"}: ${without} calls, ${withLimits} with limits for findings`,
    );
  }
  for (const [name, days] of [
    ["a build a day", 1],
    ["a build every 31 days", 31],
  ] as const)
    for (const full of [false, true]) {
      const [without, withLimits] = await Promise.all(
        [CHANNELS, limited].map(async (channels) =>
          calls(await record(await settledImage(channels, 24 * days), { image: IMAGE, full })),
        ),
      );
      console.log(
        `updater, 1 image x 3 channels x ${BUILDS} builds, ${name}, ${full ? "full" : "hourly"}: ${without} calls, ${withLimits} with limits for findings`,
      );
    }
}

(async () => {
  await measureRuns();
  await measureEvents();
  await measureFindings();
})();
