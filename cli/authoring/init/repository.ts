/** The files of a new repository, except for the factory file and what is generated from it. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { engines, name as packageName } from "../../../package.json";
import { packagePath } from "../../package-files";
import { copyOf, libraryDocument } from "../library";
import type { Choices } from "./answers";
import { COMPONENTS, renderFactoryFile } from "./factory-file";
import { PACKAGE_FOLDER } from "./package-source";

/** Content of files, by path. */
export type RepositoryFiles = Readonly<Record<string, string>>;

/**
 * Returns the files of a repository.
 *
 * @param dependency the package, as package.json names it
 */
export function repositoryFiles(
  choices: Choices,
  folder: string,
  dependency: string,
): RepositoryFiles {
  const hardening = libraryDocument("component", COMPONENTS[choices.platform].hardening);
  const name = repositoryName(folder);
  return {
    "factory.yaml": renderFactoryFile(choices),
    [copyOf(hardening)]: read(hardening.path),
    "package.json": renderJson({
      name,
      private: true,
      engines,
      scripts: { factory: "factory" },
      dependencies: { [packageName]: dependency },
    }),
    "cdktf.json": renderJson({
      language: "typescript",
      app: `node ${PACKAGE_FOLDER}/dist/main.js`,
      sendCrashReports: "false",
    }),
    ".gitattributes": read(packagePath("templates", "gitattributes")),
    ".gitignore": read(packagePath("templates", "gitignore")),
    "README.md": read(packagePath("templates", "README.md")).replace("{{name}}", name),
    ...(choices.repository === undefined ? {} : workflows()),
  };
}

/** Returns a name that npm accepts. */
function repositoryName(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name === "" || name === packageName ? "golden-images" : name;
}

function workflows(): RepositoryFiles {
  const folder = packagePath("templates", "workflows");
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((file) => [`.github/workflows/${file}`, read(join(folder, file))]),
  );
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}

function renderJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
