import { MANIFEST_PREFIX, type Manifest, type Principal } from "../../contract/manifest";
import { REBUILDER_MANIFEST_PREFIX } from "../../contract/rebuilder-manifest";
import { RECORDER_MANIFEST_PREFIX } from "../../contract/recorder";
import type { ResourceChange } from "./plan";

type Change = ResourceChange["change"];

/** Returns whether a resource is the object that contains the updater's manifest. */
export function isManifest(change: ResourceChange): boolean {
  return hasKeyPrefix(change, MANIFEST_PREFIX);
}

/** Returns whether a resource is the object that contains a rebuilder's or recorder's manifest. */
export function isOtherManifest(change: ResourceChange): boolean {
  return [REBUILDER_MANIFEST_PREFIX, RECORDER_MANIFEST_PREFIX].some((prefix) =>
    hasKeyPrefix(change, prefix),
  );
}

function hasKeyPrefix({ type, change: { before, after } }: ResourceChange, prefix: string) {
  const key = (before ?? after)?.["key"];
  return type === "aws_s3_object" && typeof key === "string" && key.startsWith(prefix);
}

function parse(object: Change["before"]): Manifest | undefined {
  const content = object?.["content"];
  return typeof content === "string" ? JSON.parse(content) : undefined;
}

/** Returns the principals of all channels of an image, or of all images. */
function principalsOf(
  { audiences, images }: Manifest,
  names = Object.keys(images),
): Set<Principal> {
  const channels = names.flatMap((name) => Object.values(images[name]?.channels ?? {}));
  return new Set(channels.flatMap(({ audience }) => audiences[audience] ?? []));
}

function lostBy(before: Set<Principal>, after: Set<Principal>): Principal[] {
  return [...before].filter((principal) => !after.has(principal)).sort();
}

/**
 * Describes which principals lose the launch permission of an image, and which lose the image key.
 * Returns nothing for what Terraform knows only after apply.
 */
export function describeManifestChange({ before, after }: Change): string[] {
  const [old, now] = [parse(before), parse(after)];
  if (!old || !now) return [];
  const days = now.launchPermissionGraceDays;
  const later = days === 0 ? "in the next full run" : `${days} days after the next full run`;
  const launch = Object.keys(old.images).flatMap((image) =>
    lostBy(principalsOf(old, [image]), principalsOf(now, [image])).map(
      (principal) =>
        `${principal} loses the launch permission of the AMIs of ${image}: of shared builds at once, unless it is in an OU or organization that has a channel of it, and of others ${later}`,
    ),
  );
  const key = lostBy(principalsOf(old), principalsOf(now)).map(
    (principal) =>
      `${principal} loses the image key at once, unless it is in an OU or organization that still has a channel: it can't launch any golden image any more`,
  );
  return [...launch, ...key];
}
