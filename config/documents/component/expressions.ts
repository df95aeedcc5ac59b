import { actionModuleOf } from "../../aws/action-modules";
import { didYouMean } from "../../near-match";
import type { Problem } from "../../problems";
import { isMap } from "../../raw-map";
import { unusedParameters, withMeantNames } from "../checks";
import { asText, textsIn } from "../raw-document";
import { INSTANCES, meantPhase, phasesOf, type RawPhase, type RawStep, variablesOf } from "./steps";

/**
 * `PHASE.STEP.inputs…` or `PHASE.STEP.outputs…`. Names of steps can contain spaces, but no dots.
 */
const CHAIN = /^([^.]+)\.([^.]+)\.(inputs|outputs)((?:\.[\w-]+|\[\d+\])*)$/;

/** Expressions that Image Builder replaces, or AWSTOE while a loop runs. */
const REPLACED_BY_AWS = /^(imagebuilder:|aws:|global:)/;

interface Position {
  readonly phase: RawPhase;
  readonly step: RawStep;
}

/** Returns the different expressions in a text, without their braces. */
function expressionsIn(text: string): string[] {
  const all = [...text.matchAll(/\{\{(.*?)\}\}/gs)].map(([, inner = ""]) => inner.trim());
  return [...new Set(all)];
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
  if (FOREIGN.test(expression)) return foreignMessage(expression);
  if (loop !== undefined) return `refers to a loop that the step doesn't have: ${expression}`;
  const hint =
    didYouMean(expression, document.variables) ||
    "; expected a parameter, a constant or PHASE.STEP.outputs";
  return `refers to an unknown name: ${expression}${hint}`;
}

/**
 * An expression of another tool, such as `.ID` and `json .Config` of Docker, `end` of Go templates
 * or `item | upper` of Ansible.
 */
const FOREIGN = /^\.|\s\.(\w|$)|^(end|else)$|^-\s|\s-$|[^\w\s.[\]:()-]/;

/** https://github.com/aws/ec2-image-builder-roadmap/issues/114 */
function foreignMessage(expression: string): string {
  const [line = ""] = expression.split("\n");
  const shown = line === expression && line.length <= 40 ? line : `${line.slice(0, 40)}…`;
  return `contains an expression of another tool: {{ ${shown} }}; AWSTOE has no way to escape it, so split the braces, as '{''{' does in a shell`;
}

/** Names by which expressions in the step can refer to its loop. */
function loopNames({ entry }: RawStep): string[] {
  const loop = entry["loop"];
  return isMap(loop) ? ["loop", asText(loop["name"])] : [];
}

function chainProblem(
  [expression, phaseName = "", stepName = "", source, rest = ""]: RegExpExecArray,
  position: Position,
  phases: readonly RawPhase[],
): string | undefined {
  const phase = phases.find(({ name }) => name === phaseName);
  if (!phase) {
    // The name of the phase has a problem already.
    if (phases.some(({ name }) => meantPhase(name) === phaseName)) return undefined;
    const hint = didYouMean(phaseName, namesOf(phases));
    return `refers to phase '${phaseName}', which doesn't exist: ${expression}${hint}`;
  }
  const step = phase.steps.find(({ name }) => name === stepName);
  if (!step) {
    const hint = didYouMean(stepName, namesOf(phase.steps));
    return `refers to step '${phaseName}.${stepName}', which doesn't exist: ${expression}${hint}`;
  }
  if (phase !== position.phase) {
    const separation = separationOf(phase, position.phase);
    if (separation !== undefined)
      return `refers to phase '${phaseName}', which ${separation}: ${expression}`;
  }
  const isOwnInput = step === position.step && source === "inputs";
  if (!isOwnInput && !runsBefore({ phase, step }, position, phases))
    return `refers to a step that hasn't run yet: ${expression}`;
  const keys = keysIn(rest);
  const problem = source === "inputs" ? inputProblem(step, keys) : outputProblem(step, keys);
  return problem && `${problem.message}: ${expression}${problem.hint ?? ""}`;
}

function instanceOf({ name }: RawPhase): string | undefined {
  return Object.hasOwn(INSTANCES, name) ? INSTANCES[name] : undefined;
}

/** Returns why steps of phase `other` can't refer to steps of `phase`, if they can't. */
function separationOf(phase: RawPhase, other: RawPhase): string | undefined {
  const otherInstance = instanceOf(other);
  if (otherInstance === undefined) return undefined;
  const instance = instanceOf(phase);
  if (instance === undefined) return "Image Builder doesn't run";
  return instance === otherInstance ? undefined : "runs on another instance";
}

/** Phases run in the order of the document. */
function runsBefore(one: Position, other: Position, phases: readonly RawPhase[]): boolean {
  if (one.phase !== other.phase) return phases.indexOf(one.phase) < phases.indexOf(other.phase);
  const { steps } = one.phase;
  return steps.indexOf(one.step) < steps.indexOf(other.step);
}

type Key = string | number;

/** Returns the keys and indexes of a text such as `[0].destination`. */
function keysIn(rest: string): Key[] {
  return [...rest.matchAll(/\.([\w-]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}

interface ChainProblem {
  readonly message: string;
  readonly hint?: string;
}

function inputProblem({ action, entry }: RawStep, keys: readonly Key[]): ChainProblem | undefined {
  const inputs = entry["inputs"];
  const [first] = keys;
  const isList = actionModuleOf(action)?.isList ?? Array.isArray(inputs);
  if (isList && Array.isArray(inputs) && typeof first !== "number")
    return {
      message: `refers to the inputs of ${action}, which are a list, without an index`,
      hint: "; write inputs[0]",
    };
  // Image Builder wraps a single object.
  const root = isList && !Array.isArray(inputs) && typeof first === "number" ? [inputs] : inputs;
  return valueProblem(root, keys);
}

/** Follows the keys to the end. */
function valueProblem(value: unknown, [key, ...rest]: readonly Key[]): ChainProblem | undefined {
  if (typeof key === "number") {
    if (!Array.isArray(value)) return { message: "has an index where there is no list" };
    return key < value.length ? valueProblem(value[key], rest) : pastTheEnd(key, value.length);
  }
  if (!isMap(value)) {
    if (key === undefined) return undefined;
    return Array.isArray(value)
      ? { message: "has no index where there is a list" }
      : { message: "refers to a part of an input that has no parts" };
  }
  if (key !== undefined && Object.hasOwn(value, key)) return valueProblem(value[key], rest);
  return {
    message: "refers to an input that the step doesn't have",
    hint: expected(key, Object.keys(value)),
  };
}

function outputProblem({ action, entry }: RawStep, keys: readonly Key[]): ChainProblem | undefined {
  const module = actionModuleOf(action);
  if (!module) return undefined;
  const [index, name, ...rest] = typeof keys[0] === "number" ? keys : [0, ...keys];
  const inputs = entry["inputs"];
  const count = module.isList && Array.isArray(inputs) ? inputs.length : 1;
  if (Number(index) >= count) return pastTheEnd(Number(index), count);
  const outputs = module.outputs ?? [];
  if (rest.length === 0 && outputs.some((output) => output === name)) return undefined;
  return {
    message: `refers to an output that ${action} doesn't have`,
    hint: expected(rest.length === 0 ? name : undefined, outputs),
  };
}

function pastTheEnd(index: number, count: number): ChainProblem {
  return { message: `refers to [${index}] of a list of ${count}`, hint: "; the first is [0]" };
}

function expected(given: Key | undefined, names: readonly string[]): string {
  if (names.length === 0) return "; it has none";
  return didYouMean(String(given ?? ""), names) || `; expected ${names.join(", ")}`;
}

function namesOf(named: readonly { readonly name: string }[]): string[] {
  return named.map(({ name }) => name);
}

/** Number of keys in the path of a variable: its list, its index and its name. */
const VARIABLE_PATH_LENGTH = 3;

/** Warns of parameters and constants that no expression uses, if they are written as such. */
export function unusedVariables(raw: unknown): Problem[] {
  const expressions = textsIn(raw, []).flatMap(({ text }) => expressionsIn(text));
  // Functions of Image Builder also take names: aws:ssm:resolve(name).
  const used = expressions.flatMap((expression) => [
    expression,
    /\(\s*([\w-]+)\s*\)/.exec(expression)?.[1] ?? expression,
  ]);
  const variables = variablesOf(raw);
  const declared = variables.filter(({ path }) => path.length === VARIABLE_PATH_LENGTH);
  return unusedParameters(declared, withMeantNames(used, namesOf(variables)));
}
