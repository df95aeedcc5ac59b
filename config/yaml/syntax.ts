import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";

/** A mistake in the YAML of a document, at an offset in its text. */
export interface Finding {
  readonly offset: number;
  readonly message: string;
}

/** The content of a text, or the mistakes that keep it from being read. */
export type ReadYaml =
  | { readonly yaml: Document; readonly raw: unknown; readonly findings: readonly [] }
  | { readonly findings: readonly [Finding, ...Finding[]] };

export interface YamlOptions {
  /** Text to write into an empty file. */
  readonly start: string;
  /** Limits what aliases of aliases expand to. */
  readonly maxAliases: number;
  /** Whether `<<` merges maps. @default false */
  readonly merge?: boolean;
}

/** Reads a text that contains one YAML document. */
export function readYaml(
  text: string,
  lineCounter: LineCounter,
  { start, maxAliases, merge = false }: YamlOptions,
): ReadYaml {
  const options = { lineCounter, merge, prettyErrors: false, logLevel: "error" } as const;
  const yaml = parseDocument(text, options);
  const aliases = aliasesIn(yaml);
  const [first, ...others] = [
    ...syntaxFindings(text, yaml, aliases, start),
    ...aliases.flatMap(({ alias, anchor }) => circularAlias(alias, anchor)),
    ...(merge ? mergeFindings(yaml) : []),
  ];
  if (first) return { findings: [first, ...others] };
  try {
    return { yaml, raw: yaml.toJS({ maxAliasCount: maxAliases }), findings: [] };
  } catch {
    const message =
      "has YAML aliases (*name) that expand to too much content: replace them with the values that they stand for";
    return { findings: [{ offset: offsetOf(aliases.at(-1)?.alias), message }] };
  }
}

/** Errors that don't lead to others. */
const INDEPENDENT: readonly string[] = ["DUPLICATE_KEY", "TAG_RESOLVE_FAILED"];

/**
 * Returns the errors of the parser and undefined aliases. One mistake often leads to several
 * errors, so only the first is returned, unless they are independent of each other.
 */
function syntaxFindings(
  text: string,
  yaml: Document.Parsed,
  aliases: readonly UsedAlias[],
  start: string,
): Finding[] {
  const conflict = /^<{7}( |$)/m.exec(text);
  if (conflict)
    return [{ offset: conflict.index, message: "is a Git conflict marker: resolve the conflict" }];
  const nul = text.indexOf("\0");
  if (nul >= 0) return [{ offset: nul, message: "is a NUL character: remove it" }];
  const errors = [...yaml.errors, ...yaml.warnings];
  if (!text.includes("\n") && /\r(?!$)/.test(text))
    return [{ offset: 0, message: "must have lines that end with LF or CRLF, not with CR alone" }];
  const isEmpty = isScalar(yaml.contents) ? yaml.contents.value === null : !yaml.contents;
  if (isEmpty && errors.length === 0)
    return [{ offset: 0, message: `must not be empty: start with ${start}` }];
  const findings = [
    ...aliases
      .filter(({ alias, anchor }) => alias.source !== "" && !anchor)
      .map(({ alias }) => undefinedAlias(text, alias, errors)),
    ...errors.map((error) => ({
      offset: offsetOfError(error, yaml),
      message: messageOf(error, text),
    })),
  ].sort((one, other) => one.offset - other.offset);
  const [first] = findings;
  if (!first || errors.every(({ code }) => INDEPENDENT.includes(code))) return findings;
  return [overlookedMistake(text, first.offset) ?? first];
}

/** A character at the start of a line, as copied from a web page or a word processor. */
export const LOOKS_LIKE_SPACE = /(?<=^ *)[\u00A0\u2000-\u200B\u202F\u3000]/m;
export const NO_SPACE = "must be a plain space: this character only looks like one";

/**
 * Returns a mistake that is easily overlooked, and that the parser reports only where it becomes
 * visible: in the line of an error, or in the two lines before it.
 */
function overlookedMistake(text: string, offset: number): Finding | undefined {
  const [before = ""] = /(.*\n){0,2}.*$/.exec(text.slice(0, offset)) ?? [];
  const [rest = ""] = /^.*/.exec(text.slice(offset)) ?? [];
  const start = offset - before.length;
  const lines = `${before}${rest}`;
  const space = LOOKS_LIKE_SPACE.exec(lines);
  if (space) return { offset: start + space.index, message: NO_SPACE };
  const key = /^[ -]*([A-Za-z][\w-]*):(?=[^\s:/\\])/m.exec(lines);
  if (!key) return undefined;
  return {
    offset: start + key.index + key[0].length,
    message: `must be separated from the key by a space: write '${key[1]}: …'`,
  };
}

/** Descriptions of the parser's errors in terms of what the author wrote, by how they start. */
const MESSAGES: Readonly<Record<string, string>> = {
  "Source contains multiple documents":
    "starts a second YAML document: a file must contain one, so move it to another file",
  "Map keys must be unique": "is a key that is set twice: remove one of them",
  "Tabs are not allowed as indentation": "must be indented with spaces, not with tabs",
  "Nested mappings are not allowed in compact mappings":
    "is read by YAML as a key and a value: quote it, or correct its indentation",
  "Implicit keys need to be on a single line":
    "is read by YAML as a key over several lines: correct its indentation, or add a colon",
  "Implicit map keys need to be followed by map values":
    "is read by YAML as a key without a value: indent it like the text that it belongs to, or add a colon",
  "All mapping items must start at the same column":
    "must start in the same column as the other keys: correct its indentation",
  "All sequence items must start at the same column":
    "must start in the same column as the other items: correct its indentation",
  "Sequence item without - indicator":
    "is read by YAML as the end of a list: indent it like the keys of the item that it belongs to",
  "Block scalar header includes extra characters":
    "must end the line: the text that belongs to it starts in the next line",
  "Invalid escape sequence":
    "isn't an escape sequence of YAML: write \\\\ for a backslash, or use single quotes",
  "Unexpected flow-map-end token": "closes a map that isn't open: remove it",
  "Unexpected flow-seq-end token": "closes a list that isn't open: remove it",
  "Comments must be separated":
    "is read by YAML as a comment: write a space before #, or quote the text",
  "A block sequence may not be used as an implicit map key":
    "is read by YAML as an item of a list in the middle of a text: write a space after each - that starts an item, and correct its indentation",
  'Missing closing "quote': 'is a text without its closing ": add it',
  "Missing closing 'quote": "is a text without its closing ': add it",
  "Flow map in block collection":
    "ends a map without its closing }: add it, or indent what belongs to the map",
  "Flow map must end with a }": "ends a map without its closing }: add it",
  "Flow sequence in block collection":
    "ends a list without its closing ]: add it, or indent what belongs to the list",
  "Flow sequence must end with a ]": "ends a list without its closing ]: add it",
};

/** A missing quote is reported where it opens, others where the parser finds them. */
function offsetOfError({ message, pos: [offset] }: YAMLError, yaml: Document): number {
  let start = offset;
  if (!message.startsWith("Missing closing")) return start;
  visit(yaml, {
    Scalar: (_key, node) => {
      const isQuoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
      if (isQuoted && offsetOf(node) < offset) start = offsetOf(node);
    },
  });
  return start;
}

/** Describes an error of the parser in terms of what the author wrote. */
function messageOf({ code, message, pos: [offset] }: YAMLError, text: string): string {
  const known = Object.entries(MESSAGES).find(([start]) => message.startsWith(start));
  if (known) return known[1];
  switch (code) {
    case "TAG_RESOLVE_FAILED":
      return `must not have the YAML tag ${message.split(" ").at(-1)}: remove it, or quote the text`;
    case "BAD_ALIAS":
      return `must be quoted, because YAML reads * as an alias: write '${restOfLine(text, offset)}'`;
    case "BAD_SCALAR_START":
      return `must be quoted, because YAML reserves ${text[offset]} at the start of a text`;
    case "UNEXPECTED_TOKEN":
      return message.endsWith("at node end")
        ? "follows a closing quote or bracket: quote the text as a whole"
        : message;
    default:
      return message;
  }
}

function restOfLine(text: string, offset: number): string {
  const [rest = ""] = /^.*?(?=\s+#|\s*$)/m.exec(text.slice(offset)) ?? [];
  return rest;
}

/** An alias, and the node to which it refers. */
interface UsedAlias {
  readonly alias: Alias;
  /** @default - no anchor before the alias has its name */
  readonly anchor?: Node | undefined;
}

function aliasesIn(yaml: Document): UsedAlias[] {
  const anchors = new Map<string, Node>();
  const aliases: UsedAlias[] = [];
  visit(yaml, {
    Alias(_key, alias) {
      aliases.push({ alias, anchor: anchors.get(alias.source) });
    },
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return aliases;
}

function offsetOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}

/** A text that starts with a star, such as `*.log`, is an alias for YAML. */
function undefinedAlias(text: string, alias: Alias, errors: readonly YAMLError[]): Finding {
  const offset = offsetOf(alias);
  const line = restOfLine(text, offset);
  const isCutShort = errors.some(({ pos: [at] }) => at > offset && at < offset + line.length);
  const quoted = isCutShort ? line : `*${alias.source}`;
  return {
    offset,
    message: `must be quoted, because YAML reads it as an alias of &${alias.source}, which doesn't exist: write '${quoted}'`,
  };
}

/** Returns merge keys whose values aren't maps. */
function mergeFindings(yaml: Document): Finding[] {
  const findings: Finding[] = [];
  const target = (node: unknown) => (isAlias(node) ? node.resolve(yaml) : node);
  visit(yaml, {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || key.type !== "PLAIN" || key.source !== "<<") return;
      const source = target(value);
      const merged = isSeq(source) ? source.items.map(target) : [source];
      if (merged.every((node) => isMap(node))) return;
      const message = "must merge a map, or a list of maps, such as <<: *name";
      findings.push({ offset: offsetOf(key), message });
    },
  });
  return findings;
}

function circularAlias(alias: Alias, anchor: Node | undefined): Finding[] {
  const offset = offsetOf(alias);
  const [start, end] = anchor?.range ?? [offset, offset];
  if (offset <= start || offset >= end) return [];
  return [{ offset, message: `must not refer to a part that contains it: *${alias.source}` }];
}
