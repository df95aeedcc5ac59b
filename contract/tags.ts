/** Prefix of the factory's tag keys. factory.yaml can't set tags with this prefix. */
export const TAG_PREFIX = "golden-image:";

/** Names the image that a resource share, an AMI or a build instance belongs to. */
export const IMAGE_TAG = `${TAG_PREFIX}image`;

/** Set on a build to revoke it and the builds that are based on it. The value is the reason. */
export const REVOKED_TAG = `${TAG_PREFIX}revoked`;

/** Set on a build to revoke only this build. The value is the reason. */
export const REVOKED_ONLY_TAG = `${TAG_PREFIX}revoked-only`;

/** Set on a build to revoke it later. The value is a time in UTC, and then a reason. */
export const REVOKE_AT_TAG = `${TAG_PREFIX}revoke-at`;

/** Set by the updater on a build that is based on a revoked build. The value is that one's ARN. */
export const REVOKED_BY_TAG = `${TAG_PREFIX}revoked-by`;

/** Set on a build when it is started: the ARN of its parent build. */
export const PARENT_TAG = `${TAG_PREFIX}parent`;

/**
 * Set on an AMI while accounts can launch it although no channel grants it any more. The value is
 * the date on which the updater found these accounts.
 */
export const ORPHANED_TAG = `${TAG_PREFIX}orphaned-since`;

/** Prefix of the tags that record in which channels a build was shared: see {@link sharedTag}. */
export const SHARED_TAG_PREFIX = `${TAG_PREFIX}shared-in-`;

/** Image Builder sets it on AMIs and their copies. The value is the ARN of the build. */
export const BUILD_TAG = "Ec2ImageBuilderArn";

/**
 * Returns the key of the tag that the updater sets on a build when it shares the build in a channel
 * with limits for findings. Its value is the time.
 */
export function sharedTag(channel: string): string {
  return `${SHARED_TAG_PREFIX}${channel}`;
}

/** Returns the key of the tag that approves a build for a channel. Its value is the reason. */
export function approvalTag(channel: string): string {
  return `${TAG_PREFIX}approved-${channel}`;
}
