import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import type { Problem } from "../problems";

/** A document that was found right, or what is wrong with it. */
export type Validated<T> = { readonly document: T } | { readonly problems: readonly Problem[] };

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

/** Reads what a factory file in `folder` calls `path`, and judges it; without problems there is no such file. */
export function readText<T>(
  folder: string,
  path: string,
  judge: (text: string) => Validated<T>,
): Validated<T & TextFile> {
  const file = join(folder, path);
  if (!isFile(file)) return { problems: [] };
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
  const judged = judge(text);
  if ("problems" in judged) return judged;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { document: { ...judged.document, name: nameOf(path), file, text, sha256 } };
}
