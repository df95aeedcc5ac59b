import * as z from "zod";
import { isMap } from "../raw";

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-conditional.html */
const OPERATORS = [
  "stringEquals",
  "booleanEquals",
  "numberEquals",
  "numberGreaterThan",
  "numberGreaterThanEquals",
  "numberLessThan",
  "numberLessThanEquals",
];
const LOGICAL = ["and", "or", "not"];
const MOST_CHILDREN = 10;
const MOST_LEVELS = 4;

type Issue = { readonly path: PropertyKey[]; readonly message: string; readonly input?: unknown };

function isScalar(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

type Map = Readonly<Record<string, unknown>>;

function unknownKeys(value: Map, known: readonly string[], path: PropertyKey[]): Issue[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: [...path, key],
      message: `isn't known here, known are ${known.join(", ")}`,
      input: value[key],
    }));
}

function comparison(value: Map, operator: string, path: PropertyKey[]): Issue[] {
  return [
    ...unknownKeys(value, [operator, "value"], path),
    ...[operator, "value"].flatMap((key) =>
      isScalar(value[key])
        ? []
        : [
            {
              path: [...path, key],
              message: "must be a text, a number, true or false",
              input: value[key],
            },
          ],
    ),
  ];
}

function issues(value: unknown, path: PropertyKey[], level: number): Issue[] {
  if (level > MOST_LEVELS)
    return [{ path, message: `is more than ${MOST_LEVELS} levels deep`, input: value }];
  const known = [...OPERATORS, ...LOGICAL];
  const [operator, ...more] = isMap(value)
    ? Object.keys(value).filter((key) => known.includes(key))
    : [];
  if (!isMap(value) || operator === undefined || more.length > 0)
    return [{ path, message: `must hold exactly one of ${known.join(", ")}`, input: value }];
  if (!LOGICAL.includes(operator)) return comparison(value, operator, path);
  const [operand, at] = [value[operator], [...path, operator]];
  const strange = unknownKeys(value, [operator], path);
  if (operator === "not") return [...strange, ...issues(operand, at, level + 1)];
  if (!Array.isArray(operand) || operand.length === 0 || operand.length > MOST_CHILDREN)
    return [
      { path: at, message: `must be a list of 1 to ${MOST_CHILDREN} conditions`, input: operand },
    ];
  return [...strange, ...operand.flatMap((one, index) => issues(one, [...at, index], level + 1))];
}

/** When a step runs. */
export const Condition = z.unknown().superRefine((value, context) => {
  for (const { path, message, input } of issues(value, [], 1))
    context.addIssue({ code: "custom", path, message, input });
});
