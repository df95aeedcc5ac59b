import { createHash } from "node:crypto";
import { isNextBuild, isSameBuild, versionOf } from "../../contract/build-arn";
import type { FollowingImage } from "../../contract/rebuilder-manifest";
import { HOUR_MS, MINUTE_MS } from "../../contract/time";
import { hoursBetween } from "../common/time";
import { type Build, hasFailed, hasSucceeded, isRunning } from "./build";
import type { ParentBuild, Pipeline } from "./ports";

/** Hours between a failed try and the next one. After the last one the rebuilder gives up. */
export const RETRY_HOURS = [6, 12, 24] as const;

/** Failed builds after which an image counts as failing. */
const FAILING = RETRY_HOURS.length + 1;

/**
 * Milliseconds after which lists show a build. For so long, the rebuilder starts nothing after a
 * change of the pipeline: a build with the earlier recipe, whose version isn't known any more, may
 * be hidden.
 *
 * Assumed: AWS documents no figure.
 */
export const LISTED_AFTER_MS = 10 * MINUTE_MS;

/** The state of an image, its pipeline and its parent. */
export interface Observation {
  readonly settings: FollowingImage;
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

/** Decision of the rebuilder about an image, and its reason. */
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

/**
 * Returns whether a pipeline changed so recently that lists may lack builds with its earlier
 * recipe.
 */
function hasJustChanged({ changedAt }: Pipeline, now: number): boolean {
  return now < changedAt + LISTED_AFTER_MS;
}

export function mayBeRunning({ pipeline, builds }: Observation, now: number): boolean {
  return builds.some(isRunning) || (pipeline !== undefined && hasJustChanged(pipeline, now));
}

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
  if (tries.length >= FAILING) return { kind: "given-up", parent, tries: tries.length };
  if (!pipeline.isEnabled) return { kind: "pipeline-disabled", parent };
  if (hours !== undefined) {
    // Image Builder records no time at which a build failed.
    const at = (tries[0]?.createdAt ?? Number.NaN) + hours * HOUR_MS;
    if (!(now >= at)) return { kind: "retry-later", parent, at };
  }
  if (hasJustChanged(pipeline, now)) return { kind: "pipeline-changed", parent };
  return { kind: "start", parent, token: tokenOf(pipelineArn, builds[0], parent) };
}

/** Returns the builds after the latest successful one, the latest first. */
function buildsSinceSuccess(builds: readonly Build[]): readonly Build[] {
  const success = builds.findIndex(hasSucceeded);
  return success === -1 ? builds : builds.slice(0, success);
}

/**
 * Returns how many builds of a failing image have failed since its latest successful build; 0 if
 * the image isn't failing.
 *
 * The tries for another build of the parent count too. Otherwise an image whose parent changes
 * every day would never count as failing, because its tries begin again every day. Only builds that
 * the rebuilder started count, or tries after which it gave up.
 */
export function failuresOf({ builds }: Observation, decision: Decision): number {
  if (decision.kind === "current") return 0;
  const started = buildsSinceSuccess(builds).filter(
    (build) => hasFailed(build) && build.startedFor !== undefined,
  ).length;
  const failures = decision.kind === "given-up" ? Math.max(started, decision.tries) : started;
  return failures >= FAILING ? failures : 0;
}

/**
 * Returns for how many hours, at most, an image hasn't been on the newest build of its parent; 0 if
 * it is on it, `undefined` if that isn't known.
 *
 * The figure is exact to a run once a build was started for a newer build of the parent. It can be
 * too high:
 * - Before that, because it isn't known when the account began to see a build of the parent. Image
 *   Builder returns when the build was started, which can be weeks before it was shared. RAM can
 *   return when it was added to a share, but the account may see the share since later, and images
 *   of the same account are in none.
 * - If the image was on the newest build for a while without a new build: a newer build of the
 *   parent was shared, a build on it failed, and then it was revoked.
 *
 * It can be too low:
 * - If that build was started late, because the pipeline was disabled.
 * - If a build was no longer on the newest build of the parent when it succeeded.
 *
 * It is zero exactly if the image is on the newest build. Therefore the alarm counts the hours with
 * a figure above zero, and uses the figure only for the time before the last week.
 */
export function behindHours(
  { range, parent, builds }: Observation,
  now: number,
): number | undefined {
  if (range === undefined) return undefined;
  if (parent && isCurrent(builds, parent.arn)) return 0;
  const since = behindSince(parent, builds);
  return since === undefined ? undefined : hoursBetween(since, now);
}

/**
 * Returns the earliest time, in milliseconds since 1970, from which on an image can have been
 * behind its parent.
 */
function behindSince(
  parent: ParentBuild | undefined,
  builds: readonly Build[],
): number | undefined {
  const success = builds.find(hasSucceeded);
  const firstForOther = buildsSinceSuccess(builds).findLast((build) =>
    isForOther(build, success?.parent),
  );
  // While the image is on the build before the parent's newest one, it can't have been behind
  // before that one was created. Otherwise it may have been, because others came between.
  const isOneBehind = parent && success?.parent && isNextBuild(success.parent, parent.arn);
  return [
    firstForOther?.createdAt,
    isOneBehind ? Math.max(parent.createdAt, success.createdAt) : success?.createdAt,
    parent?.createdAt,
  ].find((time) => time !== undefined && !Number.isNaN(time));
}

/**
 * Returns whether a build shows that the newest build of the parent was another one than `parent`.
 */
function isForOther({ parent, startedFor }: Build, other: string | undefined): boolean {
  return [parent, startedFor].some(
    (one) => one !== undefined && (other === undefined || !isSameBuild(one, other)),
  );
}
