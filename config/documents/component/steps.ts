/** The phases, steps, parameters and constants of a parsed component document. */

import type { Path } from "../../problems";
import { asText, entriesIn, isMap, listIn, type RawEntry, type RawMap } from "../raw-document";

export interface RawStep extends RawEntry {
  readonly action: string;
}

export interface RawPhase extends RawEntry {
  readonly steps: readonly RawStep[];
}

/** A parameter or a constant. */
export interface RawVariable {
  readonly path: Path;
  readonly name: string;
  readonly definition: RawMap;
}

export function phasesOf(raw: unknown): RawPhase[] {
  return entriesIn(raw, "phases").map((phase) => ({ ...phase, steps: stepsIn(phase) }));
}

function stepsIn({ entry, path }: RawEntry): RawStep[] {
  return entriesIn(entry, "steps", path).map((step) => ({
    ...step,
    action: asText(step.entry["action"]),
  }));
}

export function stepsOf(raw: unknown): RawStep[] {
  return phasesOf(raw).flatMap(({ steps }) => steps);
}

export function variablesOf(raw: unknown): RawVariable[] {
  return [...variablesIn(raw, "parameters"), ...variablesIn(raw, "constants")];
}

/** Each entry of these lists is a map of one name to its definition. */
export function variablesIn(raw: unknown, list: "parameters" | "constants"): RawVariable[] {
  return listIn(raw, list).flatMap((entry, index) =>
    Object.entries(isMap(entry) ? entry : {}).map(([name, definition]) => ({
      path: [list, index, name],
      name,
      definition: isMap(definition) ? definition : {},
    })),
  );
}
