import * as z from "zod";
import { ACTION_MODULES } from "../../aws/action-modules";
import { strict } from "../../schema/primitives";
import { Condition } from "./comparison";

/**
 * The parts of a component document, without the inputs of its steps.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
 */

export const PHASES = ["build", "validate", "test", "container-host-test"] as const;

const text = z.string({ error: "must be a text" });

/** What a name that expressions refer to may be: longer than 2 and shorter than 129 letters, digits, - and _. */
const VARIABLE = /^[\w-]{3,128}$/;
const TYPE = z.literal("string", { error: "must be string, the only type there is" });

function variables<T extends z.ZodType>(value: T) {
  return z
    .array(
      z
        .record(
          z.string().regex(VARIABLE, "must be a name of 3 to 128 letters, digits, - and _"),
          value,
          {
            error: "must be a name with what it is",
          },
        )
        .refine((entry) => Object.keys(entry).length === 1, "must hold one name"),
      { error: "must be a list of names, each with what it is" },
    )
    .optional();
}

const SECONDS = "must be a whole number of seconds from 1, or -1 for no limit";
const LIMITED = z
  .int({ error: SECONDS })
  .refine((seconds) => seconds >= 1 || seconds === -1, SECONDS);
const SCALAR = z.union([z.string(), z.number(), z.boolean()], {
  error: "must be a text or a number",
});

const Loop = strict({
  name: text.optional(),
  for: strict({
    start: z.int({ error: "must be a whole number" }),
    end: z.int({ error: "must be a whole number" }),
    updateBy: z
      .int({ error: "must be a whole number, not 0" })
      .refine((by) => by !== 0, "must be a whole number, not 0"),
  }).optional(),
  forEach: z
    .union([
      z.array(SCALAR).min(1),
      strict({
        list: text,
        delimiter: z
          .string()
          .regex(/^[.,;:\n\t \-_]$/, "must be one of . , ; : - _, a space, a tab or a new line"),
      }),
    ])
    .optional(),
}).refine(
  (loop) => (loop.for === undefined) !== (loop.forEach === undefined),
  "must hold exactly one of for, forEach",
);

const Step = strict({
  name: text.min(1, "must not be empty"),
  description: text.optional(),
  action: z
    .string({ error: "must be an action" })
    .refine((name) => Object.hasOwn(ACTION_MODULES, name), {
      error: `must be one of ${Object.keys(ACTION_MODULES).join(", ")}`,
    }),
  timeoutSeconds: LIMITED.optional(),
  onFailure: z
    .enum(["Abort", "Continue", "Ignore"], { error: "must be Abort, Continue or Ignore" })
    .optional(),
  maxAttempts: z
    .int({ error: "must be a whole number from 1" })
    .min(1, "must be a whole number from 1")
    .optional(),
  loop: Loop.optional(),
  if: Condition.optional(),
  disableLogging: z.boolean({ error: "must be true or false" }).optional(),
  inputs: z.unknown().optional(),
}).superRefine(({ action, timeoutSeconds, maxAttempts }, context) => {
  const refuse = (key: string, input: unknown) =>
    context.addIssue({
      code: "custom",
      path: [key],
      message: `isn't supported by ${action}`,
      input,
    });
  if (
    timeoutSeconds !== undefined &&
    (action === "Reboot" || (action === "ExecuteDocument" && timeoutSeconds !== -1))
  )
    refuse("timeoutSeconds", timeoutSeconds);
  if (action === "ExecuteDocument" && maxAttempts !== undefined && maxAttempts !== 1)
    refuse("maxAttempts", maxAttempts);
});

const Phase = strict({
  name: z.enum(PHASES, { error: `must be ${PHASES.join(", ")}` }),
  steps: z.array(Step, { error: "must be a list of steps" }).min(1, "must hold a step"),
});

export const Document = strict({
  name: text.optional(),
  description: text
    .min(1, "must not be empty")
    .max(1_024, "must have at most 1,024 characters")
    .optional(),
  schemaVersion: z.literal([1, "1.0", "1"], { error: "must be 1.0" }),
  parameters: variables(
    strict({
      type: TYPE,
      default: text.optional(),
      description: text.optional(),
      allowedValues: z.array(text).optional(),
    }),
  ),
  constants: variables(strict({ type: TYPE, value: text, description: text.optional() })),
  phases: z.array(Phase, { error: "must be a list of phases" }).min(1, "must hold a phase"),
});
