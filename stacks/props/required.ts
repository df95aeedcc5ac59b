/**
 * Returns a value that validation guarantees to exist. Throws an `Error` that names it if it is
 * missing: a defect of this project.
 */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
}
