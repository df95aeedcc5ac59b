/** The steps of a component document, with parameters and constants in place of expressions. */

import { checkComponent } from "../../config/documents/component/check";
import { phasesOf, type RawStep, variablesIn } from "../../config/documents/component/steps";
import { asText, listIn } from "../../config/documents/raw-document";
import { isError } from "../../config/problems";
import { parseYaml } from "../../config/yaml/parse";

/** A step that can be executed. */
export interface Step {
  /** `PHASE.STEP`. */
  readonly name: string;
  readonly action: string;
  readonly onFailure: "Abort" | "Continue" | "Ignore";
  /** How often AWSTOE runs the step until it succeeds. */
  readonly maxAttempts: number;
  /** The bash script. @default - the action module isn't ExecuteBash */
  readonly script?: string | undefined;
}

/** Steps by the name of their phase. */
export type Phases = Readonly<Record<string, readonly Step[]>>;

/** Keys of a step whose effect isn't emulated, because no document of this repository has them. */
const NOT_EMULATED = ["if", "loop"];

/**
 * Reads the document in `file`.
 *
 * Throws an error if the document is invalid, if a parameter has no value, or if it contains
 * something that isn't emulated.
 */
export function readPhases(
  file: string,
  text: string,
  parameters: Readonly<Record<string, string>> = {},
): Phases {
  const [problem] = checkComponent(file, text).problems.filter(isError);
  if (problem) throw new Error(`${problem.at} ${problem.message}`);
  const raw = parseYaml(file, text, { start: "schemaVersion: 1.0", maxAliases: 1_000 }).value?.raw;
  const values = valuesIn(raw, parameters);
  return Object.fromEntries(
    phasesOf(raw).map(({ name, steps }) => [
      name,
      steps.map((step) => readStep(`${name}.${step.name}`, step, values)),
    ]),
  );
}

function valuesIn(
  raw: unknown,
  parameters: Readonly<Record<string, string>>,
): ReadonlyMap<string, string | undefined> {
  const constants = variablesIn(raw, "constants").map(
    ({ name, definition }) => [name, asText(definition["value"])] as const,
  );
  const declared = variablesIn(raw, "parameters").map(({ name, definition }) => {
    const value = "default" in definition ? asText(definition["default"]) : undefined;
    return [name, parameters[name] ?? value] as const;
  });
  return new Map([...constants, ...declared]);
}

function readStep(
  name: string,
  { action, entry }: RawStep,
  values: ReadonlyMap<string, string | undefined>,
): Step {
  for (const key of NOT_EMULATED)
    if (key in entry) throw new Error(`${name}: '${key}' isn't emulated`);
  return {
    name,
    action,
    onFailure: (entry["onFailure"] as Step["onFailure"] | undefined) ?? "Abort",
    maxAttempts: Number(entry["maxAttempts"] ?? 1),
    script: action === "ExecuteBash" ? scriptOf(name, entry["inputs"], values) : undefined,
  };
}

/**
 * AWSTOE writes all commands of a step to one file and runs it with bash:
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-action-modules.html
 */
function scriptOf(
  step: string,
  inputs: unknown,
  values: ReadonlyMap<string, string | undefined>,
): string {
  const commands = listIn(inputs, "commands").map(asText).join("\n");
  return `${commands}\n`.replace(/\{\{(.*?)\}\}/gs, (_, inner: string) => {
    const value = values.get(inner.trim());
    if (value === undefined) throw new Error(`${step}: '${inner.trim()}' has no value`);
    return value;
  });
}
