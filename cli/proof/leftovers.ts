/**
 * How `factory prove` marks what it creates, so that `factory doctor` finds what it left behind.
 */
import { NAME_PREFIX } from "../../config/names";
import { TAG_PREFIX } from "../../contract/tags";

/**
 * Key of the tag of everything that `factory prove` creates. The value is the time after which it
 * may be removed.
 */
export const PROVE_TAG = `${TAG_PREFIX}prove-until`;

/** Prefix of the names of everything that `factory prove` creates and that has a name. */
export const PROVE_PREFIX = `${NAME_PREFIX}prove-`;

/** Whether the time in a {@link PROVE_TAG} is over. A tag without a time counts. */
export function isExpired(until: string | undefined, now: number): boolean {
  return !(Date.parse(until ?? "") > now);
}
