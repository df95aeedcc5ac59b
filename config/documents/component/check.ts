import { ACTION_MODULES, MODULES_WITHOUT_INPUTS } from "../../aws/action-modules";
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
import { expressionProblems, unusedProblems } from "./expressions";
import { Document } from "./schema";
import { phasesOf, variablesOf } from "./steps";

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateComponent.html: 64 KB unless the quota was raised. */
const MOST_BYTES = 64 * 1024;

/** A component document that was found right. */
export interface CheckedComponent {
  /** What its steps do, with the place of each. */
  readonly actions: readonly { readonly action: string; readonly location: string }[];
  readonly description?: string | undefined;
  readonly parameters: readonly {
    readonly name: string;
    /** Whether the recipe has to give it a value. */
    readonly required: boolean;
  }[];
}

/** A component document (AWSTOE) in a file. */
export type ComponentDocument = CheckedComponent & TextFile;

function inputProblems(raw: unknown): Problem[] {
  return phasesOf(raw)
    .flatMap(({ steps }) => steps)
    .flatMap(({ path, action, step }) => {
      const schema = Object.hasOwn(ACTION_MODULES, action) ? ACTION_MODULES[action] : undefined;
      const { inputs } = step as { readonly inputs?: unknown };
      if (!schema || (inputs === undefined && MODULES_WITHOUT_INPUTS.includes(action))) return [];
      const problems = schemaProblems(
        narrowUnion(schema.safeParse(inputs, { reportInput: true }).error, inputs),
      );
      return problems.map((problem) => ({
        ...problem,
        path: [...path, "inputs", ...problem.path],
      }));
    });
}

function uniquenessProblems(raw: unknown): Problem[] {
  const phases = phasesOf(raw);
  return [
    ...repeatedNames(
      phases.map(({ name, path }) => ({ name, path: [...path, "name"] })),
      "is a phase of the document already",
    ),
    ...phases.flatMap(({ steps }) =>
      repeatedNames(
        steps.map(({ name, path }) => ({ name, path: [...path, "name"] })),
        "is a step of the phase already",
      ),
    ),
    ...repeatedNames(
      [...variablesOf(raw, "parameters"), ...variablesOf(raw, "constants")],
      "is declared already",
    ),
  ];
}

function allProblems(raw: unknown, structure: readonly Problem[]): Problem[] {
  const withoutQuotes = unquotedExpressions([], raw);
  const isWithin = ({ path }: Problem) =>
    withoutQuotes.some((other) => other.path.every((key, index) => path[index] === key));
  const shape = [...structure, ...uniquenessProblems(raw), ...inputProblems(raw)];
  const use = withoutQuotes.length > 0 ? [] : unusedProblems(raw);
  return [
    ...withoutQuotes,
    ...shape.filter((problem) => !isWithin(problem)),
    ...expressionProblems(raw),
    ...use,
  ];
}

/** Steps and variables by their names, as people call them: `build.Install.inputs.commands[0]`. */
function named(raw: unknown, path: readonly PropertyKey[]): PropertyKey[] {
  const [first, index, ...rest] = path;
  if (first === "parameters" || first === "constants")
    return [first, ...(rest.length > 0 ? rest : [])];
  if (first !== "phases" || typeof index !== "number") return [...path];
  const phase = entries(raw, "phases")[index] as { readonly name?: unknown } | undefined;
  const [key, step, ...inner] = rest;
  if (key !== "steps" || typeof step !== "number")
    return [asText(phase?.name) || `phases[${index}]`, ...rest];
  const { name } = (entries(phase, "steps")[step] ?? {}) as { readonly name?: unknown };
  return [asText(phase?.name), asText(name) || `steps[${step}]`, ...inner];
}

/**
 * Judges the text of a component document by what AWSTOE documents of it. AWS checks most of it on the instance only, half an hour
 * into a build.
 */
export function checkComponent(file: string, text: string): Validated<CheckedComponent> {
  return validateYaml(file, text, {
    maxBytes: MOST_BYTES,
    nameOf: named,
    validate: (raw) => {
      const structure = Document.safeParse(raw, { reportInput: true });
      return {
        problems: allProblems(raw, schemaProblems(structure.error)),
        document: structure.data && ((locate) => checked(raw, structure.data.description, locate)),
      };
    },
  });
}

function checked(raw: unknown, description: string | undefined, locate: Locate): CheckedComponent {
  return {
    description,
    parameters: variablesOf(raw, "parameters").map(({ name, definition }) => ({
      name,
      required: !("default" in definition),
    })),
    actions: phasesOf(raw)
      .flatMap(({ steps }) => steps)
      .map(({ action, path }) => ({ action, location: locate(path) })),
  };
}
