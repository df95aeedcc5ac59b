import { IMAGE_TAG, TAG_PREFIX } from "./tags";

/**
 * The rules by which a channel shares builds.
 *
 * Terraform writes them as tags on the resource share, so a new image doesn't change the updater.
 */
export interface SharePolicy {
  readonly image: string;
  readonly channel: string;
  /** Number of newest builds to share; at least 1. */
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

function parseCount(text: string | undefined, min: number): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  return Number(text) >= min ? Number(text) : undefined;
}

function parseApproval(text: string | undefined): boolean | undefined {
  if (text === "required") return true;
  return text === "automatic" ? false : undefined;
}

/**
 * Parses the tags of a resource share.
 *
 * Throws an `Error` unless the tags are as {@link renderSharePolicy} writes them: a wrong guess
 * would share builds that the channel doesn't allow.
 */
export function parseSharePolicy(tags: Tags): SharePolicy {
  const { [IMAGE_TAG]: image, [CHANNEL_TAG]: channel } = tags;
  const keep = parseCount(tags[KEEP_TAG], 1);
  const bakeHours = parseCount(tags[BAKE_HOURS_TAG], 0);
  const approvalRequired = parseApproval(tags[APPROVAL_TAG]);
  if (
    !image ||
    !channel ||
    keep === undefined ||
    bakeHours === undefined ||
    approvalRequired === undefined
  )
    throw new Error(
      `the tags of the share of image '${image ?? ""}' aren't a valid policy; apply its Terraform stack to restore them, got: ${JSON.stringify(tags)}`,
    );
  return { image, channel, keep, bakeHours, approvalRequired };
}
