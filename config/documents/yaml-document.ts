import { isNode, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import { isError, type Path, type Problem, schemaProblems, type Validated } from "../problems";
import { withUnquotedExpressions } from "./checks";

/** Returns the position of the value at a path, as file, line and column. */
export type Locate = (path: Path) => string;

/** A kind of document: its validation, and the facts that are read from a valid one. */
export interface DocumentKind<Parsed, T> {
  /** Largest document that Image Builder accepts. */
  readonly maxBytes: number;
  readonly schema: z.ZodType<Parsed>;
  /** Returns the problems that the schema can't find. */
  readonly problemsOf: (raw: unknown) => readonly Problem[];
  /** Returns a path as people write it, with names in place of indexes. */
  readonly readablePath: (raw: unknown, path: Path) => Path;
  readonly read: (parsed: Parsed, raw: unknown, locate: Locate) => T;
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

  const { raw, locate } = yaml;
  const { data, error } = schema.safeParse(raw, { reportInput: true });
  const all = withUnquotedExpressions(raw, [...schemaProblems(error), ...problemsOf(raw)]);
  const problems = all.map((problem) => ({
    ...problem,
    at: locate(problem.path),
    path: readablePath(raw, problem.path),
  }));
  if (data === undefined || problems.some(isError)) return { problems };
  return { value: read(data, raw, locate), problems };
}

function parseYaml(
  file: string,
  text: string,
): Validated<{ readonly raw: unknown; readonly locate: Locate }> {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const positionAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const problems = [...yaml.errors, ...yaml.warnings].map(({ message, pos }) => ({
    at: positionAt(pos[0]),
    path: [],
    message,
  }));
  if (problems.length > 0) return { problems };
  /** The node at `path`, or the nearest one above it if a key is missing. */
  const nodeAt = (path: Path): Node | undefined => {
    const node = path.length === 0 ? yaml.contents : yaml.getIn(path, true);
    if (isNode(node)) return node;
    return path.length === 0 ? undefined : nodeAt(path.slice(0, -1));
  };
  const locate = (path: Path) => positionAt(nodeAt(path)?.range?.[0] ?? 0);
  try {
    const raw: unknown = yaml.toJS({ maxAliasCount: 1_000 });
    // Throws if an alias is within the node that it refers to.
    JSON.stringify(raw);
    return { value: { raw, locate }, problems };
  } catch {
    const message =
      "contains undefined, circular or excessive YAML aliases (*name): write out the content";
    return { problems: [{ at: file, path: [], message }] };
  }
}
