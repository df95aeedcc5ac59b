/** A workflow document as it was parsed, right or not: whatever isn't a parameter, a step or an output is passed over. */

import { asText, entries, isMap } from "../raw";

export type Path = readonly PropertyKey[];

export interface RawStep {
  readonly path: Path;
  readonly name: string;
  readonly action: string;
  readonly onFailure: unknown;
  readonly inputs: unknown;
  readonly condition: unknown;
  /** Whether what it made is removed where a later one fails. */
  readonly rollback: unknown;
}

export interface RawWorkflow {
  readonly parameters: readonly { readonly path: Path; readonly name: string }[];
  readonly steps: readonly RawStep[];
  readonly outputs: readonly {
    readonly path: Path;
    readonly name: string;
    readonly value: unknown;
  }[];
}

function maps(raw: unknown, key: string) {
  return entries(raw, key).flatMap((entry, index) =>
    isMap(entry) ? [{ path: [key, index] as Path, name: asText(entry["name"]), entry }] : [],
  );
}

export function readWorkflow(raw: unknown): RawWorkflow {
  return {
    parameters: maps(raw, "parameters"),
    steps: maps(raw, "steps").map(({ path, name, entry }) => ({
      path,
      name,
      action: asText(entry["action"]),
      onFailure: entry["onFailure"],
      inputs: entry["inputs"],
      condition: entry["if"],
      rollback: Object.fromEntries(
        Object.entries(entry).filter(([key]) => key.startsWith("rollbackEnabled")),
      ),
    })),
    outputs: maps(raw, "outputs").map(({ path, name, entry }) => ({
      path,
      name,
      value: entry["value"],
    })),
  };
}
