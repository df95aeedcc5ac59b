import { judgeYaml, type Locate, narrowed, repeated, unquoted } from "../document/judge";
import { asText, entries } from "../document/raw";
import { type Problem, schemaProblems } from "../problems";
import type { Judged, TextFile } from "../text-file";
import { actionOf } from "./actions";
import { type Need, needsOf } from "./needs";
import { referenceProblems, takenOutputs, unusedProblems } from "./references";
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
    readonly at: string;
    /** Whether the workflow goes on where it fails. */
    readonly mayFail: boolean;
  }[];
  readonly outputs: readonly string[];
  /** Outputs of workflows that run before it. */
  readonly takes: readonly string[];
  /** What its steps need a right to, beside what every workflow has. */
  readonly needs: readonly Need[];
}

/** A workflow document in a file. */
export type WorkflowDocument = CheckedWorkflow & TextFile;

/** `key.$` is `key` with what is known when the step runs. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key.endsWith(".$") ? [key.slice(0, -2), `{{ ${asText(item)} }}`] : [key, plain(item)],
    ),
  );
};

const inputProblems = ({ steps }: RawWorkflow): Problem[] =>
  steps.flatMap(({ path, action, inputs }) => {
    const known = actionOf(action);
    if (!known || (inputs === undefined && known.inputs.safeParse({}).success)) return [];
    const read = plain(inputs);
    const problems = schemaProblems(narrowed(known.inputs.safeParse(read, { reportInput: true }).error, read));
    return problems.map((problem) => ({ ...problem, path: [...path, "inputs", ...problem.path] }));
  });

/** Whoever answers STOP means that it ends. */
const gateProblems = ({ steps }: RawWorkflow): Problem[] =>
  steps.flatMap(({ path, action, onFailure }) =>
    action === "WaitForAction" && onFailure === "Continue"
      ? [{ path: [...path, "onFailure"], message: "must be Abort: the answer STOP would let the build go on", got: onFailure }]
      : [],
  );

const named = (entries: RawWorkflow["parameters"]) => entries.map(({ name, path }) => ({ name, path: [...path, "name"] }));

const allProblems = (raw: unknown, structure: readonly Problem[]): Problem[] => {
  const withoutQuotes = unquoted([], raw);
  if (withoutQuotes.length > 0) return withoutQuotes;
  const workflow = readWorkflow(raw);
  return [
    ...structure,
    ...repeated(named(workflow.steps), "is a step of the document already"),
    ...repeated(named(workflow.parameters), "is declared already"),
    ...repeated(named(workflow.outputs), "is an output of the document already"),
    ...inputProblems(workflow),
    ...gateProblems(workflow),
    ...referenceProblems(workflow),
    ...unusedProblems(workflow),
    ...needsOf(workflow).problems,
  ];
};

/** Steps and parameters by their names, as people call them: `Approve.inputs.payload`. */
const asCalled = (raw: unknown, path: readonly PropertyKey[]): PropertyKey[] => {
  const [first, index, ...rest] = path;
  if (typeof first !== "string" || typeof index !== "number") return [...path];
  const name = asText(((entries(raw, first)[index] ?? {}) as { readonly name?: unknown }).name);
  if (name === "") return [...path];
  return first === "steps" ? [name, ...rest] : [first, name, ...rest];
};

const checked = (raw: unknown, document: Document, locate: Locate): CheckedWorkflow => ({
  description: document.description,
  parameters: document.parameters ?? [],
  actions: document.steps.map(({ action, onFailure }, index) => ({
    action,
    at: locate(["steps", index]),
    mayFail: onFailure === "Continue",
  })),
  outputs: (document.outputs ?? []).map(({ name }) => name),
  takes: takenOutputs(readWorkflow(raw)),
  needs: needsOf(readWorkflow(raw)).needs,
});

/**
 * Judges the text of a workflow document by what Image Builder documents of it. The service checks some of it when the workflow is made,
 * and the rest while an image is built.
 */
export const checkWorkflow = (file: string, text: string): Judged<CheckedWorkflow> =>
  judgeYaml(file, text, {
    most: MOST_BYTES,
    named: asCalled,
    judge: (raw) => {
      const { data, error } = Document.safeParse(raw, { reportInput: true });
      return { problems: allProblems(raw, schemaProblems(error)), document: data && ((at) => checked(raw, data, at)) };
    },
  });
