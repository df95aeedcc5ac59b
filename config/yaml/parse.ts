import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  visit,
} from "yaml";
import type { Path, Problem, Validated } from "../problems";
import { LOOKS_LIKE_SPACE, NO_SPACE, readYaml, type YamlOptions } from "./syntax";

/**
 * Returns the position of the value at a path, as file, line and column; with `key`, the position
 * of that key of the map at the path.
 */
export type Locate = (path: Path, key?: string) => string;

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
    // Editors don't count a byte order mark.
    const column = line === 1 && text.startsWith("\uFEFF") ? Math.max(col - 1, 1) : col;
    return `${file}:${line}:${column}`;
  };
  const read = readYaml(text, lines, options);
  const findings = "yaml" in read ? impossibleKeys(read.yaml) : read.findings;
  const problems = findings.map(
    ({ offset, message }): Problem => ({ at: positionAt(offset), path: [], message }),
  );
  if (!("yaml" in read) || problems.length > 0) return { problems };

  const { yaml, raw } = read;
  /** The node at `path`, or the nearest one above it if a key is missing. */
  const nodeAt = (path: Path): Node | undefined => {
    const node = nodeIn(yaml, path);
    return node ?? (path.length === 0 ? undefined : nodeAt(path.slice(0, -1)));
  };
  const locate: Locate = (path, key) => {
    const node = nodeAt(path);
    const pair = isMap(node) ? node.items.find((item) => isKey(item.key, key)) : undefined;
    const at = isNode(pair?.key) ? pair.key : node;
    return positionAt(at?.range?.[0] ?? 0);
  };
  return { value: { yaml, raw, locate }, problems };
}

function isKey(node: unknown, key: string | undefined): boolean {
  return key !== undefined && isScalar(node) && String(node.value) === key;
}

/** Returns the node at a path. Follows aliases on the way, but not the one at the end. */
export function nodeIn(yaml: Document, path: Path): Node | undefined {
  let node: unknown = yaml.contents;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(yaml);
    if (!isCollection(node)) return undefined;
    node = node.get(key, true);
  }
  return isNode(node) ? node : undefined;
}

/** Returns keys that can't be meant. */
function impossibleKeys(yaml: Document): { readonly offset: number; readonly message: string }[] {
  const findings: { offset: number; message: string }[] = [];
  visit(yaml, {
    Pair: (_key, { key }) => {
      if (!isScalar(key)) return;
      const offset = key.range?.[0] ?? 0;
      // JavaScript would set the object's prototype instead.
      if (key.value === "__proto__") findings.push({ offset, message: "__proto__ can't be a key" });
      if (key.source && LOOKS_LIKE_SPACE.test(key.source))
        findings.push({ offset, message: NO_SPACE });
    },
  });
  return findings;
}
