import { stepActionOf } from "../../aws/workflow-steps";
import { type Problem, schemaProblems, type Validated } from "../../problems";
import { asText, entries } from "../raw";
import type { TextFile } from "../text-file";
import {
  type Locate,
  narrowUnion,
  repeatedNames,
  unquotedExpressions,
  validateYaml,
} from "../yaml-document";
import { type RequiredPermission, requiredPermissionsOf } from "./permissions";
import { consumedOutputs, referenceProblems, unusedProblems } from "./references";
import { Document } from "./schema";
import { type RawWorkflow, readWorkflow } from "./steps";

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateWorkflow.html: what isn't in S3. */
const MOST_BYTES = 16_000;

/** A parameter that is the ARN of the factory's topic unless it is given a value. */
export const TOPIC_PARAMETER = "topicArn";

/** A workflow document that was found right. */
export interface CheckedWorkflow {
  readonly description?: string | undefined;
  readonly parameters: readonly {
    readonly name: string;
    readonly type: "string" | "integer" | "boolean" | "stringList";
    readonly default?: unknown;
  }[];
  /** What its steps do, with the place of each. */
  readonly actions: readonly {
    readonly action: string;
    readonly location: string;
    /** Whether the workflow goes on where it fails. */
    readonly continuesOnFailure: boolean;
  }[];
  readonly outputs: readonly string[];
  /** Outputs of workflows that run before it. */
  readonly consumedOutputs: readonly string[];
  /** What its steps need a right to, beside what every workflow has. */
  readonly requiredPermissions: readonly RequiredPermission[];
}

/** A workflow document in a file. */
export type WorkflowDocument = CheckedWorkflow & TextFile;

/** `key.$` is `key` with what is known when the step runs. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key.endsWith(".$") ? [key.slice(0, -2), `{{ ${asText(item)} }}`] : [key, plain(item)],
    ),
  );
}

function inputProblems({ steps }: RawWorkflow): Problem[] {
  return steps.flatMap(({ path, action, inputs }) => {
    const known = stepActionOf(action);
    if (!known || (inputs === undefined && known.inputs.safeParse({}).success)) return [];
    const read = plain(inputs);
    const problems = schemaProblems(
      narrowUnion(known.inputs.safeParse(read, { reportInput: true }).error, read),
    );
    return problems.map((problem) => ({ ...problem, path: [...path, "inputs", ...problem.path] }));
  });
}

/** Whoever answers STOP means that it ends. */
function gateProblems({ steps }: RawWorkflow): Problem[] {
  return steps.flatMap(({ path, action, onFailure }) =>
    action === "WaitForAction" && onFailure === "Continue"
      ? [
          {
            path: [...path, "onFailure"],
            message: "must be Abort: the answer STOP would let the build go on",
            got: onFailure,
          },
        ]
      : [],
  );
}

function named(entries: RawWorkflow["parameters"]) {
  return entries.map(({ name, path }) => ({ name, path: [...path, "name"] }));
}

function allProblems(raw: unknown, structure: readonly Problem[]): Problem[] {
  const withoutQuotes = unquotedExpressions([], raw);
  if (withoutQuotes.length > 0) return withoutQuotes;
  const workflow = readWorkflow(raw);
  return [
    ...structure,
    ...repeatedNames(named(workflow.steps), "is a step of the document already"),
    ...repeatedNames(named(workflow.parameters), "is declared already"),
    ...repeatedNames(named(workflow.outputs), "is an output of the document already"),
    ...inputProblems(workflow),
    ...gateProblems(workflow),
    ...referenceProblems(workflow),
    ...unusedProblems(workflow),
    ...requiredPermissionsOf(workflow).problems,
  ];
}

/** Steps and parameters by their names, as people call them: `Approve.inputs.payload`. */
function asCalled(raw: unknown, path: readonly PropertyKey[]): PropertyKey[] {
  const [first, index, ...rest] = path;
  if (typeof first !== "string" || typeof index !== "number") return [...path];
  const name = asText(((entries(raw, first)[index] ?? {}) as { readonly name?: unknown }).name);
  if (name === "") return [...path];
  return first === "steps" ? [name, ...rest] : [first, name, ...rest];
}

function checked(raw: unknown, document: Document, locate: Locate): CheckedWorkflow {
  return {
    description: document.description,
    parameters: document.parameters ?? [],
    actions: document.steps.map(({ action, onFailure }, index) => ({
      action,
      location: locate(["steps", index]),
      continuesOnFailure: onFailure === "Continue",
    })),
    outputs: (document.outputs ?? []).map(({ name }) => name),
    consumedOutputs: consumedOutputs(readWorkflow(raw)),
    requiredPermissions: requiredPermissionsOf(readWorkflow(raw)).needs,
  };
}

/**
 * Judges the text of a workflow document by what Image Builder documents of it. The service checks some of it when the workflow is made,
 * and the rest while an image is built.
 */
export function checkWorkflow(file: string, text: string): Validated<CheckedWorkflow> {
  return validateYaml(file, text, {
    maxBytes: MOST_BYTES,
    nameOf: asCalled,
    validate: (raw) => {
      const { data, error } = Document.safeParse(raw, { reportInput: true });
      return {
        problems: allProblems(raw, schemaProblems(error)),
        document: data && ((at) => checked(raw, data, at)),
      };
    },
  });
}
