import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { ConfigError } from "../../config/problems";

/** A resource's change, as `terraform show -json` prints it. */
export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
  };
}

export interface Plan {
  readonly stack: string;
  readonly changes: readonly ResourceChange[];
  /** The error that Terraform printed. @default - planning succeeded */
  readonly failed?: string;
}

/**
 * Content of a plan file: the output of `terraform show -json`, or the error of a stack that
 * couldn't be planned.
 */
export interface PlanFile {
  readonly format_version?: string;
  readonly resource_changes?: readonly ResourceChange[];
  /** Whether applying the plan changes anything. */
  readonly applyable?: boolean;
  readonly failed?: string;
  /** SHA-256 of the Terraform configuration that was planned. */
  readonly configuration?: string;
}

/** Reads the plan of the stack that the file is named after. */
export function readPlan(file: string): Plan {
  const stack = basename(file, ".json");
  const { failed, format_version: version, resource_changes: changes = [] } = parsePlanFile(file);
  if (failed !== undefined) return { stack, changes: [], failed };
  if (version === undefined)
    throw new ConfigError(`${file} isn't a plan: write it with \`terraform show -json PLAN\``);
  return { stack, changes };
}

/** Parses a plan file; throws a `ConfigError` if it isn't JSON. */
export function parsePlanFile(file: string): PlanFile {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new ConfigError(`${file} can't be read as a plan: ${(cause as Error).message}`, {
      cause,
    });
  }
}

export const KINDS = ["create", "update", "replace", "destroy"] as const;

/** How a plan changes a resource. */
export type Kind = (typeof KINDS)[number];

/** Returns `undefined` for a resource that is only read or doesn't change. */
export function kindOf({ change: { actions } }: ResourceChange): Kind | undefined {
  if (actions.includes("create") && actions.includes("delete")) return "replace";
  if (actions.includes("create")) return "create";
  if (actions.includes("update")) return "update";
  return actions.includes("delete") ? "destroy" : undefined;
}

/** Returns the line of Terraform's output that names the error. */
export function errorLine(output: string): string {
  const [firstLine = ""] = output.split("\n");
  return /Error: .*/.exec(output)?.[0] ?? firstLine;
}
