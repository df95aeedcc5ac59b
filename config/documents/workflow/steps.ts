/** The parameters, steps and outputs of a parsed workflow document. */

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
    parameters: entriesIn(raw, "parameters"),
    steps: entriesIn(raw, "steps").map((step) => ({
      ...step,
      action: asText(step.entry["action"]),
      inputs: step.entry["inputs"],
    })),
    outputs: entriesIn(raw, "outputs"),
  };
}
