import { isNode, LineCounter, type Node, parseDocument } from "yaml";
import type * as z from "zod";
import { isError, type Problem, type Validated } from "../problems";

export interface YamlValidation<T> {
  /** How many bytes Image Builder takes. */
  readonly maxBytes: number;
  /** Problems by their paths in the parsed document, and what is made of it if there are none. */
  readonly validate: (raw: unknown) => {
    readonly problems: readonly Problem[];
    readonly document?: ((at: Locate) => T) | undefined;
  };
  /** A path as people call it. */
  readonly nameOf: (raw: unknown, path: readonly PropertyKey[]) => PropertyKey[];
}

/** The place of what is at a path, as file, line and column. */
export type Locate = (path: readonly PropertyKey[]) => string;

/** The places of problems in the text. */
function locator(file: string, text: string) {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  /** The node at `path`, or the nearest above it where something is missing. */
  const nodeAt = (path: readonly PropertyKey[]): Node | undefined => {
    const node = path.length === 0 ? yaml.contents : yaml.getIn(path, true);
    if (isNode(node)) return node;
    return path.length === 0 ? undefined : nodeAt(path.slice(0, -1));
  };
  return { yaml, at, locate: (path: readonly PropertyKey[]) => at(nodeAt(path)?.range?.[0] ?? 0) };
}

/** Reads a YAML document and judges it; every problem has its place in `file`, as it is to be called. */
export function validateYaml<T>(
  file: string,
  text: string,
  { maxBytes: most, validate: judge, nameOf: named }: YamlValidation<T>,
): Validated<T> {
  const bytes = Buffer.byteLength(text);
  if (bytes > most)
    return {
      problems: [
        {
          at: file,
          path: [],
          message: `is too long for Image Builder, which takes ${most} bytes`,
          got: bytes,
        },
      ],
    };
  const { yaml, at, locate } = locator(file, text);
  const unreadable = [...yaml.errors, ...yaml.warnings];
  if (unreadable.length > 0)
    return {
      problems: unreadable.map(({ message, pos }) => ({ at: at(pos[0]), path: [], message })),
    };

  let raw: unknown;
  try {
    raw = yaml.toJS({ maxAliasCount: 1_000 });
    // Throws where an alias stands within what it stands for.
    JSON.stringify(raw);
  } catch {
    const message =
      "has aliases (*name) for too much, for themselves or for nothing: write out what they stand for";
    return { problems: [{ at: file, path: [], message }] };
  }
  const { problems, document } = judge(raw);
  const located = problems.map((problem) => ({
    ...problem,
    at: locate(problem.path),
    path: named(raw, problem.path),
  }));
  return problems.some(isError)
    ? { problems: located }
    : { value: document?.(locate), problems: located };
}

/** A union of a list and one object reports both: only what was meant is of use. */
export function narrowUnion(
  error: z.core.$ZodError | undefined,
  input: unknown,
): z.core.$ZodError | undefined {
  const [issue] = error?.issues ?? [];
  if (issue?.code !== "invalid_union" || !error || issue.path.length > 0) return error;
  const meant = issue.errors[Array.isArray(input) ? 0 : 1];
  return meant ? ({ ...error, issues: meant } as z.core.$ZodError) : error;
}

/** Names that were there before. */
export function repeatedNames(
  names: readonly { readonly name: string; readonly path: readonly PropertyKey[] }[],
  message: string,
): Problem[] {
  return names.flatMap(({ name, path }, index) =>
    name !== "" && names.findIndex((other) => other.name === name) < index
      ? [{ path, message, got: name }]
      : [],
  );
}

/** `{{ x }}` without quotes is a map of a map to YAML. */
export function unquotedExpressions(path: readonly PropertyKey[], value: unknown): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  if (!Array.isArray(value) && Object.keys(value).some((key) => /^\{.*\}$/s.test(key)))
    return [{ path, message: "is an expression without quotes: write '{{ … }}'" }];
  return Object.entries(value).flatMap(([key, item]) =>
    unquotedExpressions([...path, Array.isArray(value) ? Number(key) : key], item),
  );
}
