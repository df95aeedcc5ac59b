import { listBuilds } from "../../lambda/share-updater/list-builds";
import {
  type ObservedImage,
  type ObservedShare,
  observe,
} from "../../lambda/share-updater/observe";
import { EXIT } from "../report";
import type { Context } from "./context";

/** An image, its shares and its builds, as the updater sees them. */
export interface Inspection extends ObservedImage {
  /** Channels that have a share, even if the share couldn't be read. */
  readonly deployedChannels: ReadonlySet<string>;
  /** Errors while reading. The rest may be incomplete. */
  readonly problems: readonly string[];
}

/**
 * Reads an image and its shares, and changes nothing. With `fullScan`, reads all builds instead of
 * the newest.
 */
export async function inspect(
  { aws }: Context,
  image: string,
  { fullScan }: { readonly fullScan: boolean },
): Promise<Inspection> {
  const found = await aws.ram.shares();
  const shares = found.shares.filter((share) => share.image === image);
  const unreadable = found.unreadable.filter((share) => share.image === image);
  const { builds, errors } = await listBuilds(aws, image, { shares, hints: [], fullScan });
  const observed = await observe(aws, image, shares, builds, aws.deadline);
  const problems = [...unreadable.map(({ error }) => error), ...errors, ...observed.errors];
  return {
    ...observed,
    deployedChannels: new Set(shares.map(({ policy }) => policy.channel)),
    problems: problems.map((error) => (error as Error).message),
  };
}

/** Returns why the updater skips a share; `undefined` if it doesn't. */
export function skipReason({ share, audience }: ObservedShare): string | undefined {
  if (share.status !== "ACTIVE")
    return `the updater skips the channel, because its share is ${share.status}: deploy its stack again`;
  return audience.length === 0
    ? "the updater skips the channel, because its share has no principals: deploy its stack again"
    : undefined;
}

/** Returns whether the updater has something to change in a share. */
export function isDifferent({ associate, disassociate }: ObservedShare): boolean {
  return associate.length + disassociate.length > 0;
}

/** Returns the ARNs of the builds in a share. */
export function sharedBuilds({ associations }: ObservedShare): string[] {
  return associations.filter(({ status }) => status === "ASSOCIATED").map(({ arn }) => arn);
}

/** Renders errors while reading, one per line. */
export function problemLines(problems: readonly string[]): string[] {
  return problems.map((problem) => `problem: ${problem}`);
}

/**
 * Returns the exit code of a command that compares. An error while reading outweighs a difference.
 */
export function exitCodeOf(problems: readonly string[], differs: boolean): number {
  if (problems.length > 0) return EXIT.error;
  return differs ? EXIT.differs : EXIT.ok;
}
