import { constants, copyFileSync, lstatSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { checkComponent } from "../../config/documents/component/check";
import { isFile, withLf } from "../../config/documents/text-file";
import { checkWorkflow } from "../../config/documents/workflow/check";
import { parseFactoryFile } from "../../config/factory-yaml";
import { didYouMean } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { version } from "../../package.json";
import type { CommandResult } from "../command";
import { factoryFile } from "../environment";
import { factoryCommand } from "../factory-command";
import {
  copyOf,
  DOCUMENT_KINDS,
  type DocumentKind,
  type LibraryDocument,
  libraryDocument,
  libraryDocuments,
} from "./library";

const EXPECTED_KIND = DOCUMENT_KINDS.join(" or ");

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
  if (kind !== undefined && !isDocumentKind(kind))
    throw new ConfigError(
      `KIND: must be ${EXPECTED_KIND}${didYouMean(kind, DOCUMENT_KINDS)}, got: ${kind}`,
    );
  const kinds = kind === undefined ? DOCUMENT_KINDS : [kind];
  if (list) return listLibrary(kinds);
  const documents = kind === undefined ? [] : names.map((name) => libraryDocument(kind, name));
  const file = factoryFile(config);
  parseFactoryFile(file);
  const folder = dirname(file);
  if (diff)
    return compare(folder, documents.length === 0 ? copiedDocuments(folder, kinds) : documents);
  if (kind === undefined) throw new ConfigError(`KIND: is missing: must be ${EXPECTED_KIND}`);
  if (documents.length === 0)
    throw new ConfigError(
      `NAME: is missing: \`${factoryCommand(`add ${kind} --list`)}\` lists the ${kind}s of the library`,
    );
  assertNotChanged(folder, documents);
  const copies = documents.map((document) => copy(folder, document));
  return {
    text: copies.map(describeCopy).join("\n"),
    data: copies,
  };
}

function isDocumentKind(kind: string): kind is DocumentKind {
  return (DOCUMENT_KINDS as readonly string[]).includes(kind);
}

function listLibrary(kinds: readonly DocumentKind[]): CommandResult {
  const rows = kinds.flatMap(libraryDocuments).map(({ kind, name, path }) => {
    const check = kind === "component" ? checkComponent : checkWorkflow;
    return { kind, name, description: check(path, readText(path)).value?.description ?? "" };
  });
  return {
    text: rows.map(({ name, description }) => `${name}\n  ${description}`).join("\n"),
    data: rows,
  };
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
        `${path} exists, differs from the library and isn't overwritten: \`${factoryCommand(`add ${document.kind} ${document.name} --diff`)}\` shows the difference`,
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

function copiedDocuments(folder: string, kinds: readonly DocumentKind[]): LibraryDocument[] {
  return kinds
    .flatMap(libraryDocuments)
    .filter((document) => isFile(join(folder, copyOf(document))));
}

/** Prints what the library would change in copied documents. */
function compare(folder: string, documents: readonly LibraryDocument[]): CommandResult {
  const missing = documents.find((document) => !isFile(join(folder, copyOf(document))));
  if (missing)
    throw new ConfigError(
      `${copyOf(missing)} doesn't exist: copy it with \`${factoryCommand(`add ${missing.kind} ${missing.name}`)}\``,
    );
  if (documents.length === 0)
    return { text: "no documents of the library are next to the factory file", data: [] };
  const changed = documents.filter((document) => !isSame(folder, document));
  const data = changed.map((document) => ({
    file: copyOf(document),
    diff: patch(folder, document),
  }));
  if (data.length > 0) return { text: data.map(({ diff }) => diff).join("\n"), data };
  const files = documents.length === 1 ? "1 document is" : `${documents.length} documents are`;
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
