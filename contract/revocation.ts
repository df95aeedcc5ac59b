import { REVOKE_AT_TAG, REVOKED_BY_TAG, REVOKED_ONLY_TAG, REVOKED_TAG } from "./tags";

type Tags = Readonly<Record<string, string>>;

/**
 * Returns when the tag of a scheduled revocation takes effect, in milliseconds since 1970. A tag
 * without a time takes effect at once: a bad build must not stay shared because of a typo.
 */
function scheduledAt(value: string): number {
  const time = Date.parse(value.replace(/ .*/s, ""));
  return Number.isNaN(time) ? 0 : time;
}

/** Returns whether the time of a scheduled revocation has come. */
export function isScheduledRevocationDue(tags: Tags, now: number): boolean {
  const value = tags[REVOKE_AT_TAG];
  return value !== undefined && scheduledAt(value) <= now;
}

/**
 * Returns why a build is revoked, for operators; `undefined` if it isn't.
 *
 * @param now - in milliseconds since 1970
 */
export function revocationOf(tags: Tags, now: number): string | undefined {
  const reason = tags[REVOKED_TAG] ?? tags[REVOKED_ONLY_TAG];
  if (reason !== undefined) return reason;
  if (isScheduledRevocationDue(tags, now)) return `scheduled for ${tags[REVOKE_AT_TAG]}`;
  const ancestor = tags[REVOKED_BY_TAG];
  return ancestor === undefined ? undefined : `is based on ${ancestor}, which was revoked`;
}

/** Returns whether the builds that are based on a build with these tags are revoked with it. */
export function isRevocationInherited(tags: Tags, now: number): boolean {
  return (
    tags[REVOKED_TAG] !== undefined ||
    tags[REVOKED_BY_TAG] !== undefined ||
    isScheduledRevocationDue(tags, now)
  );
}
