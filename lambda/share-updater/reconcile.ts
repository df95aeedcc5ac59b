import type { Request } from "./event";
import type { Aws, Share } from "./ports";
import { type ImageResult, type ImageWork, reconcileImage } from "./reconcile-image";
import type { ShareSummary } from "./reconcile-share";
import { hoursBetween } from "./time";
import { timeSlice } from "./wait-for-ram";

/** Receives what happens during a run, for logs and metrics. */
export interface Report {
  /** The updater ignored an event or a part of it. */
  readonly ignored: (reason: string) => void;
  readonly buildFailed: (image: string) => void;
  /** The updater skipped a share: RAM doesn't let it be changed, or it has no principal yet. */
  readonly shareSkipped: (share: Share, reason: string, ageHours: number) => void;
  readonly imageReconciled: (image: string, result: ImageResult, milliseconds: number) => void;
  /** A run over every image ended; `isComplete` if nothing failed. */
  readonly finished: (summaries: readonly ShareSummary[], isComplete: boolean) => void;
}

/** The work on an image that the requests ask for. */
type RequestedWork = Pick<ImageWork, "hints" | "fullScan">;

/** Merges requests into work for each image, and reports requests that need none. */
function workOf(
  requests: readonly Request[],
  images: readonly string[],
  report: Report,
): Map<string, RequestedWork> {
  const work = new Map<string, RequestedWork>();
  const schedule = (image: string, { hints, fullScan }: RequestedWork): void => {
    if (!images.includes(image)) {
      report.ignored(`the image '${image}' has no share`);
      return;
    }
    const before = work.get(image) ?? { hints: [], fullScan: false };
    work.set(image, {
      hints: [...before.hints, ...hints],
      fullScan: before.fullScan || fullScan,
    });
  };
  for (const request of requests) {
    switch (request.kind) {
      case "all":
        for (const image of images) schedule(image, { hints: [], fullScan: true });
        break;
      case "image":
        schedule(request.image, { hints: request.hints, fullScan: true });
        break;
      case "ended":
        if (request.status === "FAILED") report.buildFailed(request.image);
        else schedule(request.image, { hints: [request.arn], fullScan: false });
        break;
      case "ignored":
        report.ignored(request.reason);
        break;
      default:
        request satisfies never;
    }
  }
  return work;
}

/**
 * Rotates a list by the current time, so that runs that have too little time for every image skip
 * different ones.
 */
function rotated<T>(items: readonly T[], now: number): T[] {
  const start = now % Math.max(items.length, 1);
  return [...items.slice(start), ...items.slice(0, start)];
}

/** RAM lets only active shares be changed. */
function isActive({ status }: Share): boolean {
  return status === "ACTIVE";
}

/** Reconciles an image. Returns a failure as the result, so that the run goes on. */
async function tryReconcileImage(aws: Aws, image: string, work: ImageWork): Promise<ImageResult> {
  try {
    if (aws.now() >= aws.deadline)
      throw new Error(`the run had no time left for the image '${image}'; the next run checks it`);
    return await reconcileImage(aws, image, work);
  } catch (error) {
    return { summaries: [], sharesWithoutAudience: [], errors: [error] };
  }
}

function reportSkippedShares(
  shares: readonly Share[],
  { sharesWithoutAudience }: ImageResult,
  now: number,
  report: Report,
): void {
  for (const share of shares) {
    const ageHours = hoursBetween(share.createdAt, now);
    if (!isActive(share))
      report.shareSkipped(share, `the share is ${share.status}, not ACTIVE`, ageHours);
    if (sharesWithoutAudience.includes(share))
      report.shareSkipped(share, "the share has no principals", ageHours);
  }
}

/**
 * Reconciles the shares of every image that the requests ask for, and returns their summaries.
 *
 * Throws an `AggregateError` after everything else is done if anything failed, so that Lambda
 * retries the event and then sends it to the dead-letter queue.
 */
export async function reconcile(
  aws: Aws,
  requests: readonly Request[],
  report: Report,
): Promise<readonly ShareSummary[]> {
  const { shares, unreadable } = await aws.ram.shares();
  const images = [...new Set([...shares, ...unreadable].map(({ image }) => image))].sort();
  const summaries: ShareSummary[] = [];
  const errors: unknown[] = unreadable.map(({ error }) => error);

  const work = rotated([...workOf(requests, images, report)], aws.now());
  for (const [index, [image, requested]] of work.entries()) {
    const start = aws.now();
    const imageShares = shares.filter((share) => share.image === image);
    const inactiveShares = [
      ...imageShares.filter((share) => !isActive(share)),
      ...unreadable.filter((share) => share.image === image),
    ];
    const result = await tryReconcileImage(aws, image, {
      ...requested,
      shares: imageShares.filter(isActive),
      inactiveShares: inactiveShares.map(({ arn }) => arn),
      until: timeSlice(start, aws.deadline, work.length - index),
    });
    report.imageReconciled(image, result, aws.now() - start);
    reportSkippedShares(imageShares, result, aws.now(), report);
    summaries.push(...result.summaries);
    errors.push(...result.errors);
  }

  if (requests.some(({ kind }) => kind === "all")) report.finished(summaries, errors.length === 0);
  if (errors.length > 0)
    throw new AggregateError(errors, errors.map((error) => (error as Error).message).join("; "));
  return summaries;
}
