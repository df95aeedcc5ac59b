import type { ManifestChannel } from "./manifest";
import { IMAGE_TAG, TAG_PREFIX } from "./tags";

/** Content of the tags of a resource share. */
export interface ShareTags extends Pick<ManifestChannel, "keep" | "bakeHours" | "approval"> {
  readonly image: string;
  readonly channel: string;
}

const CHANNEL_TAG = `${TAG_PREFIX}channel`;
const KEEP_TAG = `${TAG_PREFIX}keep`;
const BAKE_HOURS_TAG = `${TAG_PREFIX}bake-hours`;
const APPROVAL_TAG = `${TAG_PREFIX}approval`;

/**
 * Renders the tags of a resource share. They are for people and diagrams: the updater follows the
 * manifest, and ignores the tags.
 */
export function renderShareTags({
  image,
  channel,
  keep,
  bakeHours,
  approval,
}: ShareTags): Record<string, string> {
  return {
    [IMAGE_TAG]: image,
    [CHANNEL_TAG]: channel,
    [KEEP_TAG]: String(keep),
    [BAKE_HOURS_TAG]: String(bakeHours),
    [APPROVAL_TAG]: approval,
  };
}

/** Parses tags that {@link renderShareTags} rendered; returns `undefined` for those of others. */
export function parseShareTags(tags: Readonly<Record<string, string>>): ShareTags | undefined {
  const { [IMAGE_TAG]: image, [CHANNEL_TAG]: channel } = tags;
  if (image === undefined || channel === undefined) return undefined;
  return {
    image,
    channel,
    keep: Number(tags[KEEP_TAG]),
    bakeHours: Number(tags[BAKE_HOURS_TAG]),
    approval: tags[APPROVAL_TAG] === "required" ? "required" : "automatic",
  };
}
