/** A component document as it was parsed, right or not: whatever isn't a phase or a step is passed over. */

import { asText, entries, isMap, type RawMap } from "../raw";

export interface RawPhase {
  readonly path: readonly PropertyKey[];
  readonly name: string;
  readonly steps: readonly RawStep[];
}

export interface RawStep {
  readonly path: readonly PropertyKey[];
  readonly name: string;
  readonly action: string;
  readonly step: RawMap;
}

function stepsOf(phase: unknown, path: readonly PropertyKey[]): RawStep[] {
  return entries(phase, "steps").flatMap((step, index) =>
    isMap(step)
      ? [
          {
            path: [...path, "steps", index],
            name: asText(step["name"]),
            action: asText(step["action"]),
            step,
          },
        ]
      : [],
  );
}

export function phasesOf(raw: unknown): RawPhase[] {
  return entries(raw, "phases").flatMap((phase, index) => {
    const path = ["phases", index];
    return isMap(phase) ? [{ path, name: asText(phase["name"]), steps: stepsOf(phase, path) }] : [];
  });
}

/** Names and definitions of the `parameters` or `constants`, with their places. */
export function variablesOf(
  raw: unknown,
  kind: "parameters" | "constants",
): { path: PropertyKey[]; name: string; definition: RawMap }[] {
  return entries(raw, kind).flatMap((entry, index) =>
    isMap(entry)
      ? Object.entries(entry).map(([name, definition]) => ({
          path: [kind, index, name],
          name,
          definition: isMap(definition) ? definition : {},
        }))
      : [],
  );
}
