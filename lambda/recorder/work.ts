import type { Package } from "../../contract/packages";
import type { RecorderManifest } from "../../contract/recorder";
import type { RunTime } from "../common/deadline";
import { remembered } from "../common/remembered";
import { HOUR_MS } from "../common/time";
import type { Build, ImageBuilder } from "./ports";

/**
 * Milliseconds for which a statement and release notes wait for the package list.
 *
 * Assumed: Image Builder lists the packages of a build two hours after the build is AVAILABLE. AWS
 * documents no time.
 */
const PACKAGES_WAIT_MS = 2 * HOUR_MS;

/** A build that is recorded. */
export interface Work {
  readonly manifest: RecorderManifest;
  /** Name of the build's image in the manifest. */
  readonly image: string;
  readonly build: Build;
  /** When the recorder stops to wait, in milliseconds since 1970. */
  readonly until: number;
  /**
   * Lists the packages. Empty if Image Builder doesn't collect or didn't list them; `undefined` as
   * long as it may still list them.
   */
  readonly packages: () => Promise<readonly Package[] | undefined>;
}

/** Something isn't there yet. The recorder looks again later. */
export interface Waiting {
  readonly kind: "waiting";
  /** When it stops to look, in milliseconds since 1970. */
  readonly until: number;
}

/** @param waitingSince - when the recorder first waited, in milliseconds since 1970 */
export function workOn(
  { now, imageBuilder }: Pick<RunTime, "now"> & { readonly imageBuilder: ImageBuilder },
  about: Pick<Work, "manifest" | "image" | "build">,
  waitingSince: number,
): Work {
  const { arn, hasPackageList } = about.build;
  const until = waitingSince + PACKAGES_WAIT_MS;
  const packages = remembered(async () => {
    if (!hasPackageList) return [];
    const listed = await imageBuilder.packages(arn);
    return listed.length === 0 && now() < until ? undefined : listed;
  });
  return { ...about, until, packages };
}
