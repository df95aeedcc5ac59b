import type { z } from "zod";
import { isError, type Path, type Problem, type Validated } from "../problems";
import { type Locate, parseYaml } from "../yaml/parse";
import { withUnquotedExpressions } from "./checks";
import { parseScalarsAsText, type SourceOf, sourcesIn, unquotedDates } from "./scalars";

/** A kind of document: its validation, and the facts that are read from a valid one. */
export interface DocumentKind<Parsed, T> {
  /** Largest document that Image Builder accepts. */
  readonly maxBytes: number;
  readonly schema: z.ZodType<Parsed>;
  /** Returns the problems that the schema can't find. */
  readonly problemsOf: (raw: unknown, sourceOf: SourceOf) => readonly Problem[];
  /** Returns a path as people write it, with names in place of indexes. */
  readonly readablePath: (raw: unknown, path: Path) => Path;
  readonly read: (parsed: Parsed, raw: unknown, locate: Locate) => T;
}

const YAML_OPTIONS = { start: "schemaVersion: 1.0", maxAliases: 1_000 };

/** Parses and validates a YAML document. Every problem has its position in `file`. */
export function validateDocument<Parsed, T>(
  file: string,
  text: string,
  { maxBytes, schema, problemsOf, readablePath, read }: DocumentKind<Parsed, T>,
): Validated<T> {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    const message = `must be at most ${maxBytes} bytes`;
    return { problems: [{ at: file, path: [], message, got: bytes }] };
  }
  const { value: yaml, problems: syntaxProblems } = parseYaml(file, text, YAML_OPTIONS);
  if (!yaml) return { problems: syntaxProblems };

  const { raw, locate } = yaml;
  const sourceOf = sourcesIn(yaml.yaml);
  const parsed = parseScalarsAsText(schema, raw, [], sourceOf);
  // What a mistyped key at the top contains is missing elsewhere.
  const isRead = !parsed.problems.some(({ path, key }) => path.length === 0 && key !== undefined);
  const all = withUnquotedExpressions(raw, [
    ...parsed.problems,
    ...unquotedDates(raw, sourceOf),
    ...(isRead ? problemsOf(raw, sourceOf) : []),
  ]);
  const problems = all.map((problem) => ({
    ...problem,
    at: locate(problem.path, problem.key),
    path: readablePath(raw, problem.path),
  }));
  if (parsed.data === undefined || problems.some(isError)) return { problems };
  return { value: read(parsed.data, raw, locate), problems };
}
