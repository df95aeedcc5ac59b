/** The phases, steps, parameters and constants of a parsed component document. */

import { nearMatch } from "../../near-match";
import type { Path } from "../../problems";
import { isMap, type RawMap } from "../../raw-map";
import { asText, entriesIn, listIn, type RawEntry } from "../raw-document";

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

/** A document must have at least one of these phases. */
export const REQUIRED_PHASES: readonly string[] = ["build", "validate", "test"];

/**
 * Instances on which Image Builder runs phases. It runs no others: they run only through the action
 * module ExecuteDocument, wherever it is used.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-components.html
 */
export const INSTANCES: Readonly<Record<string, string>> = {
  build: "build",
  validate: "build",
  test: "test",
  "container-host-test": "container-host-test",
};

const PHASES = Object.keys(INSTANCES);

/** Returns the phase of Image Builder that a mistyped name probably means. */
export function meantPhase(name: string): string | undefined {
  return PHASES.includes(name) ? undefined : nearMatch(name, PHASES);
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
