import { judgeYaml, type Locate, narrowed, repeated, unquoted } from "../document/judge";
import { entries } from "../document/steps";
import { type Problem, schemaProblems } from "../problems";
import type { Judged, TextFile } from "../text-file";
import { ACTIONS, WITHOUT_INPUTS } from "./actions";
import { type Need, needsOf } from "./needs";
import { referenceProblems, unusedProblems } from "./references";
import { Document } from "./schema";

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
  readonly actions: readonly { readonly action: string; readonly at: string }[];
  readonly outputs: readonly string[];
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
    Object.entries(value).map(([key, item]) => (key.endsWith(".$") ? [key.slice(0, -2), `{{ ${item} }}`] : [key, plain(item)])),
  );
};

const inputProblems = (raw: unknown): Problem[] =>
  entries(raw, "steps").flatMap((step, index) => {
    const { action, inputs } = (step ?? {}) as { readonly action?: unknown; readonly inputs?: unknown };
    const known = Object.hasOwn(ACTIONS, String(action)) ? ACTIONS[String(action)] : undefined;
    if (!known || (inputs === undefined && WITHOUT_INPUTS.includes(String(action)))) return [];
    const read = plain(inputs);
    const problems = schemaProblems(narrowed(known.inputs.safeParse(read, { reportInput: true }).error, read));
    return problems.map((problem) => ({ ...problem, path: ["steps", index, "inputs", ...problem.path] }));
  });

const namesIn = (raw: unknown, key: string) =>
  entries(raw, key).map((entry, index) => ({
    name: String((entry as { readonly name?: unknown } | null)?.name),
    path: [key, index, "name"],
  }));

const allProblems = (raw: unknown, document: Document | undefined, structure: readonly Problem[]): Problem[] => {
  const withoutQuotes = unquoted([], raw);
  if (withoutQuotes.length > 0) return withoutQuotes;
  return [
    ...structure,
    ...repeated(namesIn(raw, "steps"), "is a step of the document already"),
    ...repeated(namesIn(raw, "parameters"), "is declared already"),
    ...repeated(namesIn(raw, "outputs"), "is an output of the document already"),
    ...inputProblems(raw),
    ...(document ? [...referenceProblems(document), ...unusedProblems(document), ...needsOf(document).problems] : []),
  ];
};

/** Steps and parameters by their names, as people call them: `Approve.inputs.payload`. */
const named = (raw: unknown, path: readonly PropertyKey[]): PropertyKey[] => {
  const [first, index, ...rest] = path;
  if (typeof first !== "string" || typeof index !== "number") return [...path];
  const { name } = (entries(raw, first)[index] ?? {}) as { readonly name?: unknown };
  if (name === undefined) return [...path];
  return first === "steps" ? [String(name), ...rest] : [first, String(name), ...rest];
};

const checked = (document: Document, locate: Locate): CheckedWorkflow => ({
  description: document.description,
  parameters: document.parameters ?? [],
  actions: document.steps.map(({ action }, index) => ({ action, at: locate(["steps", index]) })),
  outputs: (document.outputs ?? []).map(({ name }) => name),
  needs: needsOf(document).needs,
});

/**
 * Judges the text of a workflow document by what Image Builder documents of it. The service checks some of it when the workflow is made,
 * and the rest while an image is built.
 */
export const checkWorkflow = (file: string, text: string): Judged<CheckedWorkflow> =>
  judgeYaml(file, text, {
    most: MOST_BYTES,
    named,
    judge: (raw) => {
      const { data, error } = Document.safeParse(raw, { reportInput: true });
      return { problems: allProblems(raw, data, schemaProblems(error)), document: data && ((at) => checked(data, at)) };
    },
  });
