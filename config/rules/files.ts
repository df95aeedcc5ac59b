import type { Problem, Validated } from "../problems";

/** That a file which is named at `path` isn't there. */
export function missingFile(
  files: ReadonlyMap<string, Validated<unknown>>,
  path: readonly PropertyKey[],
  got: string | undefined,
): Problem[] {
  return got !== undefined && !files.has(got)
    ? [{ path, message: "there is no such file", got }]
    : [];
}

/** What is wrong with files: each once, however many images name it. */
export function wrongFiles(files: ReadonlyMap<string, Validated<unknown>>): Problem[] {
  return [...files.values()].flatMap((read) => read.problems);
}
