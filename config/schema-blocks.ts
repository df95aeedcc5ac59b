/** Building blocks of schemas. Their messages start with "must" and say what to write. */

import { distance } from "fastest-levenshtein";
import * as z from "zod";

/**
 * A string that matches `pattern`. Any other value is reported as `must be …`, with the one of
 * `known` that was probably meant.
 */
export function matching(description: string, pattern: RegExp, known: readonly string[] = []) {
  const error = `must be ${description}`;
  return z.string({ error }).regex(pattern, {
    error: ({ input }) => `${error}${didYouMean(String(input), known)}`,
  });
}

/** A whole number of `unit` from `min` to `max`. */
export function integer(unit: string, min: number, max: number) {
  const error = `must be a whole number of ${unit} from ${min} to ${max}`;
  return z.int({ error }).min(min, error).max(max, error);
}

export function boolean() {
  return z.boolean({ error: "must be true or false" });
}

/** One of `values`. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  const [last, ...others] = [...values].reverse();
  const list = others.length === 0 ? last : `${others.reverse().join(", ")} or ${last}`;
  return z.enum(values, { error: `must be ${list}` });
}

/** A list of `min` (1 by default) to `max` different items. */
export function uniqueList<T extends z.ZodType>(item: T, max?: number, min = 1) {
  const error =
    max === undefined
      ? "must be a list of at least one item"
      : `must be a list of ${min} to ${max} items`;
  return z
    .array(item, { error })
    .min(min, error)
    .max(max ?? Number.MAX_SAFE_INTEGER, error)
    .superRefine((items, context) => {
      const rendered = items.map((entry) => JSON.stringify(entry));
      for (const [index, input] of items.entries()) {
        if (rendered.indexOf(JSON.stringify(input)) < index)
          context.addIssue({
            code: "custom",
            path: [index],
            message: "is already in the list",
            input,
          });
      }
    });
}

/**
 * Returns the one of `known` that `text` probably means, if a typing mistake explains the
 * difference.
 */
export function nearMatch(text: string, known: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  const max = Math.max(1, Math.min(2, Math.floor(text.length / 3)));
  const matches = known
    .map((candidate) => ({ candidate, edits: editsBetween(lower, candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= max)
    .sort((one, other) => one.edits - other.edits);
  return matches[0]?.candidate;
}

/** Two letters in the wrong order are one mistake. */
function editsBetween(text: string, candidate: string): number {
  const isTransposed =
    text.length === candidate.length &&
    [...text].some(
      (letter, at) =>
        `${text.slice(0, at)}${text[at + 1]}${letter}${text.slice(at + 2)}` === candidate,
    );
  return isTransposed ? 1 : distance(text, candidate);
}

/** Completes a message with the near match of `text`, if there is one. */
export function didYouMean(text: string, known: readonly string[]): string {
  const match = nearMatch(text, known);
  return match === undefined ? "" : `, did you mean '${match}'?`;
}

/** Completes a message with the near match of `text`, or else with all that is known. */
export function expectedOneOf(text: string, known: readonly string[], none = "none"): string {
  return didYouMean(text, known) || `: ${known.join(", ") || none}`;
}

/** Names the keys of an object. `variant` is the key and value that select this kind of object. */
function describeKnownKeys(known: readonly string[], variant: string | undefined): string {
  const place = variant === undefined ? "here" : `with ${variant}`;
  if (known.length > 1) return `the keys ${place} are ${known.join(", ")}`;
  return variant === undefined
    ? `the only key here is ${known[0]}`
    : `${variant} has no other keys`;
}

function describeUnknownKeys(
  keys: readonly string[],
  known: readonly string[],
  variant: string | undefined,
): string {
  const [key = ""] = keys;
  const match = keys.length === 1 ? nearMatch(key, known) : undefined;
  const names = keys.map((name) => `'${name}'`).join(", ");
  return match === undefined
    ? `unknown key ${names}: ${describeKnownKeys(known, variant)}`
    : `unknown key ${names}, did you mean '${match}'?`;
}

function requiredKeys(shape: z.ZodRawShape): string[] {
  return Object.entries(shape).flatMap(([key, schema]) =>
    (schema as z.ZodType).safeParse(undefined).success ? [] : [key],
  );
}

/**
 * An object that rejects unknown keys. `variant` is the key and value that select this kind of
 * object, such as `backend: s3`. Messages name it. @default - there is only one kind
 */
export function strict<T extends z.ZodRawShape>(shape: T, variant?: string) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: ({ code, keys }) => {
      if (code === "unrecognized_keys")
        return describeUnknownKeys(keys as string[], known, variant);
      const required = requiredKeys(shape);
      if (required.length > 0) return `must contain ${required.join(", ")}`;
      return `must be a map, which can contain ${known.join(", ")}`;
    },
  });
}

/** Entries by name. `entries` is the plural of what they are. */
export function mapOf<K extends z.ZodType<string, string>, T extends z.ZodType>(
  entries: string,
  key: K,
  value: T,
) {
  return z.record(key, value, { error: `must be a map of ${entries} by name` });
}

/** At least one entry by name. */
export function nonEmptyMapOf<K extends z.ZodType<string, string>, T extends z.ZodType>(
  entries: string,
  key: K,
  value: T,
) {
  return mapOf(entries, key, value).refine(
    (map) => Object.keys(map).length > 0,
    `must be a map of ${entries} by name, with at least one entry`,
  );
}

/** Rejects an object unless it contains exactly one of `kinds`. */
export function exactlyOne<K extends string>(...kinds: K[]) {
  return (value: { [key in K]?: unknown }, context: z.RefinementCtx): void => {
    const given = kinds.filter((kind) => value[kind] !== undefined);
    if (given.length === 1) return;
    const message = `must contain exactly one of ${kinds.join(", ")}`;
    context.addIssue({ code: "custom", message, input: value });
  };
}

/** Rejects `key` unless one of `parents` is given. */
export function onlyWith<K extends string, P extends string>(key: K, ...parents: P[]) {
  return (value: { [name in K | P]?: unknown }, context: z.RefinementCtx): void => {
    if (value[key] === undefined || parents.some((parent) => value[parent] !== undefined)) return;
    const message = `is only for ${parents.join(" and ")}`;
    context.addIssue({ code: "custom", path: [key], message, input: value[key] });
  };
}
