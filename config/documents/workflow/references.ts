import { stepActionOf } from "../../aws/workflow-steps";
import { WORKFLOW_VARIABLES } from "../../aws/workflow-variables";
import { didYouMean } from "../../near-match";
import type { Path, Problem } from "../../problems";
import { isMap } from "../../raw-map";
import { unusedParameters, withMeantNames } from "../checks";
import { textsIn } from "../raw-document";
import { nameAsKey, type RawStep, type RawWorkflow } from "./steps";

/** A reference such as `$.stepOutputs.Launch.instanceId`. */
interface Reference {
  readonly path: Path;
  readonly text: string;
  /** The part after `$.`, such as `stepOutputs`. Empty if the reference has another form. */
  readonly source: string;
  /** The part after the source, such as `Launch`. */
  readonly name: string;
  /** The rest, such as `.instanceId`. */
  readonly rest: string;
}

/** A reference, and the steps that have run before the place where it is used. */
interface UsedReference extends Reference {
  readonly stepsBefore: readonly RawStep[];
}

function parseReference(path: Path, text: string): Reference {
  const [, source = "", name = "", rest = ""] = /^\$\.(\w+)\.([\w-]+)(.*)$/.exec(text) ?? [];
  return { path, text, source, name, rest };
}

/**
 * Returns the references in a value. A string is one as a whole if its key ends in `.$` or if it is
 * compared; other strings contain references as `{{ … }}`.
 */
function referencesIn(value: unknown, at: Path): Reference[] {
  return textsIn(value, at).flatMap(({ path, text }) => {
    if (text.includes("{{")) {
      const expressions = text.matchAll(/\{\{\s*(\$\..*?)\s*\}\}/gs);
      return [...expressions].map(([, inner = ""]) => parseReference(path, inner));
    }
    const key = String(path.findLast((part) => typeof part === "string"));
    const isReference = key.endsWith(".$") || (key === "value" && text.startsWith("$."));
    return isReference ? [parseReference(path, text.trim())] : [];
  });
}

/** Returns every reference of a document. */
function allReferences({ steps, outputs }: RawWorkflow): UsedReference[] {
  const inSteps = steps.flatMap((step, index) => {
    const stepsBefore = steps.slice(0, index);
    return referencesInStep(step).map((reference) => ({ ...reference, stepsBefore }));
  });
  const inOutputs = outputs.flatMap(({ entry, path }) =>
    referencesIn({ value: entry["value"] }, path).map((reference) => ({
      ...reference,
      stepsBefore: steps,
    })),
  );
  return [...inSteps, ...inOutputs];
}

function referencesInStep({ entry, path }: RawStep): Reference[] {
  const keys = ["inputs", "if", "rollbackEnabled", "rollbackEnabled.$"];
  return keys.flatMap((key) => referencesIn({ [key]: entry[key] }, path));
}

/** Reports keys and references that are written in a form that Image Builder doesn't resolve. */
function spellingProblems(value: unknown, at: Path): Problem[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => spellingProblems(item, [...at, index]));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const path = [...at, key];
    if (key.endsWith(".$")) return dynamicKeyProblems(value, key, path);
    return [...literalReferences(key, item, path), ...spellingProblems(item, path)];
  });
}

function dynamicKeyProblems(
  inputs: Readonly<Record<string, unknown>>,
  key: string,
  path: Path,
): Problem[] {
  const problems: Problem[] = [];
  const value = inputs[key];
  const values = Array.isArray(value) && value.length > 0 ? value : [value];
  if (!values.every(isReferenceText))
    problems.push({
      path,
      message:
        "must be a reference such as $.parameters.NAME, a string that contains {{ … }}, or a list of them",
      got: value,
    });
  const plainKey = key.slice(0, -2);
  if (Object.hasOwn(inputs, plainKey))
    problems.push({
      path,
      message: `must not be set together with ${plainKey}: remove one of them`,
    });
  return problems;
}

function isReferenceText(value: unknown): boolean {
  return typeof value === "string" && (value.startsWith("$.") || value.includes("{{"));
}

/** Reports references that are the value of a key without `.$`, or in a list that is its value. */
function literalReferences(key: string, value: unknown, at: Path): Problem[] {
  const texts = Array.isArray(value)
    ? value.map((text, index) => ({ text, path: [...at, index] }))
    : [{ text: value, path: at }];
  return texts
    .filter(({ text }) => typeof text === "string" && text.startsWith("$."))
    .map(({ text, path }) => ({
      path,
      message: `is used as literal text: rename the key to '${key}.$' or write '{{ ${text} }}'`,
      got: text,
    }));
}

type Check = (reference: UsedReference, workflow: RawWorkflow) => string | undefined;

/** Returns the problem of a reference, by the source that it names. */
const CHECKS: Readonly<Record<string, Check>> = {
  parameters: parameterProblem,
  imagebuilder: variableProblem,
  stepOutputs: stepOutputProblem,
  // The rules check these, because they know the image's other workflows.
  workflowOutputs: () => undefined,
};

function referenceProblem(reference: UsedReference, workflow: RawWorkflow): string | undefined {
  const { source, text } = reference;
  const check = Object.hasOwn(CHECKS, source) ? CHECKS[source] : undefined;
  if (!check) {
    const sources = "$.parameters, $.stepOutputs, $.workflowOutputs or $.imagebuilder";
    const [, start = ""] = /^\$\.(\w+)/.exec(text) ?? [];
    const hint = Object.hasOwn(CHECKS, start) ? "" : didYouMean(start, Object.keys(CHECKS));
    return `refers to an unknown source: ${text}${hint || `; expected ${sources}`}`;
  }
  return check(reference, workflow);
}

function parameterProblem({ name, text }: UsedReference, { parameters }: RawWorkflow) {
  const declared = parameters.map((parameter) => parameter.name);
  return declared.includes(name)
    ? undefined
    : `refers to a parameter that isn't declared: ${text}${didYouMean(name, declared)}`;
}

function variableProblem({ name, text }: UsedReference) {
  if (WORKFLOW_VARIABLES.includes(name)) return undefined;
  const hint =
    didYouMean(name, WORKFLOW_VARIABLES) || `; expected one of ${WORKFLOW_VARIABLES.join(", ")}`;
  return `refers to an unknown variable: ${text}${hint}`;
}

function stepOutputProblem(
  { name, rest, text, stepsBefore }: UsedReference,
  { steps }: RawWorkflow,
): string | undefined {
  const step = steps.find((other) => other.name === name);
  if (!step) {
    const known = steps.map((other) => other.name);
    return `refers to step '${name}', which doesn't exist: ${text}${didYouMean(name, known)}`;
  }
  if (!stepsBefore.includes(step)) return `refers to a step that hasn't run yet: ${text}`;
  const [, output = ""] = /^\.(\w+)/.exec(rest) ?? [];
  const outputs = stepActionOf(step.action)?.outputs;
  if (outputs === undefined || outputs.includes(output)) return undefined;
  const expected = outputs.length === 0 ? "; it has none" : `; expected ${outputs.join(", ")}`;
  const hint = didYouMean(output, outputs) || expected;
  return `refers to an output that ${step.action} doesn't have: ${text}${hint}`;
}

/** Reports references to something that isn't declared, doesn't exist or hasn't run yet. */
export function referenceProblems(workflow: RawWorkflow): Problem[] {
  const references = allReferences(workflow).flatMap((reference) => {
    const message = referenceProblem(reference, workflow);
    return message === undefined ? [] : [{ path: reference.path, message }];
  });
  return [
    ...workflow.steps.flatMap(({ path, inputs }) => spellingProblems(inputs, [...path, "inputs"])),
    ...references,
  ];
}

/**
 * Returns the names of `$.workflowOutputs` to which a document refers. Earlier workflows must have
 * them.
 */
export function consumedOutputs(workflow: RawWorkflow): string[] {
  return allReferences(workflow)
    .filter(({ source }) => source === "workflowOutputs")
    .map(({ name }) => name);
}

/** Warns of parameters to which nothing refers. */
export function unusedWorkflowParameters(workflow: RawWorkflow): Problem[] {
  const declared = workflow.parameters.filter(({ entry }) => nameAsKey(entry) === undefined);
  const names = workflow.parameters.map(({ name }) => name);
  // A mistyped source has a problem already.
  const used = allReferences(workflow)
    .filter(({ source }) => source === "parameters" || !Object.hasOwn(CHECKS, source))
    .map(({ name }) => name);
  return unusedParameters(declared, withMeantNames(used, names));
}
