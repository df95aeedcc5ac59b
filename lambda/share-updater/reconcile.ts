import { FINAL_STATUSES } from "../../contract/build-status";
import { descendantsOf, type Manifest } from "../../contract/manifest";
import { isRevocationInherited } from "../../contract/revocation";
import { channelsOf } from "./channel";
import type { Request } from "./event";
import type { ImageResult } from "./image-result";
import type { BuildQuery } from "./list-builds";
import type { Aws } from "./ports";
import { readAgain } from "./read-again";
import { reconcileImage } from "./reconcile-image";
import type { ShareSummary } from "./reconcile-share";

/** Number of images that a full run looks at before it lets other messages through. */
const FULL_RUN_IMAGES = 20;

/** Seconds until a full run continues: the longest delay of SQS. 1,000 images take half a day. */
const FULL_RUN_DELAY_SECONDS = 900;

/** Seconds until the updater looks again at a build that an operator has changed. */
const SECOND_LOOK_SECONDS = 60;

/** Receives what happens during a run, for logs and metrics. */
export interface Report {
  /** The updater ignored an event. */
  readonly ignored: (reason: string) => void;
  readonly buildFailed: (image: string, arn: string) => void;
  readonly imageReconciled: (image: string, result: ImageResult, milliseconds: number) => void;
  /** A run about an image ends with an exception, which doesn't name the image. */
  readonly runFailed: (image: string, error: unknown) => void;
  /** A build that failed couldn't be sent to the recorder. */
  readonly notRecorded: (arn: string, error: unknown) => void;
  /** A full run can't find the images that have left the factory file. */
  readonly incomplete: (error: unknown) => void;
}

/** The result of an invocation, for operators. */
export interface RunResult {
  /** The shares of the image. Empty after a run over all images, which only sends messages. */
  readonly shares: readonly ShareSummary[];
  /** Differences of shares from the manifest. Only a deployment can solve them. */
  readonly mismatches: readonly string[];
  /** Failures to read or change something. */
  readonly problems: readonly string[];
}

/**
 * Handles requests one after the other. Problems that a retry doesn't solve are reported and
 * returned. The others are thrown, so that the queue delivers the message again.
 */
export async function reconcile(
  aws: Aws,
  manifest: Manifest,
  requests: readonly Request[],
  report: Report,
): Promise<RunResult> {
  const results: ImageResult[] = [];
  for (const request of requests) {
    const result = await handle(aws, manifest, request, report);
    if (result) results.push(result);
  }
  return {
    shares: results.flatMap(({ summaries }) => summaries),
    mismatches: results.flatMap(({ mismatches }) =>
      mismatches.map(({ channel, problem }) => `${channel}: ${problem}`),
    ),
    problems: results.flatMap(({ errors }) => errors.map((error) => (error as Error).message)),
  };
}

async function handle(
  aws: Aws,
  manifest: Manifest,
  request: Request,
  report: Report,
): Promise<ImageResult | undefined> {
  switch (request.kind) {
    case "all":
      await (request.full
        ? sendFullRun(aws, manifest, request.after, report)
        : sendRun(aws, manifest));
      return undefined;
    case "image": {
      const { image, hints, full, isOperators } = request;
      const result = await reconcileAndReport(aws, manifest, { image, hints, full }, report);
      if (!isOperators) return result;
      const messages = hints.map((build) => ({ image, build }));
      try {
        await aws.send(messages, SECOND_LOOK_SECONDS);
        await sendRevocation(aws, manifest, image, hints);
        return result;
      } catch (error) {
        return { ...result, errors: [...result.errors, error] };
      }
    }
    case "ended":
      return handleEnd(aws, manifest, request, report);
    case "ignored":
      report.ignored(request.reason);
      return undefined;
    default:
      return request satisfies never;
  }
}

/** Sends a message for each image whose builds may inherit the revocation of a build. */
async function sendRevocation(
  aws: Aws,
  { images }: Manifest,
  image: string,
  arns: readonly string[],
): Promise<void> {
  const builds = await Promise.all(arns.map((arn) => aws.images.build(arn)));
  if (!builds.some((build) => build && isRevocationInherited(build.tags, aws.now()))) return;
  await aws.send(descendantsOf(images, image).map((one) => ({ image: one, full: true })));
}

/** Sends a message for each image of the manifest. */
async function sendRun(aws: Aws, { images }: Manifest): Promise<void> {
  await aws.send(Object.keys(images).map((image) => ({ image })));
}

/**
 * Sends messages for the first images of a full run, and a delayed one for the rest. A full run
 * takes much longer than others, whose messages would have to wait for it.
 *
 * A full run also looks at images that only tags of AMIs know: they have left the factory file, and
 * may have left launch permissions.
 */
async function sendFullRun(
  aws: Aws,
  { images }: Manifest,
  after: string | undefined,
  report: Report,
): Promise<void> {
  const tagged = await aws.amis.images().catch((error: unknown) => {
    // An exception would have the message delivered again, and each time start the rest again.
    report.incomplete(error);
    return [];
  });
  const names = [...new Set([...Object.keys(images), ...tagged.filter(isImageName)])].sort();
  const waiting = after === undefined ? names : names.filter((name) => name > after);
  const now = waiting.slice(0, FULL_RUN_IMAGES);
  await aws.send(now.map((image) => ({ image, full: true })));
  const last = now.at(-1);
  if (waiting.length > now.length && last !== undefined)
    await aws.send([{ full: true, after: last }], FULL_RUN_DELAY_SECONDS);
}

/** Other tools may have set the tag to anything. */
function isImageName(text: string): boolean {
  return /^[a-z0-9-]{1,126}$/.test(text);
}

/** Compares a message with the build: every publisher of the topic can forge one. */
async function handleEnd(
  aws: Aws,
  manifest: Manifest,
  { image, arn, status }: Extract<Request, { readonly kind: "ended" }>,
  report: Report,
): Promise<ImageResult | undefined> {
  if (!Object.hasOwn(manifest.images, image)) {
    report.ignored(`the image '${image}' isn't in the manifest`);
    return undefined;
  }
  if (status !== "FAILED")
    return reconcileAndReport(
      aws,
      manifest,
      { image, hints: [arn], full: false, downTo: arn },
      report,
    );
  const readAt = aws.now();
  const first = await aws.images.build(arn);
  const isInProgress = first !== undefined && !FINAL_STATUSES.includes(first.status);
  const build = isInProgress ? await readAgain(aws, arn, readAt) : first;
  if (build?.status === "FAILED") {
    report.buildFailed(image, arn);
    await aws.record?.([{ build: arn }]).catch((error: unknown) => report.notRecorded(arn, error));
  } else report.ignored(`the build ${arn} didn't fail: it is ${build?.status ?? "deleted"}`);
  return undefined;
}

async function reconcileAndReport(
  aws: Aws,
  manifest: Manifest,
  { image, ...query }: BuildQuery & { readonly image: string },
  report: Report,
): Promise<ImageResult> {
  const start = aws.now();
  const work = {
    channels: channelsOf(manifest, image),
    hasGoldenParent: manifest.images[image]?.parent !== undefined,
    graceDays: manifest.launchPermissionGraceDays,
    regions: manifest.regions,
    ...query,
  };
  try {
    const result = await recordBuilds(aws, await reconcileImage(aws, image, work), query);
    report.imageReconciled(image, result, aws.now() - start);
    return result;
  } catch (error) {
    report.runFailed(image, error);
    throw error;
  }
}

/**
 * Sends builds to the recorder: those that ended or that the run shared, and in a full run all
 * shared builds, in case an earlier message got lost. Also sends which channels have another newest
 * build, once: a message that gets lost then is never sent again. A failure never keeps a build
 * from being shared.
 */
async function recordBuilds(
  { record }: Aws,
  result: ImageResult,
  { full, downTo }: BuildQuery,
): Promise<ImageResult> {
  if (!record) return result;
  const changed = result.changes.map(({ to }) => to);
  const builds = new Set([
    ...(downTo === undefined ? [] : [downTo]),
    ...result.summaries.flatMap(({ associated, shared }) => (full ? shared : associated)),
  ]);
  const messages = [
    ...result.changes.map(({ channel, from, to }) =>
      to === undefined ? { build: from, channel, isEmpty: true } : { build: to, channel, from },
    ),
    ...[...builds].filter((build) => !changed.includes(build)).map((build) => ({ build })),
  ];
  if (messages.length === 0) return result;
  try {
    await record(messages);
    return result;
  } catch (error) {
    return { ...result, errors: [...result.errors, error] };
  }
}
