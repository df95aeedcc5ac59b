import { isNode, LineCounter, type Node, parseDocument } from "yaml";
import type * as z from "zod";
import { type Problem, schemaProblems } from "../problems";
import { ACTIONS, WITHOUT_INPUTS } from "./actions";
import { expressionProblems, unusedProblems } from "./expressions";
import { Document } from "./schema";
import { entries, phasesOf, variablesOf } from "./steps";

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateComponent.html: 64 KB unless the quota was raised. */
const MOST_BYTES = 64 * 1024;

/** A component document that was found right. */
export interface CheckedDocument {
  /** What its steps do, with the place of each. */
  readonly actions: readonly { readonly action: string; readonly at: string }[];
  readonly description?: string | undefined;
  readonly parameters: readonly {
    readonly name: string;
    /** Whether the recipe has to give it a value. */
    readonly required: boolean;
  }[];
}

const inputProblems = (raw: unknown): Problem[] =>
  phasesOf(raw)
    .flatMap(({ steps }) => steps)
    .flatMap(({ path, action, step }) => {
      const schema = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
      const { inputs } = step as { readonly inputs?: unknown };
      if (!schema || (inputs === undefined && WITHOUT_INPUTS.includes(action))) return [];
      const problems = schemaProblems(narrowed(schema.safeParse(inputs, { reportInput: true }).error, inputs));
      return problems.map((problem) => ({ ...problem, path: [...path, "inputs", ...problem.path] }));
    });

/** A union of a list and one object reports both: only what was meant is of use. */
const narrowed = (error: z.core.$ZodError | undefined, input: unknown): z.core.$ZodError | undefined => {
  const [issue] = error?.issues ?? [];
  if (issue?.code !== "invalid_union" || !error || issue.path.length > 0) return error;
  const meant = issue.errors[Array.isArray(input) ? 0 : 1];
  return meant ? ({ ...error, issues: meant } as z.core.$ZodError) : error;
};

const repeated = (
  names: readonly { readonly name: string; readonly path: readonly PropertyKey[] }[],
  message: string,
): Problem[] =>
  names.flatMap(({ name, path }, index) =>
    names.findIndex((other) => other.name === name) < index ? [{ path, message, got: name }] : [],
  );

const uniquenessProblems = (raw: unknown): Problem[] => {
  const phases = phasesOf(raw);
  return [
    ...repeated(
      phases.map(({ name, path }) => ({ name, path: [...path, "name"] })),
      "is a phase of the document already",
    ),
    ...phases.flatMap(({ steps }) =>
      repeated(
        steps.map(({ name, path }) => ({ name, path: [...path, "name"] })),
        "is a step of the phase already",
      ),
    ),
    ...repeated([...variablesOf(raw, "parameters"), ...variablesOf(raw, "constants")], "is declared already"),
  ];
};

/** `{{ x }}` without quotes is a map of a map to YAML. */
const unquoted = (path: readonly PropertyKey[], value: unknown): Problem[] => {
  if (typeof value !== "object" || value === null) return [];
  if (!Array.isArray(value) && Object.keys(value).some((key) => /^\{.*\}$/s.test(key)))
    return [{ path, message: "is an expression without quotes: write '{{ … }}'" }];
  return Object.entries(value).flatMap(([key, item]) => unquoted([...path, Array.isArray(value) ? Number(key) : key], item));
};

const allProblems = (raw: unknown, structure: readonly Problem[]): Problem[] => {
  const withoutQuotes = unquoted([], raw);
  const isWithin = ({ path }: Problem) => withoutQuotes.some((other) => other.path.every((key, index) => path[index] === key));
  const shape = [...structure, ...uniquenessProblems(raw), ...inputProblems(raw)];
  const use = withoutQuotes.length > 0 ? [] : unusedProblems(raw);
  return [...withoutQuotes, ...shape.filter((problem) => !isWithin(problem)), ...expressionProblems(raw), ...use];
};

/** Steps and variables by their names, as people call them: `build.Install.inputs.commands[0]`. */
const named = (raw: unknown, path: readonly PropertyKey[]): PropertyKey[] => {
  const [first, index, ...rest] = path;
  if (first === "parameters" || first === "constants") return [first, ...(rest.length > 0 ? rest : [])];
  if (first !== "phases" || typeof index !== "number") return [...path];
  const phase = entries(raw, "phases")[index] as { readonly name?: unknown } | undefined;
  const [key, step, ...inner] = rest;
  if (key !== "steps" || typeof step !== "number") return [String(phase?.name ?? `phases[${index}]`), ...rest];
  const { name } = (entries(phase, "steps")[step] ?? {}) as { readonly name?: unknown };
  return [String(phase?.name), name === undefined ? `steps[${step}]` : String(name), ...inner];
};

/** A document, or what is wrong with it, each with the place in `file` (as it is to be called). */
export type Checked = { readonly document: CheckedDocument } | { readonly problems: readonly Problem[] };

/** The places of problems in the text. */
const locator = (file: string, text: string) => {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  /** The node at `path`, or the nearest above it where something is missing. */
  const nodeAt = (path: readonly PropertyKey[]): Node | undefined => {
    const node = path.length === 0 ? yaml.contents : yaml.getIn(path, true);
    if (isNode(node)) return node;
    return path.length === 0 ? undefined : nodeAt(path.slice(0, -1));
  };
  return { yaml, at, locate: (path: readonly PropertyKey[]) => at(nodeAt(path)?.range?.[0] ?? 0) };
};

/**
 * Judges the text of a component document by what AWSTOE documents of it. AWS checks most of it on the instance only, half an hour
 * into a build.
 */
export const checkDocument = (file: string, text: string): Checked => {
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES)
    return {
      problems: [{ at: file, path: [], message: `is too long for Image Builder, which takes ${MOST_BYTES} bytes`, got: bytes }],
    };
  const { yaml, at, locate } = locator(file, text);
  const unreadable = [...yaml.errors, ...yaml.warnings];
  if (unreadable.length > 0) return { problems: unreadable.map(({ message, pos }) => ({ at: at(pos[0]), path: [], message })) };

  let raw: unknown;
  try {
    raw = yaml.toJS({ maxAliasCount: 1_000 });
  } catch {
    return {
      problems: [
        { at: file, path: [], message: "repeats itself through too many aliases (*name): write out what they stand for" },
      ],
    };
  }
  const structure = Document.safeParse(raw, { reportInput: true });
  const problems = allProblems(raw, schemaProblems(structure.error));
  if (problems.length > 0 || !structure.data)
    return { problems: problems.map((problem) => ({ ...problem, at: locate(problem.path), path: named(raw, problem.path) })) };
  const { description } = structure.data;
  const parameters = variablesOf(raw, "parameters").map(({ name, definition }) => ({
    name,
    required: !("default" in definition),
  }));
  const actions = phasesOf(raw)
    .flatMap(({ steps }) => steps)
    .map(({ action, path }) => ({ action, at: locate(path) }));
  return { document: { description, parameters, actions } };
};
