import { actionModuleOf } from "../../aws/action-modules";
import type { Path, Problem, Validated } from "../../problems";
import type { Locate } from "../../yaml/parse";
import { inputProblems, repeatedEntries, repeatedNames } from "../checks";
import { textsIn, withNames } from "../raw-document";
import type { SourceOf } from "../scalars";
import type { TextFile } from "../text-file";
import { type DocumentKind, validateDocument } from "../yaml-document";
import { expressionProblems, unusedVariables } from "./expressions";
import { type DocumentUses, documentUses } from "./resource-uses";
import { Comparison, ComponentSchema } from "./schema";
import {
  meantPhase,
  phasesOf,
  type RawStep,
  REQUIRED_PHASES,
  stepsOf,
  variablesIn,
  variablesOf,
} from "./steps";

/** The facts about a valid component document that the factory uses. */
export interface CheckedComponent extends DocumentUses {
  /** The actions of its steps, each with its position in the file. */
  readonly actions: readonly { readonly action: string; readonly location: string }[];
  readonly description?: string | undefined;
  readonly parameters: readonly {
    readonly name: string;
    /** Whether the recipe must give it a value, because it has no default. */
    readonly required: boolean;
  }[];
}

/** A component document (AWSTOE) in a file. */
export type ComponentDocument = CheckedComponent & TextFile;

/**
 * The default quota for documents in Amazon S3.
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateComponent.html
 */
const MAX_BYTES = 64 * 1024;

const COMPONENT: DocumentKind<{ readonly description?: string | undefined }, CheckedComponent> = {
  maxBytes: MAX_BYTES,
  schema: ComponentSchema,
  problemsOf: (raw, sourceOf) => [
    ...uniquenessProblems(raw),
    ...mistypedPhases(raw),
    ...stepsOf(raw).flatMap((step) => stepInputProblems(step, sourceOf)),
    ...expressionProblems(raw),
    ...unusedVariables(raw),
  ],
  readablePath,
  read: ({ description }, raw, locate) => ({
    description,
    parameters: parametersOf(raw),
    actions: actionsOf(raw, locate),
    ...documentUses(raw, ({ path }) => locate(path)),
  }),
};

/**
 * Validates a component document as far as AWSTOE is documented. AWS validates most of it only on
 * the instance, half an hour into a build.
 */
export function checkComponent(file: string, text: string): Validated<CheckedComponent> {
  return validateDocument(file, text, COMPONENT);
}

function uniquenessProblems(raw: unknown): Problem[] {
  const phases = phasesOf(raw);
  return [
    ...repeatedEntries(phases, "among the phases of the document"),
    ...phases.flatMap(({ steps }) => repeatedEntries(steps, "among the steps of the phase")),
    ...repeatedNames(variablesOf(raw), "among the parameters and constants of the document"),
  ];
}

/**
 * Reports phases that are probably meant for Image Builder, but have another name. It is an error
 * if expressions refer to the right name, or if no other phase is run.
 */
function mistypedPhases(raw: unknown): Problem[] {
  const phases = phasesOf(raw);
  const isAnyRun = phases.some(({ name }) => REQUIRED_PHASES.includes(name));
  const texts = textsIn(raw, []).map(({ text }) => text);
  return phases.flatMap(({ name, path }) => {
    const match = meantPhase(name);
    if (match === undefined) return [];
    const exists = phases.some((phase) => phase.name === match);
    const reference = new RegExp(`\\{\\{\\s*${match}\\.`);
    const isReferredTo = !exists && texts.some((text) => reference.test(text));
    return {
      path: [...path, "name"],
      message: `isn't a phase that Image Builder runs: did you mean '${match}'?`,
      got: name,
      rule: "phase-name",
      severity: isReferredTo || !isAnyRun ? "error" : "warning",
    };
  });
}

function stepInputProblems(
  { action, entry, path }: RawStep,
  sourceOf: SourceOf,
): readonly Problem[] {
  const module = actionModuleOf(action);
  if (!module) return [];
  const schema = module.inputs === "comparison" ? Comparison : module.inputs;
  return inputProblems(schema, entry["inputs"], path, sourceOf);
}

/** Leaves out the index of a parameter or constant: its name follows in the path. */
function readablePath(raw: unknown, path: Path): Path {
  const [list, index, ...rest] = path;
  const isVariable = list === "parameters" || list === "constants";
  return isVariable && typeof index === "number" && rest.length > 0
    ? [list, ...rest]
    : withNames(raw, path);
}

function parametersOf(raw: unknown): CheckedComponent["parameters"] {
  return variablesIn(raw, "parameters").map(({ name, definition }) => ({
    name,
    required: !("default" in definition),
  }));
}

function actionsOf(raw: unknown, locate: Locate): CheckedComponent["actions"] {
  return stepsOf(raw).map(({ action, path }) => ({ action, location: locate(path) }));
}
