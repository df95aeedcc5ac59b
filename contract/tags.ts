/** Keys of the tags that Terraform, the functions and operators set. */

/** Prefix of the factory's own tag keys. factory.yaml can't set tags with this prefix. */
export const TAG_PREFIX = "golden-image:";

/** The image that a resource share, an AMI or a build instance belongs to. */
export const IMAGE_TAG = `${TAG_PREFIX}image`;

/** Set on a build version to revoke it. The value is the reason. */
export const REVOKED_TAG = `${TAG_PREFIX}revoked`;

/** Set on a build version to approve it for a channel. The value is the reason. */
export function approvalTag(channel: string): string {
  return `${TAG_PREFIX}approved-${channel}`;
}
