import { stepActionOf } from "../../aws/workflow-steps";
import type { Problem, Validated } from "../../problems";
import { inputProblems, repeatedEntries } from "../checks";
import { asText, withNames } from "../raw-document";
import type { TextFile } from "../text-file";
import { type DocumentKind, validateDocument } from "../yaml-document";
import { type RequiredPermission, requiredPermissions, resourceProblems } from "./permissions";
import { consumedOutputs, referenceProblems, unusedWorkflowParameters } from "./references";
import { type ParsedWorkflow, WorkflowSchema } from "./schema";
import { type RawStep, type RawWorkflow, readWorkflow } from "./steps";

/**
 * A parameter that gets the ARN of the factory's topic, unless the image gives it another value.
 */
export const TOPIC_PARAMETER = "topicArn";

/** The facts about a valid workflow document that the factory uses. */
export interface CheckedWorkflow {
  readonly description?: string | undefined;
  readonly parameters: readonly {
    readonly name: string;
    readonly type: "string" | "integer" | "boolean" | "stringList";
    readonly default?: unknown;
  }[];
  /** The actions of its steps, each with its position in the file. */
  readonly actions: readonly {
    readonly action: string;
    readonly location: string;
    readonly continuesOnFailure: boolean;
  }[];
  readonly outputs: readonly string[];
  /** Names of the outputs of earlier workflows that it uses. */
  readonly consumedOutputs: readonly string[];
  /**
   * Resources for which the execution role needs permission in addition to AWS's managed policy.
   */
  readonly requiredPermissions: readonly RequiredPermission[];
}

/** A workflow document in a file. */
export type WorkflowDocument = CheckedWorkflow & TextFile;

/**
 * Largest document outside of Amazon S3.
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateWorkflow.html
 */
const MAX_BYTES = 16_000;

const WORKFLOW: DocumentKind<ParsedWorkflow, CheckedWorkflow> = {
  maxBytes: MAX_BYTES,
  schema: WorkflowSchema,
  problemsOf: (raw) => workflowProblems(readWorkflow(raw)),
  readablePath: withNames,
  read: ({ description, parameters = [], steps, outputs = [] }, raw, locate) => ({
    description,
    parameters,
    actions: steps.map(({ action, onFailure }, index) => ({
      action,
      location: locate(["steps", index]),
      continuesOnFailure: onFailure === "Continue",
    })),
    outputs: outputs.map(({ name }) => name),
    consumedOutputs: consumedOutputs(readWorkflow(raw)),
    requiredPermissions: requiredPermissions(readWorkflow(raw)),
  }),
};

/**
 * Validates a workflow document as far as Image Builder documents it. The service validates some of
 * it when the workflow is created, and the rest while an image is built.
 */
export function checkWorkflow(file: string, text: string): Validated<CheckedWorkflow> {
  return validateDocument(file, text, WORKFLOW);
}

function workflowProblems(workflow: RawWorkflow): Problem[] {
  const { steps, parameters, outputs } = workflow;
  return [
    ...repeatedEntries(steps, "among the steps of the document"),
    ...repeatedEntries(parameters, "among the parameters of the document"),
    ...repeatedEntries(outputs, "among the outputs of the document"),
    ...steps.flatMap(stepInputProblems),
    ...steps.flatMap(waitProblems),
    ...referenceProblems(workflow),
    ...unusedWorkflowParameters(workflow),
    ...resourceProblems(workflow),
  ];
}

function stepInputProblems({ action, inputs, path }: RawStep): Problem[] {
  const known = stepActionOf(action);
  return known ? inputProblems(known.inputs, withoutDynamicKeys(inputs), path) : [];
}

/**
 * Replaces `key.$: REFERENCE` by `key: "{{ REFERENCE }}"`, so that a schema needs to know one form
 * only.
 */
function withoutDynamicKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDynamicKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key.endsWith(".$")
        ? [key.slice(0, -2), `{{ ${asText(item)} }}`]
        : [key, withoutDynamicKeys(item)],
    ),
  );
}

/** Reports steps whose failure, such as the answer STOP, wouldn't stop the build. */
function waitProblems({ action, entry, path }: RawStep): Problem[] {
  if (action !== "WaitForAction" || entry["onFailure"] !== "Continue") return [];
  const message = "must be Abort: with Continue, the answer STOP wouldn't stop the build";
  return [{ path: [...path, "onFailure"], message, got: "Continue" }];
}
