import { INSTANCE_TYPE_NAMES } from "./sdk-names";

/** The instance types that the AWS SDK knows. AWS adds new ones. */
export const INSTANCE_TYPES: readonly string[] = INSTANCE_TYPE_NAMES.trim().split(/\s+/);

const KNOWN = new Set(INSTANCE_TYPES);

/** Returns whether the AWS SDK knows an instance type. */
export function isInstanceType(name: string): boolean {
  return KNOWN.has(name);
}
