/** The parameters, steps and outputs of a parsed workflow document. */

import { isMap } from "../../raw-map";
import { asText, entriesIn, type RawEntry } from "../raw-document";

export interface RawStep extends RawEntry {
  readonly action: string;
  readonly inputs: unknown;
}

export interface RawWorkflow {
  readonly parameters: readonly RawEntry[];
  readonly steps: readonly RawStep[];
  readonly outputs: readonly RawEntry[];
}

export function readWorkflow(raw: unknown): RawWorkflow {
  return {
    parameters: entriesIn(raw, "parameters").map((parameter) => ({
      ...parameter,
      name: nameAsKey(parameter.entry) ?? parameter.name,
    })),
    steps: entriesIn(raw, "steps").map((step) => ({
      ...step,
      action: asText(step.entry["action"]),
      inputs: step.entry["inputs"],
    })),
    outputs: entriesIn(raw, "outputs"),
  };
}

/**
 * Returns the name of a parameter that is written as in component documents: a map of one name to
 * its definition.
 */
export function nameAsKey(parameter: unknown): string | undefined {
  const [[key, definition] = [], ...others] = Object.entries(isMap(parameter) ? parameter : {});
  return others.length === 0 && isMap(definition) ? key : undefined;
}
