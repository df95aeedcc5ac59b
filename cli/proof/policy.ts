/** The IAM policies of `factory doctor`, from the calls of its checks. */
import type { Check } from "./check";
import { CHECKS } from "./checks";

/**
 * Returns the IAM actions that checks need, sorted. S3 calls the permission of HeadBucket
 * s3:ListBucket.
 */
export function actionsOf(checks: readonly Check[]): string[] {
  return [...new Set(checks.flatMap(({ calls }) => calls))].sort();
}

/** A policy that allows all that the checks do, and nothing that changes something. */
export function doctorPolicy(): object {
  return {
    Version: "2012-10-17",
    Statement: [{ Sid: "Look", Effect: "Allow", Action: actionsOf(CHECKS), Resource: "*" }],
  };
}

/** The policy that limits the session of an assumed role. STS accepts 2,048 characters. */
export const READ_ONLY = {
  name: "golden-image-factory-doctor",
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actionsOf(CHECKS), Resource: "*" }],
  }),
};
