import * as z from "zod";
import { WORKFLOW_OPERATORS } from "../../aws/condition-operators";
import { anyString, boolean, chosenBy, nonEmptyString, oneOf } from "../../aws/input-schemas";
import { STEP_ACTION_NAMES, stepActionOf } from "../../aws/workflow-steps";
import { isMap } from "../../raw-map";
import { strict } from "../../schema-blocks";
import { conditionSchema } from "../condition";
import {
  actionName,
  description,
  listOf,
  name,
  positiveInteger,
  schemaVersion,
} from "../document-schema";
import { asText } from "../raw-document";
import { nameAsKey } from "./steps";

export interface WorkflowParameter {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "stringList";
  readonly default?: unknown;
  readonly description?: string | undefined;
}

const DEFAULTS: Readonly<Record<WorkflowParameter["type"], z.ZodType>> = {
  string: z.string({ error: "must be of type string" }),
  integer: z.int({ error: "must be of type integer" }),
  boolean: z.boolean({ error: "must be of type boolean" }),
  stringList: z.array(anyString, { error: "must be of type stringList" }),
};

const parameterShape = {
  name: anyString.regex(/^[\w-]{1,128}$/, "must be a name of 1 to 128 letters, digits, - and _"),
  type: oneOf("string", "integer", "boolean", "stringList"),
  description,
};

function parameterWith(value: z.ZodType) {
  return strict({ ...parameterShape, default: value.optional() });
}

const PARAMETERS = new Map(
  Object.entries(DEFAULTS).map(([type, value]) => [type, parameterWith(value)]),
);
const parameterOfUnknownType = parameterWith(z.unknown());

const Parameter = chosenBy((value) => {
  const key = nameAsKey(value);
  if (key !== undefined)
    return z.never({ error: `must contain its name: write '- { name: ${key}, type: … }'` });
  const type = isMap(value) ? asText(value["type"]) : "";
  return PARAMETERS.get(type) ?? parameterOfUnknownType;
}) as z.ZodType<WorkflowParameter>;

const Step = strict({
  // https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_WorkflowStepMetadata.html
  name: anyString.regex(
    /^[A-Za-z][\w-]{1,99}$/,
    "must be a letter followed by 1 to 99 letters, digits, - and _",
  ),
  description,
  action: actionName(STEP_ACTION_NAMES),
  onFailure: oneOf("Abort", "Continue").optional(),
  rollbackEnabled: boolean.optional(),
  "rollbackEnabled.$": anyString.optional(),
  timeoutSeconds: positiveInteger("a whole number of seconds, at least 1").optional(),
  if: conditionSchema(WORKFLOW_OPERATORS).optional(),
  inputs: z.unknown().optional(),
}).superRefine(({ action, timeoutSeconds = 0 }, context) => {
  const maxSeconds = stepActionOf(action)?.maxSeconds;
  if (maxSeconds !== undefined && timeoutSeconds > maxSeconds)
    context.addIssue({
      code: "custom",
      path: ["timeoutSeconds"],
      message: `must be at most ${maxSeconds} seconds for ${action}`,
      input: timeoutSeconds,
    });
});

const Output = strict({ name: nonEmptyString, value: nonEmptyString });

/**
 * A workflow document, without the inputs of its steps.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-workflow-create-document.html
 */
export const WorkflowSchema = strict({
  name,
  description,
  schemaVersion,
  parameters: listOf("parameters", Parameter, 25).optional(),
  steps: listOf("steps", Step, 15).min(1, "must contain at least one step"),
  outputs: listOf("outputs", Output, 25).optional(),
});
export type ParsedWorkflow = z.output<typeof WorkflowSchema>;
