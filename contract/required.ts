/**
 * Returns a value that must exist: validation guarantees it, or every answer of AWS contains it.
 * Throws an `Error` that names it if it is missing.
 */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
}
