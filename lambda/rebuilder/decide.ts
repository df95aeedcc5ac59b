import { createHash } from "node:crypto";
import { isSameBuild, versionOf } from "../../contract/build-arn";
import type { FollowingImage } from "../../contract/rebuilder-manifest";
import { HOUR_MS, hoursBetween } from "../common/time";
import { type Build, hasSucceeded, isRunning } from "./build";
import type { ParentBuild, Pipeline } from "./ports";

/** Hours between a failed try and the next one. After the last one the rebuilder gives up. */
export const RETRY_HOURS = [6, 12, 24] as const;

/**
 * Milliseconds without a start after a change of the pipeline. Until then, lists may not show a
 * build with the earlier recipe, whose version isn't known any more.
 *
 * Assumed: lists show a build after 10 minutes. AWS documents no figure.
 */
const SETTLING_MS = 10 * 60_000;

/** The state of an image, its pipeline and its parent. */
export interface Observation {
  readonly settings: FollowingImage;
  /** ARN of the pipeline. */
  readonly pipelineArn: string;
  /** `undefined` if it doesn't exist. */
  readonly pipeline: Pipeline | undefined;
  /** Wildcard ARN in the pipeline's recipe. @default - the recipe follows no parent */
  readonly range: string | undefined;
  /** Newest build of the range. @default - the account sees none */
  readonly parent: ParentBuild | undefined;
  /** Builds of the image, the latest first. */
  readonly builds: readonly Build[];
}

/** What the rebuilder does about an image, and why. */
export type Decision =
  /** Start the pipeline for the parent's build, with a client token. */
  | { readonly kind: "start"; readonly parent: string; readonly token: string }
  /** The latest successful build uses the parent's newest build. */
  | { readonly kind: "current"; readonly parent: string }
  | { readonly kind: "running"; readonly build: string }
  /** A deployment has just changed the pipeline, perhaps its recipe. */
  | { readonly kind: "pipeline-changed"; readonly parent: string }
  /** The last tries failed. The next one follows at a time in milliseconds since 1970. */
  | { readonly kind: "retry-later"; readonly parent: string; readonly at: number }
  /** All tries failed. No more follow until the parent's build or the recipe's version changes. */
  | { readonly kind: "given-up"; readonly parent: string; readonly tries: number }
  | { readonly kind: "parent-not-visible"; readonly range: string }
  /** The newest build of the parent is revoked, but not disabled, so pipelines would use it. */
  | { readonly kind: "parent-revoked"; readonly parent: string; readonly revocation: string }
  | { readonly kind: "manual" | "pipeline-disabled"; readonly parent: string }
  /** The recipe's parent has no wildcard, so it has no newer build. */
  | { readonly kind: "pipeline-missing" | "parent-pinned" };

/** Returns whether an ARN in a recipe is a range of versions, such as `…:image/base/1.x.x`. */
export function isRange(parent: string): boolean {
  return /:image\/[^/]+\/(x\.x|\d+\.x|\d+\.\d+)\.x$/.test(parent);
}

/**
 * Returns the client token of a start. Image Builder starts at most one build with it, even when
 * two runs read the same state, or when a list doesn't show the new build yet.
 *
 * Assumed: Image Builder remembers a token until its lists show the build. AWS documents no time.
 */
function tokenOf(pipelineArn: string, latest: Build | undefined, parent: string): string {
  return createHash("sha256")
    .update([pipelineArn, latest?.arn ?? "", parent].join("\n"))
    .digest("base64url");
}

function isOn({ parent }: Build, parentBuild: string): boolean {
  return parent !== undefined && isSameBuild(parent, parentBuild);
}

/** Returns whether the latest successful build uses a build of the parent. */
function isCurrent(builds: readonly Build[], parent: string): boolean {
  const latest = builds.find(hasSucceeded);
  return latest !== undefined && isOn(latest, parent);
}

/**
 * Returns the latest builds that were tries for a build of the parent with a version of the recipe,
 * and failed.
 *
 * A build that was started for it and uses another one counts too. So starts end after a few tries
 * even if Image Builder never uses the build that the rebuilder sees.
 */
function failedTries(builds: readonly Build[], parent: string, version: string): Build[] {
  const end = builds.findIndex(
    (build) =>
      versionOf(build.arn) !== version ||
      !(isOn(build, parent) || build.startedFor === parent) ||
      (hasSucceeded(build) && isOn(build, parent)),
  );
  return builds.slice(0, end === -1 ? builds.length : end);
}

/** Returns whether a pipeline changed so recently that lists may lack builds with its earlier recipe. */
function hasJustChanged({ changedAt }: Pipeline, now: number): boolean {
  return now < changedAt + SETTLING_MS;
}

/** Returns whether a build of an image may be in progress. */
export function mayBeRunning({ pipeline, builds }: Observation, now: number): boolean {
  return builds.some(isRunning) || (pipeline !== undefined && hasJustChanged(pipeline, now));
}

/** Decides whether to start the pipeline of an image. */
export function decideStart(observation: Observation, now: number): Decision {
  const { settings, pipelineArn, pipeline, range, builds } = observation;
  if (!pipeline) return { kind: "pipeline-missing" };
  if (range === undefined) return { kind: "parent-pinned" };
  if (!observation.parent) return { kind: "parent-not-visible", range };
  const { arn: parent, revocation } = observation.parent;
  if (revocation !== undefined) return { kind: "parent-revoked", parent, revocation };
  const running = builds.find(isRunning);
  if (running) return { kind: "running", build: running.arn };
  if (isCurrent(builds, parent)) return { kind: "current", parent };
  if (settings.manual) return { kind: "manual", parent };

  const tries = failedTries(builds, parent, versionOf(pipeline.recipe));
  const hours = RETRY_HOURS[tries.length - 1];
  if (tries.length > RETRY_HOURS.length) return { kind: "given-up", parent, tries: tries.length };
  if (!pipeline.isEnabled) return { kind: "pipeline-disabled", parent };
  if (hours !== undefined) {
    // Image Builder records no time at which a build failed.
    const at = (tries[0]?.createdAt ?? Number.NaN) + hours * HOUR_MS;
    if (!(now >= at)) return { kind: "retry-later", parent, at };
  }
  if (hasJustChanged(pipeline, now)) return { kind: "pipeline-changed", parent };
  return { kind: "start", parent, token: tokenOf(pipelineArn, builds[0], parent) };
}

/**
 * Returns for how many hours an image hasn't been on the newest build of its parent; `undefined` if
 * that isn't known.
 *
 * Image Builder doesn't record when the account began to see a build of the parent, or saw none any
 * more. The figure is exact to a run once a build was started for the parent's build. Before that,
 * it is a maximum: the hours since the parent's build and the image's latest one were created.
 */
export function behindHours(
  { range, parent, builds }: Observation,
  now: number,
): number | undefined {
  if (range === undefined) return undefined;
  if (parent && isCurrent(builds, parent.arn)) return 0;
  const since = parent
    ? changedAt(parent, builds)
    : (builds.find(hasSucceeded)?.createdAt ?? Number.NaN);
  return Number.isNaN(since) ? undefined : hoursBetween(since, now);
}

/** Returns when a build of the parent became the newest, in milliseconds since 1970. */
function changedAt({ arn, createdAt }: ParentBuild, builds: readonly Build[]): number {
  const onOther = builds.findIndex((build) => !isOn(build, arn));
  const first = builds.slice(0, onOther === -1 ? builds.length : onOther).at(-1);
  return first ? first.createdAt : Math.max(createdAt, builds[0]?.createdAt ?? 0);
}
