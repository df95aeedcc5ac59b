/** Whether images follow their parents, for the props that depend on it. */

import { partitionOf } from "../../config/aws/arns";
import type { Buildable } from "../../config/model";
import { REBUILDER_NAME } from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import { HINTS } from "../../modules/rebuilding/rebuilder";

/**
 * Returns whether the rebuilder checks an image. If people start all builds and there is no alarm,
 * it has nothing to do.
 */
export function isFollowing({ followParent, schedule }: Buildable): boolean {
  if (followParent === undefined) return false;
  return schedule !== undefined || followParent.alarmAfterDays !== undefined;
}

/** Returns the ARNs of the rules that send messages to the rebuilder's queue. */
export function hintRuleArns(at: AccountRegion): string[] {
  return HINTS.map(
    (hint) =>
      `arn:${partitionOf(at.region)}:events:${at.region}:${at.accountId}:rule/${REBUILDER_NAME}-${hint}`,
  );
}
