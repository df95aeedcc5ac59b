/** The library of documents in the package. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { nameOf } from "../../config/documents/text-file";
import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { packagePath } from "../package-files";

/** The kinds of documents, with their folders: in the package, and next to a factory file. */
export const LIBRARY = {
  component: { folder: "components", subfolders: ["linux", "windows"] },
  workflow: { folder: "workflows", subfolders: ["."] },
} as const;

export type DocumentKind = keyof typeof LIBRARY;

export const DOCUMENT_KINDS = Object.keys(LIBRARY) as DocumentKind[];

export interface LibraryDocument {
  readonly kind: DocumentKind;
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
}

/** Returns the documents of one kind, by platform and name. */
export function libraryDocuments(kind: DocumentKind): LibraryDocument[] {
  const { folder, subfolders } = LIBRARY[kind];
  return subfolders.flatMap((subfolder) => {
    const source = packagePath(folder, subfolder);
    return readdirSync(source)
      .filter((file) => file.endsWith(".yaml"))
      .sort()
      .map((file) => ({ kind, name: nameOf(file), path: join(source, file) }));
  });
}

/** Returns the document with a name. Throws a `ConfigError` if the library has none. */
export function libraryDocument(kind: DocumentKind, name: string): LibraryDocument {
  const documents = libraryDocuments(kind);
  const found = documents.find((document) => document.name === name);
  if (found) return found;
  const names = documents.map((document) => document.name);
  throw new ConfigError(
    `NAME: must be a ${kind} of the library${expectedOneOf(name, names)}, got: ${name}`,
  );
}

/** Path of the copy of a document, relative to the factory file. */
export function copyOf({ kind, name }: LibraryDocument): string {
  return `${LIBRARY[kind].folder}/${name}.yaml`;
}
