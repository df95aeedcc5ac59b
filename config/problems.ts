import type { z } from "zod";
import { required } from "../contract/required";
import { nearMatch } from "./near-match";

/** Where something is in a file, as keys and list indexes. */
export type Path = readonly PropertyKey[];

/** Something wrong in a factory file or in a document that it names. */
export interface Problem {
  /** File, line and column. @default - a factory file that isn't written to disk */
  readonly at?: string;
  readonly path: Path;
  /** The key of the map at `path` that is wrong. @default - the value is */
  readonly key?: string;
  /** Lower case, without a full stop. Says what to do where that isn't obvious. */
  readonly message: string;
  /** The value that was found. @default - the message doesn't show one */
  readonly got?: unknown;
  /** Id of the rule that reported it. @default - the schema did */
  readonly rule?: string;
  /**
   * An error is what AWS rejects, what can't be built, or what breaks a promise of the README or
   * the security page. Anything else is a warning.
   * @default "error"
   */
  readonly severity?: "error" | "warning";
}

/** The result of validating `T`: the value, unless there is an error, and every problem. */
export interface Validated<T> {
  /** @default - there is an error */
  readonly value?: T | undefined;
  readonly problems: readonly Problem[];
}

export function isError({ severity }: Problem): boolean {
  return severity !== "warning";
}

export function isWarning(problem: Problem): boolean {
  return !isError(problem);
}

/** A mistake of the user. Its message is all that is printed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  /** Creates an error that lists the problems of `file`, one per line. */
  static of(file: string, problems: readonly Problem[]): ConfigError {
    return new ConfigError(describeProblems(file, problems));
  }
}

/** Renders the problems of `file`, one per line: errors first, then warnings. */
export function describeProblems(file: string, problems: readonly Problem[]): string {
  const errors = problems.filter(isError);
  const warnings = problems.filter(isWarning);
  return [...section(file, "problem", errors), ...section(file, "warning", warnings)].join("\n");
}

function section(file: string, noun: string, problems: readonly Problem[]): string[] {
  if (problems.length === 0) return [];
  const count = problems.length === 1 ? `1 ${noun}` : `${problems.length} ${noun}s`;
  return [`${file} has ${count}:`, ...problems.map((problem) => `  ${describeProblem(problem)}`)];
}

/** Renders a problem on one line: `path: message, got: value [rule]`. */
export function describeProblem({ at, path, message, got, rule }: Problem): string {
  const where = [
    ...(at === undefined ? [] : [`${at} `]),
    ...(path.length === 0 ? [] : [`${dotted(path)}: `]),
  ].join("");
  const found = got === undefined ? "" : `, got: ${show(got)}`;
  const id = rule === undefined ? "" : ` [${rule}]`;
  return `${where}${message}${found}${id}`;
}

/** Renders a path as people write it: `images.base.components[1]`. */
export function dotted(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function show(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return `{${Object.keys(value).join(", ")}}`;
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== "unrecognized_keys") return [problemOf(issue)];
  const lines = issue.message.split("\n");
  return issue.keys.map((key, index) => ({
    path: issue.path,
    message: required(lines[index], `the message about the unknown key '${key}'`),
    key,
  }));
}

function problemOf(issue: z.core.$ZodIssue): Problem {
  const { path, message, input: got } = issue;
  if (issue.code === "invalid_key")
    return { path, message: issue.issues[0]?.message ?? message, got };
  // Zod reports a union's discriminator with the whole object.
  if (
    issue.code === "invalid_union" &&
    "discriminator" in issue &&
    typeof got === "object" &&
    got !== null
  ) {
    const discriminator = path.at(-1);
    const value =
      discriminator === undefined ? got : (got as Record<PropertyKey, unknown>)[discriminator];
    return { path, message, got: value };
  }
  return got === undefined ? { path, message: `is missing, ${message}` } : { path, message, got };
}

/**
 * Leaves out what results from an unknown key: problems of the key that it probably means, and that
 * keys don't go together.
 */
function withoutResults(
  problems: readonly Problem[],
  issues: readonly z.core.$ZodIssue[],
): Problem[] {
  const unknown = problems.filter(({ key }) => key !== undefined);
  const unknownAt = (path: Path): string[] =>
    unknown.filter((one) => dotted(one.path) === dotted(path)).map(({ key = "" }) => key);
  const custom = new Set(
    issues.filter(({ code }) => code === "custom").map(({ path }) => dotted(path)),
  );
  const isResult = ({ path, key }: Problem): boolean => {
    if (key !== undefined) return false;
    const name = String(path.at(-1));
    const isMeant = unknownAt(path.slice(0, -1)).some((other) => nearMatch(other, [name]));
    return isMeant || (custom.has(dotted(path)) && unknownAt(path).length > 0);
  };
  return unknown.length === 0 ? [...problems] : problems.filter((one) => !isResult(one));
}

/**
 * Returns the problems that a schema found. The schema must have been called with
 * `reportInput: true`.
 */
export function schemaProblems(error: z.core.$ZodError | undefined): Problem[] {
  const issues = error?.issues ?? [];
  return withoutResults(issues.flatMap(problemsOf), issues);
}
