import * as z from "zod";

/** https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-comparison-operators.html */
const ALONE = ["stringIsEmpty", "stringIsWhitespace", "binaryExists", "fileExists", "folderExists"];
const WITH_VALUE = [
  "stringEquals",
  "stringLessThan",
  "stringLessThanEquals",
  "stringGreaterThan",
  "stringGreaterThanEquals",
  "patternMatches",
  "numberEquals",
  "numberLessThan",
  "numberLessThanEquals",
  "numberGreaterThan",
  "numberGreaterThanEquals",
];
const WITH_PATH = ["fileMD5Equals", "fileSHA1Equals", "fileSHA256Equals", "fileSHA512Equals"];
const LOGICAL = ["and", "or", "not"];
const OPERATORS = [...ALONE, ...WITH_VALUE, ...WITH_PATH, ...LOGICAL];

type Issue = { readonly path: PropertyKey[]; readonly message: string; readonly input?: unknown };

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function partner(operator: string): string | undefined {
  if (WITH_VALUE.includes(operator)) return "value";
  return WITH_PATH.includes(operator) ? "path" : undefined;
}

function logical(operator: string, operand: unknown, path: PropertyKey[]): Issue[] {
  if (operator === "not") return issues(operand, path);
  if (!Array.isArray(operand) || operand.length === 0)
    return [{ path, message: "must be a list of comparisons", input: operand }];
  return operand.flatMap((one, index) => issues(one, [...path, index]));
}

function issues(value: unknown, path: PropertyKey[]): Issue[] {
  if (!isMap(value))
    return [{ path, message: "must be a comparison such as stringEquals", input: value }];
  const operators = Object.keys(value).filter((key) => OPERATORS.includes(key));
  const [operator] = operators;
  if (operator === undefined || operators.length > 1)
    return [{ path, message: `must hold exactly one of ${OPERATORS.join(", ")}`, input: value }];
  const at = [...path, operator];
  if (LOGICAL.includes(operator))
    return [...unknown(value, [operator], path), ...logical(operator, value[operator], at)];
  const other = partner(operator);
  return [
    ...unknown(value, other === undefined ? [operator] : [operator, other], path),
    ...(isScalar(value[operator])
      ? []
      : [{ path: at, message: "must be a text or a number", input: value[operator] }]),
    ...(other !== undefined && !isScalar(value[other])
      ? [{ path: [...path, other], message: `must be what ${operator} compares with` }]
      : []),
  ];
}

function unknown(
  value: Record<string, unknown>,
  known: readonly string[],
  path: PropertyKey[],
): Issue[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: [...path, key],
      message: `isn't known here, known are ${known.join(", ")}`,
    }));
}

/** One comparison, or several joined by `and`, `or` and `not`. */
export const Comparison = z.unknown().superRefine((value, context) => {
  for (const { path, message, input } of issues(value, []))
    context.addIssue({ code: "custom", path, message, input });
});

/** A step's condition: a comparison, and what to do then and else. */
export const Condition = z.unknown().superRefine((value, context) => {
  const branches = isMap(value) ? ["then", "else"].filter((branch) => branch in value) : [];
  for (const branch of branches) {
    const input = (value as Record<string, unknown>)[branch];
    if (!["Abort", "Execute", "Skip"].includes(String(input)))
      context.addIssue({
        code: "custom",
        path: [branch],
        message: "must be Abort, Execute or Skip",
        input,
      });
  }
  const comparison = isMap(value)
    ? Object.fromEntries(Object.entries(value).filter(([key]) => !branches.includes(key)))
    : value;
  for (const { path, message, input } of issues(comparison, []))
    context.addIssue({ code: "custom", path, message, input });
});
