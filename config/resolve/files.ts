import { type ComponentDocument, checkComponent } from "../documents/component/check";
import { checkDockerfile } from "../documents/dockerfile";
import { readText, similarFile, type TextFile } from "../documents/text-file";
import { readUserData, type UserData } from "../documents/user-data";
import { checkWorkflow, type WorkflowDocument } from "../documents/workflow/check";
import type { Problem, Validated } from "../problems";
import type { ContainerEntry } from "../schema/container";
import type { FactoryFile } from "../schema/factory-file";
import type { ImageEntry } from "../schema/image";

/**
 * The files that a factory file names, by the path that it gives. A file that doesn't exist has no
 * entry.
 */
export interface Files {
  readonly components: ReadonlyMap<string, Validated<ComponentDocument>>;
  /** The valid ones of `components`, by the name that Image Builder knows them by. */
  readonly documentsByName: ReadonlyMap<string, ComponentDocument>;
  readonly workflows: ReadonlyMap<string, Validated<WorkflowDocument>>;
  readonly dockerfiles: ReadonlyMap<string, Validated<TextFile>>;
  readonly userData: ReadonlyMap<string, UserData>;
  /** Returns the existing file that a path without one probably means. */
  readonly similar: (path: string) => string | undefined;
}

function readEach<T>(
  paths: readonly (string | undefined)[],
  read: (path: string) => T | undefined,
): Map<string, T> {
  const files = new Map<string, T>();
  for (const path of new Set(paths)) {
    const file = path === undefined ? undefined : read(path);
    if (path !== undefined && file !== undefined) files.set(path, file);
  }
  return files;
}

/**
 * Reads and validates every file that a factory file names, once. Paths are relative to `folder`.
 */
export function readFiles(file: FactoryFile, folder: string): Files {
  const apps = Object.values(file.appAccounts);
  const images: Omit<ImageEntry, "share">[] = [file, ...apps].flatMap((account) =>
    Object.values(account.images),
  );
  const containers: Omit<ContainerEntry, "share">[] = [file, ...apps].flatMap((account) =>
    Object.values(account.containers),
  );
  const all = [...images, ...containers];
  const components = all.flatMap((entry) => entry.components);
  const workflows = all.flatMap(({ workflows }) => [
    workflows?.build,
    ...(workflows?.tests ?? []),
    workflows?.distribution,
  ]);
  const componentDocuments = readEach(
    components.map((component) => (component.kind === "document" ? component.path : undefined)),
    (path) => readText(folder, path, (text) => checkComponent(path, text)),
  );
  return {
    components: componentDocuments,
    documentsByName: new Map(
      components.flatMap((component) => {
        if (component.kind !== "document") return [];
        const document = componentDocuments.get(component.path)?.value;
        const name = component.name ?? document?.name;
        return document && name !== undefined ? [[name, { ...document, name }]] : [];
      }),
    ),
    workflows: readEach(
      workflows.map((workflow) => workflow?.document),
      (path) => readText(folder, path, (text) => checkWorkflow(path, text)),
    ),
    dockerfiles: readEach(
      containers.map(({ dockerfile }) => dockerfile),
      (path) => readText(folder, path, (text) => checkDockerfile(path, text)),
    ),
    userData: readEach(
      images.map(({ userData }) => userData),
      (path) => readUserData(folder, path),
    ),
    similar: (path) => similarFile(folder, path),
  };
}

/** Returns the paths of all files, each once. */
export function pathsOf({ components, workflows, dockerfiles, userData }: Files): string[] {
  const paths = [components, workflows, dockerfiles, userData].flatMap((files) => [
    ...files.keys(),
  ]);
  return [...new Set(paths)].sort();
}

/** Returns the problems of all files. Each file is listed once, however many images name it. */
export function documentProblems({ components, workflows, dockerfiles }: Files): Problem[] {
  return [components, workflows, dockerfiles].flatMap((files) =>
    [...files.values()].flatMap(({ problems }) => problems),
  );
}
