import type { Problem } from "../../problems";
import { textsIn } from "../raw";
import { phasesOf, type RawPhase, type RawStep, variablesOf } from "./steps";

const EXPRESSION = /\{\{(.*?)\}\}/gs;

/** `phase.step.inputs…` or `phase.step.outputs…`; names of steps may hold spaces, not dots. */
const CHAIN = /^([\w-]+)\.([^.]+)\.(inputs|outputs)(\[\d+\])?((?:\.[\w-]+|\[\d+\])*)$/;

/** Filled in by the service, or by AWSTOE while a loop runs. */
const FOREIGN = /^(imagebuilder:|aws:|global:)/;

/** Phases run in this order, whatever the document's; a stage's on one instance, where nothing of the others' is known. */
const ORDER = ["build", "validate", "test", "container-host-test"];
function stageOf(phase: string): string {
  return phase === "validate" ? "build" : phase;
}

interface Place {
  readonly phase: RawPhase;
  readonly step: RawStep;
}

function chainProblem(
  phases: readonly RawPhase[],
  at: Place,
  chain: RegExpExecArray,
): string | undefined {
  const [expression, phaseName, stepName] = chain;
  const phase = phases.find(({ name }) => name === phaseName);
  if (!phase)
    return `refers to phase '${phaseName}', which the document doesn't have: ${expression}`;
  const step = phase.steps.find(({ name }) => name === stepName);
  if (!step)
    return `refers to step '${phaseName}.${stepName}', which the document doesn't have: ${expression}`;
  if (stageOf(phase.name) !== stageOf(at.phase.name))
    return `refers from ${at.phase.name} to ${phaseName}, which runs on another instance: ${expression}`;
  const order = (place: Place) =>
    [ORDER.indexOf(place.phase.name), place.phase.steps.indexOf(place.step)] as const;
  const [there, here] = [order({ phase, step }), order(at)];
  const isEarlier = there[0] < here[0] || (there[0] === here[0] && there[1] < here[1]);
  return isEarlier || (step === at.step && chain[3] === "inputs")
    ? undefined
    : `refers to a step that runs later: ${expression}`;
}

function loopNames({ step }: RawStep): string[] {
  const loop = step["loop"];
  if (typeof loop !== "object" || loop === null) return [];
  const { name } = loop as { readonly name?: unknown };
  return ["loop", ...(typeof name === "string" ? [name] : [])];
}

/** Problems of every expression in the steps: what it refers to must exist, and have run before on the same instance. */
export function expressionProblems(raw: unknown): Problem[] {
  const phases = phasesOf(raw);
  const variables = [...variablesOf(raw, "parameters"), ...variablesOf(raw, "constants")].map(
    ({ name }) => name,
  );

  const problemOf = (at: Place, inner: string): string | undefined => {
    if (FOREIGN.test(inner) || variables.includes(inner)) return undefined;
    const loop = /^(.+)\.(index|value)$/.exec(inner);
    const loops = loopNames(at.step);
    if (loop && loops.includes(loop[1] ?? "")) return undefined;
    const chain = CHAIN.exec(inner);
    if (chain) return chainProblem(phases, at, chain);
    if (loop) return `refers to a loop that the step doesn't have: ${inner}`;
    return `refers to what is neither a parameter, a constant nor phase.step.outputs: ${inner}`;
  };

  return phases.flatMap((phase) =>
    phase.steps.flatMap((step) =>
      ["inputs", "if", "loop"].flatMap((key) =>
        textsIn(step.step[key], [...step.path, key]).flatMap(({ path, text }) =>
          [...text.matchAll(EXPRESSION)].flatMap(([, inner = ""]) => {
            const message = problemOf({ phase, step }, inner.trim());
            return message === undefined ? [] : [{ path, message }];
          }),
        ),
      ),
    ),
  );
}

/** Parameters and constants that no expression uses. */
export function unusedProblems(raw: unknown): Problem[] {
  const used = new Set(
    textsIn(raw, [])
      .flatMap(({ text }) => [...text.matchAll(EXPRESSION)])
      // Functions of the service take names as well: aws:ssm:resolve(name).
      .flatMap(([, inner = ""]) => [inner.trim(), /\(\s*([\w-]+)\s*\)/.exec(inner)?.[1] ?? ""]),
  );
  return (["parameters", "constants"] as const).flatMap((kind) =>
    variablesOf(raw, kind)
      .filter(({ name }) => !used.has(name))
      .map(({ path }) => ({ path, message: "is declared and not used" })),
  );
}
