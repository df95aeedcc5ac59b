import { type Document, isNode, isScalar, LineCounter, type Node, visit } from "yaml";
import type { Path, Problem, Validated } from "../problems";
import { readYaml, type YamlOptions } from "./syntax";

/** Returns the position of the value at a path, as file, line and column. */
export type Locate = (path: Path) => string;

/** A YAML file that could be parsed. */
export interface ParsedYaml {
  readonly yaml: Document;
  readonly raw: unknown;
  readonly locate: Locate;
}

/** Parses a file that contains one YAML document. Every problem has its position in `file`. */
export function parseYaml(file: string, text: string, options: YamlOptions): Validated<ParsedYaml> {
  const lines = new LineCounter();
  const positionAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const read = readYaml(text, lines, options);
  const findings = "yaml" in read ? prototypeKeys(read.yaml) : read.findings;
  const problems = findings.map(
    ({ offset, message }): Problem => ({ at: positionAt(offset), path: [], message }),
  );
  if (!("yaml" in read) || problems.length > 0) return { problems };

  const { yaml, raw } = read;
  /** The node at `path`, or the nearest one above it if a key is missing. */
  const nodeAt = (path: Path): Node | undefined => {
    const node = path.length === 0 ? yaml.contents : yaml.getIn(path, true);
    if (isNode(node)) return node;
    return path.length === 0 ? undefined : nodeAt(path.slice(0, -1));
  };
  const locate = (path: Path) => positionAt(nodeAt(path)?.range?.[0] ?? 0);
  return { value: { yaml, raw, locate }, problems };
}

/** Returns the keys `__proto__`. JavaScript would set the object's prototype instead. */
function prototypeKeys(yaml: Document): { readonly offset: number; readonly message: string }[] {
  const offsets: number[] = [];
  visit(yaml, {
    Pair: (_key, { key }) => {
      if (isScalar(key) && key.value === "__proto__") offsets.push(key.range?.[0] ?? 0);
    },
  });
  return offsets.map((offset) => ({ offset, message: "__proto__ can't be a key" }));
}
