/** Writes a catalogue into a folder. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { renderPage } from "../../catalogue/document";
import { type Catalogue, GENERATOR } from "../../catalogue/schema";
import { ConfigError } from "../../config/problems";
import { packagePath } from "../package-files";
import { replaceFile } from "../replace-file";

const DATA = "catalogue.json";

export interface CatalogueFiles {
  readonly page: string;
  readonly data: string;
}

export function renderCatalogue(catalogue: Catalogue): CatalogueFiles {
  const asset = (name: string): string =>
    readFileSync(packagePath("dist", "catalogue", name), "utf8");
  return {
    page: renderPage(catalogue, { script: asset("page.js"), styles: asset("page.css") }),
    data: `${JSON.stringify(catalogue, null, 1)}\n`,
  };
}

/**
 * Throws a {@link ConfigError} unless a catalogue can be written into a folder: it is new, empty,
 * or contains a catalogue of any format.
 */
export function assertFolder(folder: string): void {
  if (!existsSync(folder)) return;
  const isUsable =
    statSync(folder).isDirectory() && (readdirSync(folder).length === 0 || hasCatalogue(folder));
  if (!isUsable)
    throw new ConfigError(
      `--out: must be a folder that is new, empty or contains a catalogue, got: ${folder}`,
    );
}

function hasCatalogue(folder: string): boolean {
  try {
    return JSON.parse(readFileSync(join(folder, DATA), "utf8")).generator === GENERATOR;
  } catch {
    return false;
  }
}

/** Writes the files of a catalogue into a folder, and returns the path of the page. */
export function writeCatalogue(folder: string, { page, data }: CatalogueFiles): string {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new ConfigError(`${folder} can't be created: ${(cause as Error).message}`, { cause });
  }
  const path = join(folder, "index.html");
  replaceFile(path, page);
  replaceFile(join(folder, DATA), data);
  return path;
}
