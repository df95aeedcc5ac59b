import { constants, copyFileSync, lstatSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { checkComponent } from "../../config/documents/component/check";
import { isFile, withLf } from "../../config/documents/text-file";
import { parseFactoryFile } from "../../config/factory-yaml";
import { didYouMean } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { version } from "../../package.json";
import { type CommandResult, PROGRAM } from "../command";
import { factoryFile } from "../environment";
import {
  COMPONENTS_FOLDER,
  type LibraryDocument,
  libraryDocument,
  libraryDocuments,
} from "./library";

const KIND = "component";

interface Options {
  readonly kind?: string | undefined;
  /** Names of documents of the library. */
  readonly names: readonly string[];
  /** Whether the library is only listed. */
  readonly list: boolean;
  /** Whether copied documents are only compared with the library. */
  readonly diff: boolean;
  readonly config?: string | undefined;
}

/** Copies documents of the library next to a factory file, or compares the copies with it. */
export function add({ kind, names, list, diff, config }: Options): CommandResult {
  if (kind !== undefined && kind !== KIND)
    throw new ConfigError(`KIND: must be ${KIND}${didYouMean(kind, [KIND])}, got: ${kind}`);
  if (list) return listLibrary();
  const documents = names.map(libraryDocument);
  const file = factoryFile(config);
  parseFactoryFile(file);
  const folder = dirname(file);
  if (diff) return compare(folder, documents.length === 0 ? copiedDocuments(folder) : documents);
  if (documents.length === 0)
    throw new ConfigError(
      `NAME: is missing: \`${PROGRAM} add ${KIND} --list\` lists the components of the library`,
    );
  assertNotChanged(folder, documents);
  const copies = documents.map((document) => copy(folder, document));
  return {
    text: copies.map(describeCopy).join("\n"),
    data: copies,
  };
}

function listLibrary(): CommandResult {
  const rows = libraryDocuments().map(({ name, platform, path }) => {
    const { value } = checkComponent(path, readText(path));
    return { name, platform, description: value?.description ?? "" };
  });
  return {
    text: rows.map(({ name, description }) => `${name}\n  ${description}`).join("\n"),
    data: rows,
  };
}

/** Path of the copy of a document, relative to the factory file. */
function copyOf({ name }: LibraryDocument): string {
  return `${COMPONENTS_FOLDER}/${name}.yaml`;
}

function readText(path: string): string {
  return withLf(readFileSync(path, "utf8"));
}

/** Also finds a symbolic link whose target doesn't exist. */
function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isSame(folder: string, document: LibraryDocument): boolean {
  return readText(join(folder, copyOf(document))) === readText(document.path);
}

/** Rejects to overwrite files, before anything is written. */
function assertNotChanged(folder: string, documents: readonly LibraryDocument[]): void {
  for (const document of documents) {
    const path = copyOf(document);
    if (!exists(join(folder, path))) continue;
    if (!isFile(join(folder, path)) || !isSame(folder, document))
      throw new ConfigError(
        `${path} exists, differs from the library and isn't overwritten: \`${PROGRAM} add ${KIND} ${document.name} --diff\` shows the difference`,
      );
  }
}

interface Copy {
  /** Path relative to the factory file. */
  readonly file: string;
  /** Whether the file didn't exist. */
  readonly written: boolean;
}

function copy(folder: string, document: LibraryDocument): Copy {
  const file = copyOf(document);
  const target = join(folder, file);
  if (exists(target)) return { file, written: false };
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(document.path, target, constants.COPYFILE_EXCL);
  return { file, written: true };
}

function describeCopy({ file, written }: Copy): string {
  return written
    ? `wrote ${file}: name it in factory.yaml as { document: ${file} }`
    : `${file} is already as in the library`;
}

function copiedDocuments(folder: string): LibraryDocument[] {
  return libraryDocuments().filter((document) => isFile(join(folder, copyOf(document))));
}

/** Prints what the library would change in copied documents. */
function compare(folder: string, documents: readonly LibraryDocument[]): CommandResult {
  const missing = documents.find((document) => !isFile(join(folder, copyOf(document))));
  if (missing)
    throw new ConfigError(
      `${copyOf(missing)} doesn't exist: copy it with \`${PROGRAM} add ${KIND} ${missing.name}\``,
    );
  if (documents.length === 0)
    return { text: `${COMPONENTS_FOLDER}/ contains no components of the library`, data: [] };
  const changed = documents.filter((document) => !isSame(folder, document));
  const data = changed.map((document) => ({
    file: copyOf(document),
    diff: patch(folder, document),
  }));
  if (data.length > 0) return { text: data.map(({ diff }) => diff).join("\n"), data };
  const files = documents.length === 1 ? "1 component is" : `${documents.length} components are`;
  return { text: `${files} as in the library of version ${version}`, data };
}

/** Renders a unified diff from the copy to the document of the library. */
function patch(folder: string, document: LibraryDocument): string {
  const path = copyOf(document);
  const [copied, library] = [readText(join(folder, path)), readText(document.path)];
  const text = createTwoFilesPatch(path, path, copied, library, "yours", `library ${version}`);
  // The first two lines are for other version control systems.
  return text.replace(/^Index: .*\n=+\n/, "").trimEnd();
}
