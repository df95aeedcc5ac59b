import * as z from "zod";
import { STEP_ACTIONS, stepActionOf } from "../../aws/workflow-steps";
import { strict } from "../../schema/primitives";
import { Condition } from "./condition";

/**
 * The parts of a workflow document, without the inputs of its steps.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-workflow-create-document.html
 */

const text = z.string({ error: "must be a text" });
const description = text
  .min(1, "must not be empty")
  .max(1_024, "must have at most 1,024 characters")
  .optional();

function most<T extends z.ZodType>(what: string, item: T, count: number) {
  return z
    .array(item, { error: `must be a list of ${what}` })
    .max(count, `must be a list of at most ${count} ${what}`);
}

const Parameter = strict({
  name: text.regex(/^[\w-]{1,128}$/, "must be a name of 1 to 128 letters, digits, - and _"),
  type: z.enum(["string", "integer", "boolean", "stringList"], {
    error: "must be string, integer, boolean or stringList",
  }),
  default: z
    .union([text, z.number(), z.boolean(), z.array(text)], {
      error: "must be a text, a number, true or false, or a list of texts",
    })
    .optional(),
  description,
}).superRefine(({ type, default: value }, context) => {
  const kinds = {
    string: "string",
    integer: "number",
    boolean: "boolean",
    stringList: "object",
  } as const;
  const fits = typeof value === kinds[type] && (type !== "integer" || Number.isInteger(value));
  if (value !== undefined && !fits)
    context.addIssue({
      code: "custom",
      path: ["default"],
      message: `must be of type ${type}`,
      input: value,
    });
});

const seconds = "must be a whole number of seconds from 1";

const Step = strict({
  // https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_WorkflowStepMetadata.html
  name: text.regex(
    /^[A-Za-z][\w-]{1,99}$/,
    "must be a letter, then 1 to 99 letters, digits, - and _",
  ),
  description,
  action: z
    .string({ error: "must be an action" })
    .refine((name) => stepActionOf(name) !== undefined, {
      error: `must be one of ${STEP_ACTIONS.join(", ")}`,
    }),
  onFailure: z.enum(["Abort", "Continue"], { error: "must be Abort or Continue" }).optional(),
  rollbackEnabled: z.boolean({ error: "must be true or false" }).optional(),
  "rollbackEnabled.$": text.optional(),
  timeoutSeconds: z.int({ error: seconds }).min(1, seconds).optional(),
  if: Condition.optional(),
  inputs: z.unknown().optional(),
}).superRefine(({ action, timeoutSeconds = 0 }, context) => {
  const { maxSeconds: mostSeconds } = stepActionOf(action) ?? { maxSeconds: timeoutSeconds };
  if (timeoutSeconds > mostSeconds)
    context.addIssue({
      code: "custom",
      path: ["timeoutSeconds"],
      message: `must be at most ${mostSeconds} for ${action}`,
      input: timeoutSeconds,
    });
});

export const Document = strict({
  name: text.optional(),
  description,
  schemaVersion: z.literal([1, "1.0", "1"], { error: "must be 1.0" }),
  parameters: most("parameters", Parameter, 25).optional(),
  steps: most("steps", Step, 15).min(1, "must hold a step"),
  outputs: most("outputs", strict({ name: text.min(1), value: text.min(1) }), 25).optional(),
});
export type Document = z.output<typeof Document>;
