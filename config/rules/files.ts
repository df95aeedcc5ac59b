import type { Validated } from "../documents/text-file";
import type { Problem } from "../problems";

/** That a file which is named at `path` isn't there. */
export function missingFile(
  files: ReadonlyMap<string, Validated<unknown>>,
  path: readonly PropertyKey[],
  got: string | undefined,
): Problem[] {
  const read = files.get(got ?? "");
  return read && "problems" in read && read.problems.length === 0
    ? [{ path, message: "there is no such file", got }]
    : [];
}

/** What is wrong with files: each once, however many images name it. */
export function wrongFiles(files: ReadonlyMap<string, Validated<unknown>>): Problem[] {
  return [...files.values()].flatMap((read) => ("problems" in read ? read.problems : []));
}
