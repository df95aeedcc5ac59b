import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { type Document, isScalar } from "yaml";
import { shown } from "./factory-path";
import { ConfigError, type Path } from "./problems";
import { nodeIn, type ParsedYaml, parseYaml } from "./yaml/parse";

function unreadableMessage({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
      return "doesn't exist: run the command in the folder that contains it, or set FACTORY_CONFIG to its path";
    case "EISDIR":
      return "is a folder: set FACTORY_CONFIG to the path of the factory file in it";
    case "EACCES":
      return "can't be read: permission denied. Give your user read permission, for example with `chmod u+r`";
    default:
      return `can't be read: ${message}`;
  }
}

function readFactoryFile(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new ConfigError(`${shown(file)} ${unreadableMessage(cause as NodeJS.ErrnoException)}`, {
      cause,
    });
  }
  if (!isUtf8(bytes)) throw new ConfigError(`${shown(file)} must be UTF-8 text: save it as UTF-8`);
  return bytes.toString("utf8");
}

/** Parses a factory file. Throws a `ConfigError` if it can't be read or isn't YAML. */
export function parseFactoryFile(file: string): ParsedYaml {
  const { value, problems } = parseYaml(shown(file), readFactoryFile(file), {
    start: "organization:",
    maxAliases: 10_000,
    merge: true,
  });
  if (!value) throw ConfigError.of(shown(file), problems);
  return { ...value, raw: withParameterTexts(value.raw, value.yaml) };
}

/**
 * Returns a copy of a file in which parameters that are numbers or booleans are text, as in
 * documents. Those that YAML changes stay: 007 would become 7. The schema rejects them.
 */
function withParameterTexts(raw: unknown, yaml: Document, path: Path = []): unknown {
  if (typeof raw !== "object" || raw === null) {
    const isParameter = path.at(-2) === "parameters";
    const node = isParameter ? nodeIn(yaml, path) : undefined;
    return isScalar(node) && node.source === String(raw) ? node.source : raw;
  }
  if (Array.isArray(raw))
    return raw.map((item, index) => withParameterTexts(item, yaml, [...path, index]));
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [
      key,
      withParameterTexts(value, yaml, [...path, key]),
    ]),
  );
}
