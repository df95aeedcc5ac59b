import { imageTags } from "../../../config/names";
import { MINUTE_MS } from "../../../contract/time";
import { PROVE_TAG } from "../leftovers";
import type { ProofRun } from "./proof-run";

/** Time after which an instance ends itself, and everything that is left may be removed. */
export const LIFETIME_MINUTES = 30;

/** The factory's tags, and the time after which the next run may remove the resource. */
export function expiringTags({ factory, image, clock }: ProofRun): Record<string, string> {
  const until = new Date(clock.now() + LIFETIME_MINUTES * MINUTE_MS);
  return {
    ...factory.tags,
    ...imageTags(image.name),
    [PROVE_TAG]: `${until.toISOString().slice(0, 19)}Z`,
  };
}
