/** A component document as it was parsed, right or not: whatever isn't a phase or a step is passed over. */

type Map = Readonly<Record<string, unknown>>;

export const isMap = (value: unknown): value is Map => typeof value === "object" && value !== null && !Array.isArray(value);

export const entries = (raw: unknown, key: string): readonly unknown[] => {
  const value = isMap(raw) ? raw[key] : undefined;
  return Array.isArray(value) ? value : [];
};

export interface RawPhase {
  readonly path: readonly PropertyKey[];
  readonly name: string;
  readonly steps: readonly RawStep[];
}

export interface RawStep {
  readonly path: readonly PropertyKey[];
  readonly name: string;
  readonly action: string;
  readonly step: Map;
}

const stepsOf = (phase: unknown, path: readonly PropertyKey[]): RawStep[] =>
  entries(phase, "steps").flatMap((step, index) =>
    isMap(step) ? [{ path: [...path, "steps", index], name: String(step["name"]), action: String(step["action"]), step }] : [],
  );

export const phasesOf = (raw: unknown): RawPhase[] =>
  entries(raw, "phases").flatMap((phase, index) => {
    const path = ["phases", index];
    return isMap(phase) ? [{ path, name: String(phase["name"]), steps: stepsOf(phase, path) }] : [];
  });

/** Names and definitions of the `parameters` or `constants`, with their places. */
export const variablesOf = (
  raw: unknown,
  kind: "parameters" | "constants",
): { path: PropertyKey[]; name: string; definition: Map }[] =>
  entries(raw, kind).flatMap((entry, index) =>
    isMap(entry)
      ? Object.entries(entry).map(([name, definition]) => ({
          path: [kind, index, name],
          name,
          definition: isMap(definition) ? definition : {},
        }))
      : [],
  );

/** Every text within `value`, with its place. */
export const textsIn = (value: unknown, path: readonly PropertyKey[]): { path: readonly PropertyKey[]; text: string }[] => {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  return isMap(value) ? Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key])) : [];
};
