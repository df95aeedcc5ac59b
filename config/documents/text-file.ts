import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import type { Validated } from "../problems";

/** A text in a file beside the factory file. */
export interface TextFile {
  /** The file's name without its ending. */
  readonly name: string;
  /** Its path, absolute. */
  readonly file: string;
  readonly text: string;
  /** Of the bytes, in hexadecimal. */
  readonly sha256: string;
}

/** Not of a path that goes through a file or is longer than any can be. */
export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export function nameOf(file: string): string {
  return basename(file, extname(file));
}

/**
 * Reads and validates the file that a factory file in `folder` names as `path`. Returns `undefined` if there is no such file.
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
    return {
      problems: [{ at: path, path: [], message: `can't be read: ${(error as Error).message}` }],
    };
  }
  if (!isUtf8(bytes)) return { problems: [{ at: path, path: [], message: "isn't UTF-8" }] };
  const text = bytes.toString("utf8");
  const { value, problems } = validate(text);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { value: value && { ...value, name: nameOf(path), file, text, sha256 }, problems };
}
