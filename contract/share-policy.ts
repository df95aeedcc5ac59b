import { IMAGE_TAG, TAG_PREFIX } from "./tags";

/** What a channel shares. Terraform writes it on the resource share as tags, so a new image doesn't change the function. */
export interface SharePolicy {
  readonly image: string;
  readonly channel: string;
  /** Number of newest builds to share. */
  readonly keep: number;
  /** Minimum age of a shared build, in hours. */
  readonly bakeHours: number;
  readonly approvalRequired: boolean;
}

const CHANNEL_TAG = `${TAG_PREFIX}channel`;
const KEEP_TAG = `${TAG_PREFIX}keep`;
const BAKE_HOURS_TAG = `${TAG_PREFIX}bake-hours`;
const APPROVAL_TAG = `${TAG_PREFIX}approval`;

type Tags = Readonly<Record<string, string | undefined>>;

/** Renders a policy as the tags of its resource share. */
export function renderSharePolicy(policy: SharePolicy): Record<string, string> {
  return {
    [IMAGE_TAG]: policy.image,
    [CHANNEL_TAG]: policy.channel,
    [KEEP_TAG]: String(policy.keep),
    [BAKE_HOURS_TAG]: String(policy.bakeHours),
    [APPROVAL_TAG]: policy.approvalRequired ? "required" : "automatic",
  };
}

function count(text: string | undefined, min: number): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  return Number(text) >= min ? Number(text) : undefined;
}

/**
 * Parses the tags of a resource share.
 *
 * Throws an `Error` if the tags aren't what {@link renderSharePolicy} writes: the updater never shares on a guess.
 */
export function parseSharePolicy(tags: Tags): SharePolicy {
  const { [IMAGE_TAG]: image, [CHANNEL_TAG]: channel, [APPROVAL_TAG]: approval } = tags;
  const keep = count(tags[KEEP_TAG], 1);
  const bakeHours = count(tags[BAKE_HOURS_TAG], 0);
  const isApproval = approval === "required" || approval === "automatic";
  if (!image || !channel || keep === undefined || bakeHours === undefined || !isApproval)
    throw new Error(
      `the tags of the share of '${image ?? ""}' aren't a policy: ${JSON.stringify(tags)}`,
    );
  return { image, channel, keep, bakeHours, approvalRequired: approval === "required" };
}
