import * as z from "zod";
import type { ConditionOperators } from "../aws/condition-operators";
import { boolean, chosenBy } from "../aws/input-schemas";
import { didYouMean, nearMatch } from "../near-match";
import { isMap } from "../raw-map";
import { strict } from "../schema-blocks";

/**
 * Returns the schema of a condition: one comparison, or several that `and`, `or` and `not` join.
 * Only the outermost condition can have the keys of `additional`. If it is a `not`, they can also
 * be within the `not`: AWS's syntax shows them below the operator, its examples next to it.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-conditional-constructs.html
 */
export function conditionSchema(
  operators: ConditionOperators,
  additional: z.ZodRawShape = {},
): z.ZodType {
  return conditionAtLevel(1, operators, additional);
}

function conditionAtLevel(
  level: number,
  operators: ConditionOperators,
  additional: z.ZodRawShape,
): z.ZodType {
  const { comparisons, maxJoined, maxLevels = Number.POSITIVE_INFINITY } = operators;
  const withinNot = level === 1 ? additional : {};
  if (level > maxLevels) return z.never({ error: `must be at most ${maxLevels} levels deep` });
  const nested = z.lazy(() => conditionAtLevel(level + 1, operators, {}));
  const negated = z.lazy(() => conditionAtLevel(level + 1, operators, withinNot));
  const shapes: Readonly<Record<string, z.ZodRawShape>> = {
    ...comparisonShapes(comparisons),
    and: { and: joinedConditions(nested, maxJoined) },
    or: { or: joinedConditions(nested, maxJoined) },
    not: { not: negated },
  };
  const schemas = Object.fromEntries(
    Object.entries(shapes).map(([operator, shape]) => [
      operator,
      // Once, when it is used first.
      z.lazy(() => strict({ ...shape, ...additional })),
    ]),
  );
  const none = z.never({ error: ({ input }) => noOperatorMessage(input, Object.keys(shapes)) });
  return chosenBy((value) => {
    const keys = isMap(value) ? Object.keys(value) : [];
    const [operator = "", ...others] = keys.filter((key) => Object.hasOwn(shapes, key));
    return (others.length === 0 && schemas[operator]) || none;
  });
}

function noOperatorMessage(condition: unknown, operators: readonly string[]): string {
  const mistyped = Object.keys(isMap(condition) ? condition : {}).find(
    (key) => !operators.includes(key) && nearMatch(key, operators) !== undefined,
  );
  return mistyped === undefined
    ? `must contain exactly one of ${operators.join(", ")}`
    : `unknown operator '${mistyped}'${didYouMean(mistyped, operators)}`;
}

const OPERAND = "must be a string, a number, true or false";
const text = z.string({ error: OPERAND });
const numberOrBoolean = z.union([z.string(), z.number(), boolean], { error: OPERAND });

function comparisonShapes(comparisons: ConditionOperators["comparisons"]) {
  return Object.fromEntries(
    Object.entries(comparisons).map(([operator, otherKey]) => {
      const operand = /^(number|boolean)/.test(operator) ? numberOrBoolean : text;
      const keys = otherKey === undefined ? [operator] : [operator, otherKey];
      return [operator, Object.fromEntries(keys.map((key) => [key, operand]))];
    }),
  );
}

function joinedConditions(condition: z.ZodType, max: number | undefined) {
  const count = max === undefined ? "at least one condition" : `1 to ${max} conditions`;
  const error = `must be a list of ${count}`;
  return z
    .array(condition, { error })
    .min(1, error)
    .max(max ?? Number.MAX_SAFE_INTEGER, error);
}
