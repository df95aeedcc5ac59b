import type { Problem } from "../problems";
import type { Judged } from "../text-file";

/** That a file which is named at `path` isn't there. */
export const missingFile = (
  files: ReadonlyMap<string, Judged<unknown>>,
  path: readonly PropertyKey[],
  got: string | undefined,
): Problem[] => {
  const read = files.get(got ?? "");
  return read && "problems" in read && read.problems.length === 0 ? [{ path, message: "there is no such file", got }] : [];
};

/** What is wrong with files: each once, however many images name it. */
export const wrongFiles = (files: ReadonlyMap<string, Judged<unknown>>): Problem[] =>
  [...files.values()].flatMap((read) => ("problems" in read ? read.problems : []));
