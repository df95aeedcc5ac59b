import { type Document, isAlias, isScalar } from "yaml";
import type { z } from "zod";
import { type Path, type Problem, schemaProblems } from "../problems";
import { nodeIn } from "../yaml/parse";
import { textsIn } from "./raw-document";

/** Returns the text of the unquoted scalar at a path; `undefined` for anything else. */
export type SourceOf = (path: Path) => string | undefined;

/** The result of parsing a value with a schema. */
interface Parsed<T> {
  readonly data?: T | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Parses a value with a schema. Numbers and booleans count as strings where the schema wants
 * strings, unless YAML changes their text.
 *
 * @param path - Path of the value in its document.
 */
export function parseScalarsAsText<T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: Path,
  sourceOf: SourceOf,
): Parsed<T> {
  const asRead = schema.safeParse(value, { reportInput: true });
  const scalars = (asRead.error?.issues ?? []).filter(isScalarForString).map((issue) => {
    const text = String(issue.input);
    return { path: issue.path, text, source: sourceOf([...path, ...issue.path]) ?? text };
  });
  const texts = scalars.reduce((root, scalar) => withText(root, scalar.path, scalar.source), value);
  const { data, error } =
    scalars.length === 0 ? asRead : schema.safeParse(texts, { reportInput: true });
  const changed = scalars
    .filter(({ text, source }) => text !== source)
    .map(({ path: at, text, source }) => ({
      path: at,
      message: `must be quoted, because YAML changes it to ${text}: write '${source}'`,
    }));
  const problems = [...schemaProblems(error), ...changed].map((problem) => ({
    ...problem,
    path: [...path, ...problem.path],
  }));
  return { data, problems };
}

function isScalarForString(issue: z.core.$ZodIssue): boolean {
  return (
    issue.code === "invalid_type" &&
    issue.expected === "string" &&
    (typeof issue.input === "number" || typeof issue.input === "boolean")
  );
}

/** Returns a copy of `root` with `text` at `path`. */
function withText(root: unknown, [key, ...rest]: Path, text: string): unknown {
  if (key === undefined) return text;
  const child = (root as Record<PropertyKey, unknown>)[key];
  const copy = Array.isArray(root) ? [...root] : { ...(root as object) };
  return Object.assign(copy, { [key]: withText(child, rest, text) });
}

/** Returns a function that looks up the unquoted scalars of a parsed document. */
export function sourcesIn(yaml: Document): SourceOf {
  return (path) => {
    const found = nodeIn(yaml, path);
    const node = isAlias(found) ? found.resolve(yaml) : found;
    return isScalar(node) && node.type === "PLAIN" ? node.source : undefined;
  };
}

/** https://yaml.org/type/timestamp.html */
const TIMESTAMP =
  /^\d{4}-(\d{2}-\d{2}|\d{1,2}-\d{1,2}([Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(\.\d*)?([ \t]*(Z|[-+]\d{1,2}(:\d{2})?))?)$/;

/**
 * Reports dates without quotes. No place of a document is meant for a date, and AWSTOE would write
 * it in another form.
 */
export function unquotedDates(raw: unknown, sourceOf: SourceOf): Problem[] {
  return textsIn(raw, [])
    .filter(({ path, text }) => TIMESTAMP.test(text) && sourceOf(path) !== undefined)
    .map(({ path, text }) => ({
      path,
      message: `must be quoted, because YAML reads it as a date: write '${text}'`,
    }));
}
