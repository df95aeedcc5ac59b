/** The results of a command for each stack. */
import { ConfigError } from "../../config/problems";
import { table } from "../table";
import { explainFailure } from "./explain-failure";
import type { Stack } from "./stack-manifest";

/** The result of a command for one stack. */
export interface Outcome {
  /** In few words, such as `applied`. */
  readonly result: string;
  readonly reason?: string;
  /** Whether stacks that depend on this one can't be applied. @default false */
  readonly isBlocking?: boolean;
}

/** Outcomes of stacks, in the order in which to deploy them. */
export type Outcomes = ReadonlyMap<Stack, Outcome>;

export function outcomesTable(outcomes: Outcomes): string {
  return table(
    [...outcomes].map(([{ id }, { result, reason }]) => [
      id,
      reason === undefined ? result : `${result}: ${reason}`,
    ]),
  );
}

export function outcomesAsJson(outcomes: Outcomes): object {
  const stacks = [...outcomes].map(([{ id, account, accountId, region }, { result, reason }]) => ({
    stack: id,
    account,
    accountId,
    region,
    result,
    ...(reason !== undefined && { reason }),
  }));
  return { stacks };
}

/**
 * Prints why a stack failed. Throws the error instead if it isn't about this stack, such as if
 * Terraform isn't installed.
 */
export function reportFailure(stack: Stack, error: unknown): string {
  if (error instanceof ConfigError) throw error;
  const { message } = error as Error;
  console.error(`${stack.id} failed:\n${explainFailure(stack, message)}\n`);
  return message;
}
