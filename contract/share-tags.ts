import type { ManifestChannel } from "./manifest";
import { IMAGE_TAG, TAG_PREFIX } from "./tags";

/**
 * Renders the tags of a resource share. They are for people: the updater follows the manifest, and
 * ignores the tags.
 */
export function renderShareTags(
  image: string,
  channel: string,
  { keep, bakeHours, approval }: Pick<ManifestChannel, "keep" | "bakeHours" | "approval">,
): Record<string, string> {
  return {
    [IMAGE_TAG]: image,
    [`${TAG_PREFIX}channel`]: channel,
    [`${TAG_PREFIX}keep`]: String(keep),
    [`${TAG_PREFIX}bake-hours`]: String(bakeHours),
    [`${TAG_PREFIX}approval`]: approval,
  };
}
