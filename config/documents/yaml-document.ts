import { isNode, LineCounter, type Node } from "yaml";
import type { z } from "zod";
import { isError, type Path, type Problem, type Validated } from "../problems";
import { withUnquotedExpressions } from "./checks";
import { parseScalarsAsText, type SourceOf, sourcesIn, unquotedDates } from "./scalars";
import { readYaml } from "./yaml-syntax";

/** Returns the position of the value at a path, as file, line and column. */
export type Locate = (path: Path) => string;

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

/** A YAML file that could be parsed. */
interface ParsedYaml {
  readonly raw: unknown;
  readonly locate: Locate;
  readonly sourceOf: SourceOf;
}

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
  const { value: yaml, problems: syntaxProblems } = parseYaml(file, text);
  if (!yaml) return { problems: syntaxProblems };

  const { raw, locate, sourceOf } = yaml;
  const parsed = parseScalarsAsText(schema, raw, [], sourceOf);
  const all = withUnquotedExpressions(raw, [
    ...parsed.problems,
    ...unquotedDates(raw, sourceOf),
    ...problemsOf(raw, sourceOf),
  ]);
  const problems = all.map((problem) => ({
    ...problem,
    at: locate(problem.path),
    path: readablePath(raw, problem.path),
  }));
  if (parsed.data === undefined || problems.some(isError)) return { problems };
  return { value: read(parsed.data, raw, locate), problems };
}

function parseYaml(file: string, text: string): Validated<ParsedYaml> {
  const lines = new LineCounter();
  const positionAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const read = readYaml(text, lines);
  if (!("yaml" in read))
    return {
      problems: read.findings.map(({ offset, message }) => ({
        at: positionAt(offset),
        path: [],
        message,
      })),
    };
  const { yaml, raw } = read;
  /** The node at `path`, or the nearest one above it if a key is missing. */
  const nodeAt = (path: Path): Node | undefined => {
    const node = path.length === 0 ? yaml.contents : yaml.getIn(path, true);
    if (isNode(node)) return node;
    return path.length === 0 ? undefined : nodeAt(path.slice(0, -1));
  };
  const locate = (path: Path) => positionAt(nodeAt(path)?.range?.[0] ?? 0);
  return { value: { raw, locate, sourceOf: sourcesIn(yaml) }, problems: [] };
}
