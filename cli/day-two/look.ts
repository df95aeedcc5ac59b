import { listBuilds } from "../../lambda/share-updater/list-builds";
import {
  type ObservedImage,
  type ObservedShare,
  observe,
} from "../../lambda/share-updater/observe";
import type { Principal } from "../../lambda/share-updater/ports";
import type { Context } from "./context";

/** An image as the updater sees it. */
export interface Inspection extends ObservedImage {
  /** What couldn't be looked at, in words: what is said of the rest may lack it. */
  readonly problems: readonly string[];
}

/** Why the updater leaves a share alone; `undefined` when it looks after it. */
export function leftAlone({ share, audience }: ObservedShare): string | undefined {
  if (share.status !== "ACTIVE") return `is left alone: its share is ${share.status}`;
  return audience.length === 0 ? "is left alone: its share is for nobody" : undefined;
}

/** Looks at an image and its shares, and changes nothing. With `whole` at every build there is. */
export async function inspect(
  { aws }: Context,
  image: string,
  whole: boolean,
): Promise<Inspection> {
  const { shares: all, unreadable } = await aws.ram.shares();
  const shares = all.filter((share) => share.image === image);
  const { builds, errors } = await listBuilds(aws, image, { shares, hints: [], fullScan: whole });
  const seen = await observe(aws, image, shares, builds, aws.deadline);
  const unread = unreadable.filter((share) => share.image === image);
  const problems = [...unread.map(({ error }) => error), ...errors, ...seen.errors].map(
    (error) => (error as Error).message,
  );
  return { ...seen, problems };
}

/** Lines that tell of problems, to be put below what was found. */
export function problemLines(problems: readonly string[]): string[] {
  return problems.map((problem) => `problem: ${problem}`);
}

/** What is in a share. */
export function sharedIn({ associations }: ObservedShare): string[] {
  return associations.filter(({ status }) => status === "ASSOCIATED").map(({ arn }) => arn);
}

/** Who a share is for, without what every ARN of an organization has. */
export function shortPrincipals(principals: readonly Principal[]): string {
  return principals.map((principal) => principal.split("/").at(-1)).join(", ") || "nobody";
}
