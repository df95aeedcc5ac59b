import type { Request } from "./event";
import type { Aws, Share } from "./ports";
import { partOfTime } from "./settle";
import { type ImageUpdate, isActive, type ShareSummary, updateImage } from "./update-image";

/** What is told of a run, to logs and metrics. */
export interface Report {
  readonly ignored: (why: string) => void;
  readonly buildFailed: (image: string) => void;
  /** A share that RAM doesn't let be changed now; it is left alone. */
  readonly inactive: (share: Share) => void;
  /** What a run found that looked at every image, and saw all of it. */
  readonly finished: (summaries: readonly ShareSummary[]) => void;
  readonly updated: (image: string, update: ImageUpdate, milliseconds: number) => void;
}

interface Work {
  readonly hints: readonly string[];
  readonly whole: boolean;
}

/** Which images to look at, with what is known of them already. */
const workOf = (requests: readonly Request[], images: readonly string[], report: Report): Map<string, Work> => {
  const work = new Map<string, Work>();
  const add = (image: string, hints: readonly string[], whole: boolean): void => {
    if (!images.includes(image)) {
      report.ignored(`'${image}' has no share`);
      return;
    }
    const before = work.get(image);
    work.set(image, { hints: [...(before?.hints ?? []), ...hints], whole: whole || before?.whole === true });
  };
  for (const request of requests) {
    if (request.kind === "ignored") report.ignored(request.why);
    if (request.kind === "all") for (const image of images) add(image, [], true);
    if (request.kind === "image") add(request.image, [], true);
    if (request.kind === "ended" && request.status === "FAILED") report.buildFailed(request.image);
    if (request.kind === "ended" && request.status !== "FAILED") add(request.image, [request.arn], false);
  }
  return work;
};

/**
 * Does what the requests ask for, image by image. What fails is thrown after everything else was done, so that Lambda tries again
 * and the dead-letter queue gets to know.
 */
export const update = async (aws: Aws, requests: readonly Request[], report: Report): Promise<ImageUpdate["summaries"]> => {
  const { shares, errors: unreadable } = await aws.ram.shares();
  for (const share of shares.filter((one) => !isActive(one))) report.inactive(share);
  const images = [...new Set(shares.filter(isActive).map(({ image }) => image))].sort();
  const summaries: ShareSummary[] = [];
  const errors: unknown[] = [...unreadable];
  const work = [...workOf(requests, images, report)];
  for (const [index, [image, what]] of work.entries()) {
    const start = aws.now();
    try {
      const result = await updateImage(
        aws,
        image,
        shares.filter((share) => share.image === image),
        { ...what, until: partOfTime(start, aws.deadline, work.length - index) },
      );
      report.updated(image, result, aws.now() - start);
      summaries.push(...result.summaries);
      errors.push(...result.errors);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 0 && requests.some(({ kind }) => kind === "all")) report.finished(summaries);
  if (errors.length > 0) throw new AggregateError(errors, errors.map((error) => (error as Error).message).join("; "));
  return summaries;
};
