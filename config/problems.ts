import type { z } from "zod";

/** Something wrong in a file: where, what, and what stands there. */
export interface Problem {
  /** File, line and column, where it isn't in the file that the others are in. @default - it is */
  readonly at?: string;
  readonly path: readonly PropertyKey[];
  /** Lower-case, no full stop; says what to do where that isn't obvious. */
  readonly message: string;
  /** What was found. @default - nothing is said of it */
  readonly got?: unknown;
}

/** A user's mistake: its message is all that is printed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  /** `file` and all of its problems, a line each. */
  static of(file: string, problems: readonly Problem[]): ConfigError {
    const lines = problems.map((problem) => `  ${line(problem)}`);
    return new ConfigError(
      `${file} has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:\n${lines.join("\n")}`,
    );
  }
}

function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === "number"
        ? `${text}[${key}]`
        : text === ""
          ? String(key)
          : `${text}.${String(key)}`,
    "",
  );
}

function found(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return `{${Object.keys(value).join(", ")}}`;
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function line({ at, path, message, got }: Problem): string {
  const where = `${at === undefined ? "" : `${at} `}${path.length === 0 ? "" : `${dotted(path)}: `}`;
  return got === undefined ? `${where}${message}` : `${where}${message}, got: ${found(got)}`;
}

function ofIssue(issue: z.core.$ZodIssue): Problem {
  const { path, message, input: got } = issue;
  if (issue.code === "invalid_key") return { path, message: issue.issues[0]?.message ?? "", got };
  // A union's discriminator is reported with the whole object.
  if (
    issue.code === "invalid_union" &&
    "discriminator" in issue &&
    typeof got === "object" &&
    got !== null
  )
    return { path, message, got: (got as Record<PropertyKey, unknown>)[path.at(-1) ?? ""] };
  if (issue.code === "unrecognized_keys") return { path, message };
  return got === undefined ? { path, message: `is missing, ${message}` } : { path, message, got };
}

/** What a schema found; it must have been asked with `reportInput`. */
export function schemaProblems(error: z.core.$ZodError | undefined): Problem[] {
  return (error?.issues ?? []).map(ofIssue);
}
