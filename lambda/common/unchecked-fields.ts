/** Returns the fields of a payload as unchecked values; no fields if it isn't an object. */
export function uncheckedFields<T>(value: unknown): { readonly [Key in keyof T]?: unknown } {
  return typeof value === "object" && value !== null ? value : {};
}
