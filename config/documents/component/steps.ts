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

/**
 * Returns the variables of a list in which each entry is a map of one name to its definition. Other
 * forms also declare a name, so that the schema's problem is the only one.
 */
export function variablesIn(raw: unknown, list: "parameters" | "constants"): RawVariable[] {
  const value = isMap(raw) ? raw[list] : undefined;
  if (isMap(value)) return variablesOfMap(value, [list]);
  return listIn(raw, list).flatMap((entry, index) => {
    const path = [list, index];
    if (isInOtherForm(entry)) return [{ path, name: nameInOtherForm(entry), definition: {} }];
    return variablesOfMap(isMap(entry) ? entry : {}, path);
  });
}

function variablesOfMap(map: RawMap, path: Path): RawVariable[] {
  return Object.entries(map).map(([name, definition]) => ({
    path: [...path, name],
    name,
    definition: isMap(definition) ? definition : {},
  }));
}

/**
 * Returns whether an entry is a variable whose name and definition are in one map, such as
 * `- name: Port` followed by `type: string`.
 */
export function isInOtherForm(entry: unknown): boolean {
  if (!isMap(entry)) return false;
  const values = Object.values(entry);
  return values.length > 1 && !values.some(isMap);
}

/** Returns the name in such an entry: its `name`, or else the key without a value. */
export function nameInOtherForm(entry: unknown): string {
  if (!isMap(entry)) return "";
  const [keyWithoutValue = "NAME"] = Object.keys(entry).filter((key) => entry[key] === null);
  return asText(entry["name"]) || keyWithoutValue;
}
