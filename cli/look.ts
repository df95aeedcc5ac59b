import type { Principal } from "../lambda/share-updater/ports";
import { type ImageView, type ShareView, view } from "../lambda/share-updater/view";
import { walk } from "../lambda/share-updater/walk";
import type { Context } from "./context";

/** An image as the updater sees it. */
export interface Look extends ImageView {
  /** What couldn't be looked at, in words: what is said of the rest may lack it. */
  readonly problems: readonly string[];
}

/** Why the updater leaves a share alone; `undefined` when it looks after it. */
export const leftAlone = ({ share, audience }: ShareView): string | undefined => {
  if (share.status !== "ACTIVE") return `is left alone: its share is ${share.status}`;
  return audience.length === 0 ? "is left alone: its share is for nobody" : undefined;
};

/** Looks at an image and its shares, and changes nothing. With `whole` at every build there is. */
export const look = async ({ aws }: Context, image: string, whole: boolean): Promise<Look> => {
  const { shares: all, unreadable } = await aws.ram.shares();
  const shares = all.filter((share) => share.image === image);
  const { builds, errors } = await walk(aws, image, { shares, hints: [], whole });
  const seen = await view(aws, image, shares, builds, aws.deadline);
  const unread = unreadable.filter((share) => share.image === image);
  const problems = [...unread.map(({ error }) => error), ...errors, ...seen.errors].map((error) => (error as Error).message);
  return { ...seen, problems };
};

/** Lines that tell of problems, to be put below what was found. */
export const problemLines = (problems: readonly string[]): string[] => problems.map((problem) => `problem: ${problem}`);

/** What is in a share. */
export const sharedIn = ({ associations }: ShareView): string[] =>
  associations.filter(({ status }) => status === "ASSOCIATED").map(({ arn }) => arn);

/** Who a share is for, without what every ARN of an organization has. */
export const shortPrincipals = (principals: readonly Principal[]): string =>
  principals.map((principal) => principal.split("/").at(-1)).join(", ") || "nobody";
