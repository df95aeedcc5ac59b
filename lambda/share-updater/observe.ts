import { isBuildOf } from "../../contract/build-arn";
import type { Ami, Build } from "./build";
import { type Association, associatedArns, type Decision, decide } from "./decide";
import type { Aws, Principal, Share } from "./ports";
import { settledAssociations, timeSlice } from "./wait-for-ram";

/** A share as it is, and what has to be done to it. */
export interface ObservedShare extends Decision {
  readonly share: Share;
  readonly audience: readonly Principal[];
  readonly associations: readonly Association[];
}

/** All that is known of an image before anything is written. */
export interface ObservedImage {
  /** Without the AMIs that are gone: what has none left counts as gone itself. */
  readonly builds: readonly Build[];
  readonly shares: readonly ObservedShare[];
  readonly launchers: ReadonlyMap<string, readonly Launchers[]>;
  /** What is in shares and couldn't be looked at: nothing is known of it, so it isn't gone either. */
  readonly unreadable: ReadonlySet<string>;
  /** Builds whose AMIs turned out to be gone. */
  readonly gone: ReadonlySet<string>;
  readonly errors: readonly unknown[];
}

/** Who may launch an AMI. */
export interface Launchers {
  readonly ami: Ami;
  readonly principals: readonly Principal[];
}

/** Who may launch a build's AMIs, of those that are still there. */
export async function launchersOf(
  { launchPermissions }: Aws,
  { amis }: Pick<Build, "amis">,
): Promise<Launchers[]> {
  const launchers: Launchers[] = [];
  for (const ami of amis) {
    const principals = await launchPermissions.get(ami.region, ami.id);
    if (principals) launchers.push({ ami, principals });
  }
  return launchers;
}

/**
 * Looks at shares, once nothing moves in them any more, and at those of their image's builds that matter: what should be in and what
 * is. A share or build that can't be looked at is an error beside the others.
 */
export async function observe(
  aws: Aws,
  image: string,
  shares: readonly Share[],
  walked: readonly Build[],
  until: number,
): Promise<ObservedImage> {
  const errors: unknown[] = [];
  const attempt = async <T>(look: Promise<T>): Promise<T | undefined> =>
    look.catch((error: unknown) => void errors.push(error));

  const seen: Omit<ObservedShare, keyof Decision>[] = [];
  for (const [index, share] of shares.entries()) {
    const ends = timeSlice(aws.now(), until, shares.length - index);
    const associations = await attempt(settledAssociations(aws, share.arn, ends));
    const audience = associations && (await attempt(aws.ram.principals(share.arn)));
    if (associations && audience) seen.push({ share, audience, associations });
  }

  const builds = new Map(walked.map((build) => [build.arn, build]));
  const unread = new Set<string>();
  const held = seen.flatMap(({ associations }) => associatedArns(associations));
  for (const arn of held) {
    // What is there by another's hand and isn't a build of its image is nobody's to look at: it counts as gone.
    if (builds.has(arn) || !isBuildOf(image, aws.home, arn)) continue;
    try {
      const build = await aws.images.build(arn);
      if (build) builds.set(arn, build);
    } catch (error) {
      errors.push(error);
      unread.add(arn);
    }
  }

  // An AMI that turns out to be gone changes what is desired, and so whose AMIs are to be looked at.
  const launchers = new Map<string, readonly Launchers[]>();
  const gone = new Set<string>();
  const now = aws.now();
  for (;;) {
    const views = seen.map((one) => ({
      ...one,
      ...decide([...builds.values()], one.associations, one.share.policy, now),
    }));
    const matters = new Set([...views.flatMap(({ desired }) => desired), ...held]);
    const open = [...builds.values()].filter(({ arn }) => matters.has(arn) && !launchers.has(arn));
    if (open.length === 0)
      return {
        builds: [...builds.values()],
        shares: views,
        launchers,
        unreadable: unread,
        gone,
        errors,
      };
    for (const build of open) {
      const found = await attempt(launchersOf(aws, build));
      launchers.set(build.arn, found ?? []);
      if (!found) continue;
      builds.set(build.arn, { ...build, amis: found.map(({ ami }) => ami) });
      if (found.length === 0 && build.amis.length > 0) gone.add(build.arn);
    }
  }
}
