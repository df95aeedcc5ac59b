/** The comparisons that conditions of documents consist of. */
export interface ConditionOperators {
  /**
   * By operator: the key that contains the other operand, or `undefined` if the operator has only
   * one.
   */
  readonly comparisons: Readonly<Record<string, "value" | "path" | undefined>>;
  /** Number of conditions that `and` and `or` can join. @default - no limit is documented */
  readonly maxJoined?: number;
  /** Number of levels that `and`, `or` and `not` can nest. @default - no limit is documented */
  readonly maxLevels?: number;
}

/**
 * Operators of component documents, for `if` and for the action module Assert. As of 2026-11-20:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-comparison-operators.html
 */
export const COMPONENT_OPERATORS: ConditionOperators = {
  comparisons: {
    stringIsEmpty: undefined,
    stringIsWhitespace: undefined,
    binaryExists: undefined,
    fileExists: undefined,
    folderExists: undefined,
    stringEquals: "value",
    stringLessThan: "value",
    stringLessThanEquals: "value",
    stringGreaterThan: "value",
    stringGreaterThanEquals: "value",
    patternMatches: "value",
    numberEquals: "value",
    numberLessThan: "value",
    numberLessThanEquals: "value",
    numberGreaterThan: "value",
    numberGreaterThanEquals: "value",
    fileMD5Equals: "path",
    fileSHA1Equals: "path",
    fileSHA256Equals: "path",
    fileSHA512Equals: "path",
  },
};

/**
 * Operators of workflow documents. As of 2026-11-27:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-conditional.html
 */
export const WORKFLOW_OPERATORS: ConditionOperators = {
  comparisons: {
    stringEquals: "value",
    booleanEquals: "value",
    numberEquals: "value",
    numberGreaterThan: "value",
    numberGreaterThanEquals: "value",
    numberLessThan: "value",
    numberLessThanEquals: "value",
  },
  maxJoined: 10,
  maxLevels: 4,
};
