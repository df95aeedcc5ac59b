import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { type CheckedDocument, checkDocument } from "./document/check";
import type { Problem } from "./problems";

/** A component document (AWSTOE) in a file. */
export interface ComponentDocument extends CheckedDocument {
  /** The file's name without its ending. */
  readonly name: string;
  /** Its path, absolute. */
  readonly file: string;
  /** Of the bytes, in hexadecimal. */
  readonly sha256: string;
}

/** A document, or what is wrong with it; without problems there is no such file. */
export type ReadDocument = { readonly document: ComponentDocument } | { readonly problems: readonly Problem[] };

export const documentName = (file: string): string => basename(file, extname(file));

/** Reads and judges the document that a factory file in `folder` calls `path`. */
export const readComponentDocument = (folder: string, path: string): ReadDocument => {
  const file = join(folder, path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return { problems: [] };
  const bytes = readFileSync(file);
  if (!isUtf8(bytes)) return { problems: [{ at: path, path: [], message: "isn't UTF-8" }] };
  const checked = checkDocument(path, bytes.toString("utf8"));
  if ("problems" in checked) return checked;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { document: { ...checked.document, name: documentName(path), file, sha256 } };
};
