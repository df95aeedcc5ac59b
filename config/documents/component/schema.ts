import * as z from "zod";
import { ACTION_MODULE_NAMES } from "../../aws/action-modules";
import { COMPONENT_OPERATORS } from "../../aws/condition-operators";
import { anyString, boolean, chosenBy, nonEmptyString, oneOf } from "../../aws/input-schemas";
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
import { isInOtherForm, meantPhase, nameInOtherForm, REQUIRED_PHASES } from "./steps";

/** A comparison as the action module Assert takes it. */
export const Comparison = conditionSchema(COMPONENT_OPERATORS);

const branch = oneOf("Abort", "Execute", "Skip").optional();
// biome-ignore lint/suspicious/noThenProperty: a key of the document
const Condition = conditionSchema(COMPONENT_OPERATORS, { then: branch, else: branch });

const type = z.literal("string", { error: "must be string, the only supported type" });

const Parameter = strict({
  type,
  default: anyString.optional(),
  description: anyString.optional(),
  allowedValues: z.array(anyString, { error: "must be a list of strings" }).optional(),
});

const Constant = strict({ type, value: anyString, description: anyString.optional() });

const VariableName = z
  .string()
  .regex(/^[\w-]{3,128}$/, "must be a name of 3 to 128 letters, digits, - and _");

/** A list of maps, each of one name to its definition. */
function variables(definition: z.ZodType) {
  const entry = z
    .record(VariableName, definition, { error: "must be a name with its definition" })
    .refine((map) => Object.keys(map).length === 1, "must contain exactly one name");
  const inOtherForm = (value: unknown) => z.never({ error: otherFormMessage(value) });
  return listOf(
    "names, each with its definition",
    chosenBy((value) => (isInOtherForm(value) ? inOtherForm(value) : entry)),
  ).optional();
}

/** Shows how to write a variable whose name and definition are in one map. */
function otherFormMessage(value: unknown): string {
  const keys = isMap(value) ? Object.keys(value) : [];
  const name = nameInOtherForm(value);
  const definition = keys.filter((key) => key !== "name" && key !== name).map((key) => `${key}: …`);
  return `must be a name with its definition: write '- ${name}: { ${definition.join(", ")} }'`;
}

const integer = z.int({ error: "must be a whole number" });

const For = strict({
  start: integer,
  end: integer,
  updateBy: z
    .int({ error: "must be a whole number other than 0" })
    .refine((step) => step !== 0, "must be a whole number other than 0"),
});

const ListOfItems = z
  .array(z.string({ error: "must be a string, a number, true or false" }))
  .min(1, "must contain at least one item");

const DELIMITER = "must be one of . , ; : - _, a space, a tab or a newline";
const DelimitedList = strict({
  list: anyString,
  /** @default - a comma */
  delimiter: z
    .string({ error: DELIMITER })
    .regex(/^[.,;:\n\t \-_]$/, DELIMITER)
    .optional(),
});

const Loop = strict({
  name,
  for: For.optional(),
  forEach: chosenBy((value) => (Array.isArray(value) ? ListOfItems : DelimitedList)).optional(),
}).refine(
  (loop) => (loop.for === undefined) !== (loop.forEach === undefined),
  "must contain exactly one of for, forEach",
);

/**
 * AWS documents no format, but Image Builder rejects the document: "Invalid step name 'Install
 * PowerShell' in phase 'build'. Allowed characters are combinations of numbers [0-9], english
 * letters [a-z,A-Z] and special characters [-_]."
 */
const StepName = nonEmptyString.regex(/^[\w-]*$/, "must contain only letters a-z, digits, - and _");

const TIMEOUT = "must be a whole number of seconds, at least 1, or -1 for no limit";

const Step = strict({
  name: StepName,
  description: anyString.optional(),
  action: actionName(ACTION_MODULE_NAMES),
  timeoutSeconds: z
    .int({ error: TIMEOUT })
    .refine((seconds) => seconds >= 1 || seconds === -1, TIMEOUT)
    .optional(),
  onFailure: oneOf("Abort", "Continue", "Ignore").optional(),
  maxAttempts: positiveInteger("a whole number, at least 1").optional(),
  loop: Loop.optional(),
  if: Condition.optional(),
  disableLogging: boolean.optional(),
  inputs: z.unknown().optional(),
}).superRefine(({ action, timeoutSeconds, maxAttempts }, context) => {
  const reject = (key: string, input: unknown) =>
    context.addIssue({
      code: "custom",
      path: [key],
      message: `isn't supported by ${action}`,
      input,
    });
  const isDocument = action === "ExecuteDocument";
  const isTimed = timeoutSeconds !== undefined;
  if (isTimed && (action === "Reboot" || (isDocument && timeoutSeconds !== -1)))
    reject("timeoutSeconds", timeoutSeconds);
  if (isDocument && maxAttempts !== undefined && maxAttempts !== 1)
    reject("maxAttempts", maxAttempts);
});

/** Other phases than those of Image Builder run only through the action module ExecuteDocument. */
const Phase = strict({
  name: nonEmptyString,
  steps: listOf("steps", Step).min(1, "must contain at least one step"),
});

/**
 * A component document, without the inputs of its steps.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
 */
export const ComponentSchema = strict({
  name,
  description,
  schemaVersion,
  parameters: variables(Parameter),
  constants: variables(Constant),
  phases: listOf("phases", Phase)
    .min(1, "must contain at least one phase")
    .superRefine((phases, context) => {
      const names = phases.map(({ name: phase }) => phase);
      const isRequired = (phase: string) => REQUIRED_PHASES.includes(meantPhase(phase) ?? phase);
      // A mistyped name has a problem already.
      if (names.length === 0 || names.some(isRequired)) return;
      context.addIssue({
        code: "custom",
        message: `must contain at least one of the phases ${REQUIRED_PHASES.join(", ")}, not only ${names.join(", ")}`,
        input: phases,
      });
    }),
});
