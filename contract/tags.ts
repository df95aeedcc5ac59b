/** Prefix of the factory's tag keys. factory.yaml can't set tags with this prefix. */
export const TAG_PREFIX = "golden-image:";

/** Names the image that a resource share, an AMI or a build instance belongs to. */
export const IMAGE_TAG = `${TAG_PREFIX}image`;

/** Set on a build to revoke it. The value is the reason. */
export const REVOKED_TAG = `${TAG_PREFIX}revoked`;

/**
 * Set on an AMI while accounts can launch it although no channel grants it any more. The value is
 * the date on which the updater found these accounts.
 */
export const ORPHANED_TAG = `${TAG_PREFIX}orphaned-since`;

/** Returns the key of the tag that approves a build for a channel. Its value is the reason. */
export function approvalTag(channel: string): string {
  return `${TAG_PREFIX}approved-${channel}`;
}
