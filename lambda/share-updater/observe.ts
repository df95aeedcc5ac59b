import { isBuildOf } from "../../contract/build-arn";
import type { Ami, Build } from "./build";
import { type Association, associatedArns, type Decision, decide } from "./decide";
import type { Aws, Principal, Share } from "./ports";
import { settledAssociations, timeSlice } from "./wait-for-ram";

/** A share as RAM has it. */
interface SettledShare {
  readonly share: Share;
  readonly audience: readonly Principal[];
  readonly associations: readonly Association[];
}

/** A share as RAM has it, and the changes that it needs. */
export interface ObservedShare extends SettledShare, Decision {}

/** The state of an image and its shares before the updater changes anything. */
export interface ObservedImage {
  /** The builds, without those AMIs that turned out to be deregistered. */
  readonly builds: readonly Build[];
  /** The shares that could be read. */
  readonly shares: readonly ObservedShare[];
  /** Launch permissions of the AMIs of builds that are desired or shared, by the build's ARN. */
  readonly launchers: ReadonlyMap<string, readonly AmiLaunchers[]>;
  /** ARNs of shared builds that couldn't be read. They may still exist. */
  readonly unreadable: ReadonlySet<string>;
  /** ARNs of builds whose AMIs are all deregistered. */
  readonly withoutAmis: ReadonlySet<string>;
  /** Failures to read a share, a build or a launch permission. */
  readonly errors: readonly unknown[];
}

/** The principals that can launch an AMI. */
export interface AmiLaunchers {
  readonly ami: Ami;
  readonly principals: readonly Principal[];
}

/** Reads the launch permissions of a build's AMIs, without deregistered AMIs. */
export async function readLaunchers(
  { launchPermissions }: Aws,
  { amis }: Pick<Build, "amis">,
): Promise<AmiLaunchers[]> {
  const launchers: AmiLaunchers[] = [];
  for (const ami of amis) {
    const principals = await launchPermissions.get(ami.region, ami.id);
    if (principals) launchers.push({ ami, principals });
  }
  return launchers;
}

async function readShares(
  aws: Aws,
  shares: readonly Share[],
  until: number,
): Promise<{ readonly settled: readonly SettledShare[]; readonly errors: readonly unknown[] }> {
  const settled: SettledShare[] = [];
  const errors: unknown[] = [];
  for (const [index, share] of shares.entries()) {
    const sliceEnd = timeSlice(aws.now(), until, shares.length - index);
    try {
      const associations = await settledAssociations(aws, share.arn, sliceEnd);
      const audience = await aws.ram.principals(share.arn);
      settled.push({ share, audience, associations });
    } catch (error) {
      errors.push(error);
    }
  }
  return { settled, errors };
}

/** Reads the shared builds that aren't among `listed`, and returns them together with those. */
async function readBuilds(
  aws: Aws,
  image: string,
  listed: readonly Build[],
  settled: readonly SettledShare[],
): Promise<Pick<ObservedImage, "builds" | "unreadable" | "errors">> {
  const builds = new Map(listed.map((build) => [build.arn, build]));
  const unreadable = new Set<string>();
  const errors: unknown[] = [];
  for (const arn of settled.flatMap(({ associations }) => associatedArns(associations))) {
    // Any other ARN was added by hand. It isn't read, and so is removed like a deleted build.
    if (builds.has(arn) || !isBuildOf(image, aws.home, arn)) continue;
    try {
      const build = await aws.images.build(arn);
      if (build) builds.set(arn, build);
    } catch (error) {
      errors.push(error);
      unreadable.add(arn);
    }
  }
  return { builds: [...builds.values()], unreadable, errors };
}

function decideShares(
  settled: readonly SettledShare[],
  builds: readonly Build[],
  now: number,
): ObservedShare[] {
  return settled.map((one) => ({
    ...one,
    ...decide(builds, one.associations, one.share.policy, now),
  }));
}

/**
 * Reads the launch permissions of the builds that are desired or shared.
 *
 * If the AMIs of a desired build turn out to be deregistered, an older build is desired instead. So
 * this decides and reads until no permission is left to read.
 */
async function readLaunchPermissions(
  aws: Aws,
  readBefore: readonly Build[],
  settled: readonly SettledShare[],
  now: number,
): Promise<Pick<ObservedImage, "builds" | "shares" | "launchers" | "withoutAmis" | "errors">> {
  const builds = new Map(readBefore.map((build) => [build.arn, build]));
  const launchers = new Map<string, readonly AmiLaunchers[]>();
  const withoutAmis = new Set<string>();
  const errors: unknown[] = [];
  for (;;) {
    const shares = decideShares(settled, [...builds.values()], now);
    const relevant = new Set(
      shares.flatMap(({ desired, associations }) => [...desired, ...associatedArns(associations)]),
    );
    const unread = [...builds.values()].filter(
      ({ arn }) => relevant.has(arn) && !launchers.has(arn),
    );
    if (unread.length === 0)
      return { builds: [...builds.values()], shares, launchers, withoutAmis, errors };

    for (const build of unread) {
      try {
        const found = await readLaunchers(aws, build);
        launchers.set(build.arn, found);
        builds.set(build.arn, { ...build, amis: found.map(({ ami }) => ami) });
        if (found.length === 0 && build.amis.length > 0) withoutAmis.add(build.arn);
      } catch (error) {
        launchers.set(build.arn, []);
        errors.push(error);
      }
    }
  }
}

/**
 * Observes an image: its shares once RAM has settled, the builds that are desired or shared, and
 * the launch permissions of their AMIs. Reads only, and decides which changes each share needs.
 *
 * @param listed - the image's builds as `listBuilds` returns them
 * @param until - when to stop waiting for RAM, in milliseconds since 1970
 */
export async function observe(
  aws: Aws,
  image: string,
  shares: readonly Share[],
  listed: readonly Build[],
  until: number,
): Promise<ObservedImage> {
  const { settled, errors: shareErrors } = await readShares(aws, shares, until);
  const { builds, unreadable, errors: buildErrors } = await readBuilds(aws, image, listed, settled);
  const { errors, ...observed } = await readLaunchPermissions(aws, builds, settled, aws.now());
  return { ...observed, unreadable, errors: [...shareErrors, ...buildErrors, ...errors] };
}
