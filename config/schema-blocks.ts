/** Building blocks of schemas. Their messages start with "must" and say what to write. */

import * as z from "zod";
import { didYouMean } from "./near-match";

// A command reads each kind of entry a few times. Zod would compile a parser for each, which takes
// longer than to read them without.
z.config({ jitless: true });

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
  const withHint = ({ input }: { readonly input?: unknown }): string =>
    typeof input === "string" && item.safeParse(input).success
      ? `${error}: write [${input}]`
      : error;
  return z
    .array(item, { error: withHint })
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

/** Names the keys of an object. `variant` is the key and value that select this kind of object. */
function describeKnownKeys(known: readonly string[], variant: string | undefined): string {
  const place = variant === undefined ? "here" : `with ${variant}`;
  if (known.length > 1) return `the keys ${place} are ${known.join(", ")}`;
  return variant === undefined
    ? `the only key here is ${known[0]}`
    : `there are no other keys with ${variant}`;
}

/** Returns a line for each unknown key. */
function describeUnknownKeys(
  keys: readonly string[],
  known: readonly string[],
  variant: string | undefined,
): string {
  return keys
    .map((key) => {
      const hint = didYouMean(key, known) || `: ${describeKnownKeys(known, variant)}`;
      return `unknown key '${key}'${hint}`;
    })
    .join("\n");
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
    error: ({ code, keys, input }) => {
      if (code === "unrecognized_keys")
        return describeUnknownKeys(keys as string[], known, variant);
      const required = requiredKeys(shape);
      if (required.length > 0) return `must contain ${required.join(", ")}`;
      const hint = input === null ? ". Write {} to set none of them" : "";
      return `must be a map, which can contain ${known.join(", ")}${hint}`;
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
