import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { nearMatch } from "../near-match";
import type { Validated } from "../problems";

/** A text file that a factory file names. */
export interface TextFile {
  /** The file's name without its extension. */
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
  /** The content with LF line endings, so that a checkout on Windows changes nothing. */
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly sha256: string;
}

/** Returns whether there is a file at `path`. A path that the file system rejects has none. */
export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Returns the existing file that `path` probably means, relative to `folder`: one whose name, and
 * the names of whose folders, are the same or similar.
 */
export function similarFile(folder: string, path: string): string | undefined {
  const found = path.split("/").reduce<string | undefined>((parent, name) => {
    if (parent === undefined || name === "." || name === "..") return joined(parent, name);
    return joined(parent, similarName(name, namesIn(join(folder, parent))));
  }, "");
  return found !== undefined && isFile(join(folder, found)) ? found : undefined;
}

/** The extension must be similar, too, such as `.yml` and `.yaml`. */
function similarName(name: string, names: readonly string[]): string | undefined {
  if (names.includes(name)) return name;
  const candidates = names.filter(
    (other) => nearMatch(extname(name), [extname(other)]) !== undefined,
  );
  const match = nearMatch(nameOf(name), candidates.map(nameOf));
  return candidates.find((other) => nameOf(other) === match);
}

function joined(parent: string | undefined, name: string | undefined): string | undefined {
  if (parent === undefined || name === undefined) return undefined;
  return parent === "" ? name : `${parent}/${name}`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Returns a file's name without its extension. */
export function nameOf(file: string): string {
  return basename(file, extname(file));
}

/** Returns a text with LF line endings. */
export function withLf(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/**
 * Reads and validates the file at `path`, relative to the `folder` of the factory file. Returns
 * `undefined` if there is no such file.
 */
export function readText<T>(
  folder: string,
  path: string,
  validate: (text: string) => Validated<T>,
): Validated<T & TextFile> | undefined {
  const file = join(folder, path);
  if (!isFile(file)) return undefined;
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const message = `can't be read: ${(error as Error).message}`;
    return { problems: [{ at: path, path: [], message }] };
  }
  if (!isUtf8(bytes)) return { problems: [{ at: path, path: [], message: "must be UTF-8 text" }] };
  const text = withLf(bytes.toString("utf8"));
  const { value, problems } = validate(text);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { value: value && { ...value, name: nameOf(path), file, text, sha256 }, problems };
}

/** Folder for copies, which is removed when the process ends. */
let copies: string | undefined;

function copiesFolder(): string {
  if (copies !== undefined) return copies;
  const folder = mkdtempSync(join(tmpdir(), "golden-image-factory-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  copies = folder;
  return folder;
}

/**
 * Returns the path of a file that contains the text as it was read: the file itself, or a temporary
 * copy with LF line endings.
 */
export function fileWithLf({ file, text, sha256 }: TextFile): string {
  if (readFileSync(file, "utf8") === text) return file;
  const folder = join(copiesFolder(), sha256);
  mkdirSync(folder, { recursive: true });
  const copy = join(folder, basename(file));
  writeFileSync(copy, text);
  return copy;
}
