import type { Package } from "../../contract/packages";
import type { RecorderManifest } from "../../contract/recorder";
import { DAY_MS, HOUR_MS } from "../../contract/time";
import type { RunTime } from "../common/deadline";
import { remembered } from "../common/remembered";
import { MAX_BUILD_DAYS } from "../common/time";
import type { Build, ImageBuilder } from "./ports";

/**
 * Milliseconds for which a statement and release notes wait for the package list, and in which the
 * recorder tries again to mark AMIs.
 *
 * Assumed: Image Builder lists the packages of a build two hours after the build is AVAILABLE. AWS
 * documents no time.
 */
const WAIT_MS = 2 * HOUR_MS;

/** A build that is recorded. */
export interface Work {
  readonly manifest: RecorderManifest;
  /** Name of the build's image in the manifest. */
  readonly image: string;
  readonly build: Build;
  /** When the recorder stops to wait, in milliseconds since 1970. */
  readonly until: number;
  /**
   * Whether Amazon EC2 may list an AMI later that it doesn't list now: the build is new. Otherwise,
   * the AMI is deregistered.
   *
   * Assumed: EC2 lists an AMI two hours after the build is AVAILABLE. AWS documents no time.
   * https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
   */
  readonly mayGetAmis: boolean;
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
  const { arn, createdAt = "", hasPackageList } = about.build;
  const until = waitingSince + WAIT_MS;
  const packages = remembered(async () => {
    if (!hasPackageList) return [];
    const listed = await imageBuilder.packages(arn);
    return listed.length === 0 && now() < until ? undefined : listed;
  });
  const isOld = Date.parse(createdAt) + MAX_BUILD_DAYS * DAY_MS < now();
  return { ...about, until, mayGetAmis: !isOld && now() < until, packages };
}
