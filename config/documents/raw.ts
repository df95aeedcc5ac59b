/** A parsed document, right or not. */

export type RawMap = Readonly<Record<string, unknown>>;

export function isMap(value: unknown): value is RawMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function entries(raw: unknown, key: string): readonly unknown[] {
  const value = isMap(raw) ? raw[key] : undefined;
  return Array.isArray(value) ? value : [];
}

/** Of what holds more than a text or a number nothing: a name that isn't one is reported as that. */
export function asText(value: unknown): string {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";
}

/** Every text within `value`, with its place. */
export function textsIn(
  value: unknown,
  path: readonly PropertyKey[],
): { path: readonly PropertyKey[]; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  return isMap(value)
    ? Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]))
    : [];
}
