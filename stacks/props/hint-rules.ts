/** Rules that send messages to the rebuilder's queue. */

import { partitionOf } from "../../config/aws/arns";
import { REBUILDER_NAME } from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import { HINTS } from "../../modules/rebuilding/rebuilder";

/** Returns the ARNs of the rules that send messages to the rebuilder's queue. */
export function hintRuleArns(at: AccountRegion): string[] {
  return HINTS.map(
    (hint) =>
      `arn:${partitionOf(at.region)}:events:${at.region}:${at.accountId}:rule/${REBUILDER_NAME}-${hint}`,
  );
}
