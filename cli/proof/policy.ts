/** The IAM policies of `factory doctor`, from the calls of its checks. */
import type { Check } from "./check";
import { CHECKS } from "./checks";

/** Returns the IAM actions that checks need, sorted. */
export function actionsOf(checks: readonly Check[]): string[] {
  return [...new Set(checks.flatMap(({ calls }) => calls))].sort();
}

const STATEMENT = { Effect: "Allow", Action: actionsOf(CHECKS), Resource: "*" } as const;

/** Allows everything that the checks call, which changes nothing. */
export const DOCTOR_POLICY = {
  Version: "2012-10-17",
  Statement: [{ Sid: "Look", ...STATEMENT }],
} as const;

/** Limits the session of an assumed role. STS accepts 2,048 characters. */
export const READ_ONLY = {
  name: "golden-image-factory-doctor",
  policy: JSON.stringify({ Version: "2012-10-17", Statement: [STATEMENT] }),
};
