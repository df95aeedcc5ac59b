import type { Request } from "./event";
import type { Aws, Share } from "./ports";
import { type ImageResult, type ImageWork, reconcileImage } from "./reconcile-image";
import type { ShareSummary } from "./reconcile-share";
import { timeSlice } from "./wait-for-ram";

/** What is told of a run, to logs and metrics. */
export interface Report {
  readonly ignored: (why: string) => void;
  readonly buildFailed: (image: string) => void;
  /** A share that isn't looked after: RAM doesn't let it be changed, or it is for nobody yet. */
  readonly leftAlone: (share: Share, why: string, ageHours: number) => void;
  /** What a run found that looked at every image; `isAll` when nothing failed. */
  readonly finished: (summaries: readonly ShareSummary[], isAll: boolean) => void;
  readonly imageReconciled: (image: string, update: ImageResult, milliseconds: number) => void;
}

interface Work {
  readonly hints: readonly string[];
  readonly fullScan: boolean;
}

/** Which images to look at, with what is known of them already. */
function workOf(
  requests: readonly Request[],
  images: readonly string[],
  report: Report,
): Map<string, Work> {
  const work = new Map<string, Work>();
  const add = (image: string, hints: readonly string[], fullScan: boolean): void => {
    if (!images.includes(image)) {
      report.ignored(`'${image}' has no share`);
      return;
    }
    const before = work.get(image);
    work.set(image, {
      hints: [...(before?.hints ?? []), ...hints],
      fullScan: fullScan || before?.fullScan === true,
    });
  };
  for (const request of requests) {
    if (request.kind === "ignored") report.ignored(request.why);
    if (request.kind === "all") for (const image of images) add(image, [], true);
    if (request.kind === "image") add(request.image, request.hints, true);
    if (request.kind === "ended" && request.status === "FAILED") report.buildFailed(request.image);
    if (request.kind === "ended" && request.status !== "FAILED")
      add(request.image, [request.arn], false);
  }
  return work;
}

/** Begins anywhere, by the millisecond, so that it isn't always the same images that a run has no time left for. */
function rotated<T>(items: readonly T[], now: number): T[] {
  const start = now % Math.max(items.length, 1);
  return [...items.slice(start), ...items.slice(0, start)];
}

/** Whether RAM lets a share be changed. */
function isActive({ status }: Share): boolean {
  return status === "ACTIVE";
}

async function updateInTime(aws: Aws, image: string, work: ImageWork): Promise<ImageResult> {
  if (aws.now() >= aws.deadline)
    throw new Error(`no time was left for ${image}: looked at again next time`);
  return reconcileImage(aws, image, work);
}

/**
 * Does what the requests ask for, image by image. What fails is thrown after everything else was done, so that Lambda tries again
 * and the dead-letter queue gets to know.
 */
export async function reconcile(
  aws: Aws,
  requests: readonly Request[],
  report: Report,
): Promise<ImageResult["summaries"]> {
  const { shares, unreadable } = await aws.ram.shares();
  const images = [...new Set([...shares, ...unreadable].map(({ image }) => image))].sort();
  const summaries: ShareSummary[] = [];
  const errors: unknown[] = unreadable.map(({ error }) => error);
  const work = rotated([...workOf(requests, images, report)], aws.now());
  for (const [index, [image, what]] of work.entries()) {
    const start = aws.now();
    const its = shares.filter((share) => share.image === image);
    const others = [
      ...its.filter((share) => !isActive(share)),
      ...unreadable.filter((share) => share.image === image),
    ];
    const until = timeSlice(start, aws.deadline, work.length - index);
    const result = await updateInTime(aws, image, {
      ...what,
      shares: its.filter(isActive),
      inactiveShares: others.map(({ arn }) => arn),
      until,
    }).catch(
      (error: unknown): ImageResult => ({
        summaries: [],
        sharesWithoutAudience: [],
        errors: [error],
      }),
    );
    report.imageReconciled(image, result, aws.now() - start);
    for (const share of its) {
      const age = (aws.now() - share.createdAt) / 3_600_000;
      if (!isActive(share)) report.leftAlone(share, `its status is ${share.status}`, age);
      if (result.sharesWithoutAudience.includes(share))
        report.leftAlone(share, "it is for nobody", age);
    }
    summaries.push(...result.summaries);
    errors.push(...result.errors);
  }
  if (requests.some(({ kind }) => kind === "all")) report.finished(summaries, errors.length === 0);
  if (errors.length > 0)
    throw new AggregateError(errors, errors.map((error) => (error as Error).message).join("; "));
  return summaries;
}
