/** Checks that component documents and workflow documents have in common. */

import type { z } from "zod";
import { nearMatch } from "../near-match";
import type { Path, Problem } from "../problems";
import type { RawEntry } from "./raw-document";
import { parseScalarsAsText, type SourceOf } from "./scalars";

/**
 * Reports what a schema finds in the inputs of the step at `path`. Inputs that are all optional can
 * be left out.
 */
export function inputProblems(
  schema: z.ZodType,
  inputs: unknown,
  path: Path,
  sourceOf: SourceOf,
): readonly Problem[] {
  if (inputs === undefined && schema.safeParse({}).success) return [];
  return parseScalarsAsText(schema, inputs, [...path, "inputs"], sourceOf).problems;
}

/**
 * Reports the names of entries that an earlier entry has already. `within` completes `must be
 * unique …`.
 */
export function repeatedEntries(entries: readonly RawEntry[], within: string): Problem[] {
  return repeatedNames(
    entries.map(({ name, path }) => ({ name, path: [...path, "name"] })),
    within,
  );
}

/** Reports names that occurred before. `within` completes `must be unique …`. */
export function repeatedNames(
  names: readonly { readonly name: string; readonly path: Path }[],
  within: string,
): Problem[] {
  const isRepeated = (name: string, index: number) =>
    name !== "" && names.findIndex((other) => other.name === name) < index;
  return names
    .filter(({ name }, index) => isRepeated(name, index))
    .map(({ name, path }) => ({ path, message: `must be unique ${within}`, got: name }));
}

const UNUSED_PARAMETER = "unused-parameter";

/** Adds the declared names that mistyped ones probably mean, which have a problem already. */
export function withMeantNames(used: readonly string[], declared: readonly string[]): string[] {
  const mistyped = used.filter((name) => !declared.includes(name));
  return [...used, ...mistyped.flatMap((name) => nearMatch(name, declared) ?? [])];
}

/** Warns of declared parameters and constants that nothing refers to. */
export function unusedParameters(
  declared: readonly { readonly name: string; readonly path: Path }[],
  used: readonly string[],
): Problem[] {
  return declared
    .filter(({ name }) => !used.includes(name))
    .map(({ path }) => ({
      path,
      message: "is declared but not used",
      rule: UNUSED_PARAMETER,
      severity: "warning",
    }));
}

/**
 * Adds the expressions without quotes to `problems`, and leaves out what results from them:
 * problems within them, and parameters that only they use.
 */
export function withUnquotedExpressions(raw: unknown, problems: readonly Problem[]): Problem[] {
  const unquoted = unquotedExpressions(raw, []);
  if (unquoted.length === 0) return [...problems];
  const results = problems.filter(
    ({ path, rule }) =>
      rule === UNUSED_PARAMETER || unquoted.some((expression) => contains(expression.path, path)),
  );
  return [...unquoted, ...problems.filter((problem) => !results.includes(problem))];
}

function contains(outer: Path, inner: Path): boolean {
  return outer.every((key, index) => inner[index] === key);
}

/** YAML reads `{{ x }}` without quotes as a map whose key is a map. */
function unquotedExpressions(value: unknown, path: Path): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  const isList = Array.isArray(value);
  if (!isList && Object.keys(value).some((key) => /^\{.*\}$/s.test(key)))
    return [
      {
        path,
        message: "is an expression without quotes, which YAML reads as a map: write '{{ … }}'",
      },
    ];
  return Object.entries(value).flatMap(([key, item]) =>
    unquotedExpressions(item, [...path, isList ? Number(key) : key]),
  );
}
