import type { Platform } from "../../aws/base-images";
import { stepActionOf } from "../../aws/workflow-steps";
import { dotted, type Problem, type Validated } from "../../problems";
import { isMap } from "../../raw-map";
import { inputProblems, repeatedEntries } from "../checks";
import { asText, textsIn, withNames } from "../raw-document";
import type { SourceOf } from "../scalars";
import type { TextFile } from "../text-file";
import { type DocumentKind, validateDocument } from "../yaml-document";
import { type AccessInput, accessInputs } from "./access";
import {
  type RequiredPermission,
  type ResourceName,
  requiredPermissions,
  resourceProblems,
  topicsOf,
} from "./permissions";
import { platformsOf } from "./platforms";
import { consumedOutputs, referenceProblems, unusedWorkflowParameters } from "./references";
import { type ParsedWorkflow, type WorkflowParameter, WorkflowSchema } from "./schema";
import { type RawStep, type RawWorkflow, readWorkflow } from "./steps";

/**
 * A parameter that gets the ARN of the factory's topic, unless the image gives it another value.
 */
export const TOPIC_PARAMETER = "topicArn";

/** The facts about a valid workflow document that the factory uses. */
export interface CheckedWorkflow {
  readonly description?: string | undefined;
  readonly parameters: readonly WorkflowParameter[];
  /** The actions of its steps, each with its position in the file. */
  readonly actions: readonly {
    readonly action: string;
    readonly location: string;
    readonly continuesOnFailure: boolean;
    /** Platforms on which the step can run: its `if` may exclude others. */
    readonly platforms: readonly Platform[];
  }[];
  readonly outputs: readonly string[];
  /** Names of the outputs of earlier workflows that it uses. */
  readonly consumedOutputs: readonly string[];
  /**
   * Resources for which the execution role needs permission in addition to AWS's managed policy.
   */
  readonly requiredPermissions: readonly RequiredPermission[];
  /** SNS topics to which its steps publish. */
  readonly topics: readonly ResourceName[];
  /** Inputs that give AMIs to other accounts, each with its position in the file. */
  readonly accessInputs: readonly (Omit<AccessInput, "path"> & { readonly location: string })[];
}

export type WorkflowDocument = CheckedWorkflow & TextFile;

/**
 * Largest document outside of Amazon S3.
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateWorkflow.html
 */
const MAX_BYTES = 16_000;

const WORKFLOW: DocumentKind<ParsedWorkflow, CheckedWorkflow> = {
  maxBytes: MAX_BYTES,
  schema: WorkflowSchema,
  problemsOf: (raw, sourceOf) => workflowProblems(readWorkflow(raw), sourceOf),
  readablePath: withNames,
  read: ({ description, parameters = [], outputs = [] }, raw, locate) => ({
    description,
    parameters,
    actions: readWorkflow(raw).steps.map((step) => ({
      action: step.action,
      location: locate(step.path),
      continuesOnFailure: step.entry["onFailure"] === "Continue",
      platforms: platformsOf(step),
    })),
    outputs: outputs.map(({ name }) => name),
    consumedOutputs: consumedOutputs(readWorkflow(raw)),
    requiredPermissions: requiredPermissions(readWorkflow(raw)),
    topics: topicsOf(readWorkflow(raw)),
    accessInputs: accessInputs(readWorkflow(raw)).map(({ path, ...input }) => ({
      ...input,
      location: locate(path),
    })),
  }),
};

/**
 * Validates a workflow document as far as Image Builder documents it. The service validates some of
 * it when the workflow is created, and the rest while an image is built.
 */
export function checkWorkflow(file: string, text: string): Validated<CheckedWorkflow> {
  return validateDocument(file, text, WORKFLOW);
}

function workflowProblems(workflow: RawWorkflow, sourceOf: SourceOf): Problem[] {
  const { steps, parameters, outputs } = workflow;
  const references = referenceProblems(workflow);
  const reported = new Set(references.map(({ path }) => dotted(path)));
  return [
    ...repeatedEntries(steps, "among the steps of the document"),
    ...repeatedEntries(parameters, "among the parameters of the document"),
    ...repeatedEntries(outputs, "among the outputs of the document"),
    ...steps.flatMap((step) => stepInputProblems(step, sourceOf)),
    ...steps.flatMap((step) => waitProblems(step, workflow)),
    ...references,
    ...unusedWorkflowParameters(workflow),
    ...resourceProblems(workflow).filter(({ path }) => !reported.has(dotted(path))),
  ];
}

function stepInputProblems(
  { action, inputs, path }: RawStep,
  sourceOf: SourceOf,
): readonly Problem[] {
  const known = stepActionOf(action);
  return known ? inputProblems(known.inputs, withoutDynamicKeys(inputs), path, sourceOf) : [];
}

/**
 * Replaces `key.$: REFERENCE` by `key: "{{ REFERENCE }}"`, so that a schema needs to know one form
 * only.
 */
function withoutDynamicKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDynamicKeys);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key.endsWith(".$")
        ? [key.slice(0, -2), asExpressions(item)]
        : [key, withoutDynamicKeys(item)],
    ),
  );
}

function asExpressions(references: unknown): unknown {
  return Array.isArray(references) ? references.map(asExpressions) : `{{ ${asText(references)} }}`;
}

/**
 * Reports steps whose failure, such as the answer STOP, wouldn't keep later steps from running.
 * Warns if the step asks people and their answer changes nothing.
 */
function waitProblems(step: RawStep, workflow: RawWorkflow): Problem[] {
  const { action, entry, path } = step;
  if (action !== "WaitForAction" || entry["onFailure"] !== "Continue") return [];
  const problem = { path: [...path, "onFailure"], got: "Continue" };
  if (hasDependants(step, workflow)) {
    const message =
      "must be Abort, because later steps depend on the answer: with Continue, the answer STOP wouldn't stop the build";
    return [{ ...problem, message }];
  }
  if (topicsOf({ ...workflow, steps: [step] }).length === 0) return [];
  const message =
    "lets the build continue whatever the answer is, although the step asks for one with snsTopicArn: set Abort so that the answer STOP stops the build, or remove the step";
  return [{ ...problem, message, rule: "approval-has-effect", severity: "warning" }];
}

/**
 * Returns whether something after a step depends on it. A step that removes an instance doesn't,
 * nor does another one that waits.
 */
function hasDependants(step: RawStep, { steps, outputs }: RawWorkflow): boolean {
  const later = steps.slice(steps.indexOf(step) + 1);
  const isReferredTo = textsIn([...later, ...outputs], []).some(({ text }) =>
    text.includes(`$.stepOutputs.${step.name}.`),
  );
  const isIndependent = ({ action, entry }: RawStep) =>
    action === "TerminateInstance" ||
    (action === "WaitForAction" && entry["onFailure"] === "Continue");
  return isReferredTo || !later.every(isIndependent);
}
