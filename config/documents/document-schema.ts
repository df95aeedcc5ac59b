/** Schemas that component documents and workflow documents have in common. */

import * as z from "zod";
import { anyString, nonEmptyString } from "../aws/input-schemas";
import { didYouMean, nearMatch } from "../near-match";

export const name = anyString.optional();

export const schemaVersion = z.literal([1, "1.0", "1"], { error: "must be 1.0" });

/**
 * The description of a document, which Image Builder shows.
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateComponent.html
 */
export const description = nonEmptyString.max(1_024, "must be at most 1,024 characters").optional();

export function actionName(names: readonly string[]) {
  return z.enum(names, {
    error: ({ input }) =>
      typeof input === "string" && nearMatch(input, names) !== undefined
        ? `must be an action${didYouMean(input, names)}`
        : `must be one of ${names.join(", ")}`,
  });
}

/** A whole number of at least 1. `what` completes `must be …`. */
export function positiveInteger(what: string) {
  return z.int({ error: `must be ${what}` }).min(1, `must be ${what}`);
}

/** A list of at most `max` entries, which are `nouns`. */
export function listOf<T extends z.ZodType>(
  nouns: string,
  entry: T,
  max = Number.MAX_SAFE_INTEGER,
) {
  return z
    .array(entry, { error: `must be a list of ${nouns}` })
    .max(max, `must be a list of at most ${max} ${nouns}`);
}
