import type { Problem } from "../../problems";
import { unusedParameters } from "../checks";
import { asText, isMap, textsIn } from "../raw-document";
import { PHASES } from "./schema";
import { phasesOf, type RawPhase, type RawStep, variablesOf } from "./steps";

/**
 * `PHASE.STEP.inputs…` or `PHASE.STEP.outputs…`. Names of steps can contain spaces, but no dots.
 */
const CHAIN = /^([\w-]+)\.([^.]+)\.(inputs|outputs)(\[\d+\])?((?:\.[\w-]+|\[\d+\])*)$/;

/** Expressions that Image Builder replaces, or AWSTOE while a loop runs. */
const REPLACED_BY_AWS = /^(imagebuilder:|aws:|global:)/;

interface Position {
  readonly phase: RawPhase;
  readonly step: RawStep;
}

/** Returns the expressions in a text, without their braces. */
function expressionsIn(text: string): string[] {
  return [...text.matchAll(/\{\{(.*?)\}\}/gs)].map(([, inner = ""]) => inner.trim());
}

/**
 * Reports expressions in steps that refer to something that doesn't exist, that runs later, or that
 * runs on another instance.
 */
export function expressionProblems(raw: unknown): Problem[] {
  const phases = phasesOf(raw);
  const variables = variablesOf(raw).map(({ name }) => name);
  const positions = phases.flatMap((phase) => phase.steps.map((step) => ({ phase, step })));
  return positions.flatMap((position) =>
    textsInStep(position.step).flatMap(({ path, text }) =>
      expressionsIn(text)
        .map((expression) => expressionProblem(expression, position, { phases, variables }))
        .flatMap((message) => (message === undefined ? [] : [{ path, message }])),
    ),
  );
}

function textsInStep({ entry, path }: RawStep) {
  return ["inputs", "if", "loop"].flatMap((key) => textsIn(entry[key], [...path, key]));
}

function expressionProblem(
  expression: string,
  position: Position,
  document: { readonly phases: readonly RawPhase[]; readonly variables: readonly string[] },
): string | undefined {
  if (REPLACED_BY_AWS.test(expression) || document.variables.includes(expression)) return undefined;
  const [, loop] = /^(.+)\.(?:index|value)$/.exec(expression) ?? [];
  if (loop !== undefined && loopNames(position.step).includes(loop)) return undefined;
  const chain = CHAIN.exec(expression);
  if (chain) return chainProblem(chain, position, document.phases);
  if (loop !== undefined) return `refers to a loop that the step doesn't have: ${expression}`;
  const expected = "expected a parameter, a constant or PHASE.STEP.outputs";
  return `refers to an unknown name: ${expression}; ${expected}`;
}

/** Names by which expressions in the step can refer to its loop. */
function loopNames({ entry }: RawStep): string[] {
  const loop = entry["loop"];
  return isMap(loop) ? ["loop", asText(loop["name"])] : [];
}

function chainProblem(
  [expression, phaseName, stepName, source]: RegExpExecArray,
  position: Position,
  phases: readonly RawPhase[],
): string | undefined {
  const phase = phases.find(({ name }) => name === phaseName);
  if (!phase) return `refers to phase '${phaseName}', which doesn't exist: ${expression}`;
  const step = phase.steps.find(({ name }) => name === stepName);
  if (!step) return `refers to step '${phaseName}.${stepName}', which doesn't exist: ${expression}`;
  if (instanceOf(phase) !== instanceOf(position.phase))
    return `refers to phase '${phaseName}', which runs on another instance: ${expression}`;
  const isOwnInput = step === position.step && source === "inputs";
  return isOwnInput || runsBefore({ phase, step }, position)
    ? undefined
    : `refers to a step that hasn't run yet: ${expression}`;
}

/**
 * The instance on which a phase runs: `validate` runs where `build` ran, each of the others on its
 * own.
 */
function instanceOf({ name }: RawPhase): string {
  return name === "validate" ? "build" : name;
}

function runsBefore(one: Position, other: Position): boolean {
  const order = ({ phase }: Position) => PHASES.indexOf(phase.name);
  const steps = one.phase.steps;
  return (
    order(one) < order(other) ||
    (order(one) === order(other) && steps.indexOf(one.step) < steps.indexOf(other.step))
  );
}

/** Warns of parameters and constants that no expression uses. */
export function unusedVariables(raw: unknown): Problem[] {
  const expressions = textsIn(raw, []).flatMap(({ text }) => expressionsIn(text));
  // Functions of Image Builder also take names: aws:ssm:resolve(name).
  const used = expressions.flatMap((expression) => [
    expression,
    /\(\s*([\w-]+)\s*\)/.exec(expression)?.[1] ?? expression,
  ]);
  return unusedParameters(variablesOf(raw), used);
}
