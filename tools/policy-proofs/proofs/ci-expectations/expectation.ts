/** The type of the expectations, and helpers to write them. */
import type { Context } from "../../../iam/evaluate";

/** The actions that the roles for GitHub Actions may perform on a resource. */
export interface Expectation {
  readonly service: string;
  readonly resource: string;
  readonly context?: Context;
  /** All write actions of the deploy role. @default - none */
  readonly writes: readonly string[];
  /** Read actions that the roles need; they may have others. @default - none */
  readonly reads: readonly string[];
  /** Whether the plan role doesn't need `reads`. @default false */
  readonly isDeployOnly?: boolean;
  /**
   * Whether both roles may decrypt, which the authorization reference calls a write. @default false
   */
  readonly canDecrypt?: boolean;
}

type Details = Partial<Omit<Expectation, "service" | "resource">>;

export function expectation(service: string, resource: string, details: Details = {}): Expectation {
  return { service, resource, writes: [], reads: [], ...details };
}

/** Returns actions that the roles have only under a condition. */
export function actionsIf(condition: boolean, actions: readonly string[]): readonly string[] {
  return condition ? actions : [];
}

export const TAG_ACTIONS = ["TagResource", "UntagResource"];
