import { newestFirst } from "../../contract/build-arn";

/** A build of an image that follows its parent, with the fields that decisions need. */
export interface Build {
  readonly arn: string;
  /** Image Builder's status, such as AVAILABLE. */
  readonly status: string;
  /** Creation time in milliseconds since 1970, or NaN. */
  readonly createdAt: number;
  /** ARN of the parent's build that the rebuilder started it for. @default - not started by it */
  readonly startedFor: string | undefined;
  /** ARN of the parent's build that it uses, as far as it is known. */
  readonly parent: string | undefined;
}

/** Returns whether a build succeeded. An operator may have deprecated or disabled it since. */
export function hasSucceeded({ status }: Build): boolean {
  return ["AVAILABLE", "DEPRECATED", "DISABLED"].includes(status);
}

/** Returns whether a build failed, was cancelled, or was deleted. */
export function hasFailed({ status }: Build): boolean {
  return ["FAILED", "CANCELLED", "DELETED"].includes(status);
}

/** Returns whether a build is in progress, or waits for a person. Includes unknown statuses. */
export function isRunning(build: Build): boolean {
  return !hasSucceeded(build) && !hasFailed(build);
}

/**
 * Compares two builds, for sorting newest first: by creation time, and builds without one first.
 *
 * The version isn't the order in which builds were started: a pipeline's recipe can move back.
 */
export function latestFirst(one: Build, other: Build): number {
  const [a, b] = [one, other].map(({ createdAt }) =>
    Number.isNaN(createdAt) ? Number.POSITIVE_INFINITY : createdAt,
  ) as [number, number];
  return a === b ? newestFirst(one.arn, other.arn) : b - a;
}
