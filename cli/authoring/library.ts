/** The library of component documents in the package. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { nameOf } from "../../config/documents/text-file";
import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { packagePath } from "../package-files";

/** Folder of a team's component documents, next to the factory file. */
export const COMPONENTS_FOLDER = "components";

const PLATFORMS = ["linux", "windows"];

/** A component document of the library. */
export interface LibraryDocument {
  readonly name: string;
  readonly platform: string;
  /** Absolute path. */
  readonly path: string;
}

/** Returns the documents of the library, by platform and name. */
export function libraryDocuments(): LibraryDocument[] {
  return PLATFORMS.flatMap((platform) => {
    const folder = packagePath("components", platform);
    return readdirSync(folder)
      .sort()
      .map((file) => ({ name: nameOf(file), platform, path: join(folder, file) }));
  });
}

/** Returns the document with a name. Throws a `ConfigError` if the library has none. */
export function libraryDocument(name: string): LibraryDocument {
  const documents = libraryDocuments();
  const found = documents.find((document) => document.name === name);
  if (found) return found;
  const names = documents.map((document) => document.name);
  throw new ConfigError(
    `NAME: must be a component of the library${expectedOneOf(name, names)}, got: ${name}`,
  );
}
