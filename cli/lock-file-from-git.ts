import { spawnSync } from "node:child_process";
import { basename, dirname, resolve } from "node:path";
import { ConfigError } from "../config/problems";
import {
  EMPTY_LOCK_FILE,
  type LockFile,
  lockFilePath,
  parseLockFileToUpdate,
} from "../config/versions/lock-file";

/** Runs Git in the folder of a file. Without Git, or outside a repository, the status isn't 0. */
function git(file: string, ...args: string[]) {
  return spawnSync("git", args, { cwd: dirname(resolve(file)), encoding: "utf8" });
}

/**
 * Reads the version lock file as it was at the commit `ref`. A file that didn't exist there is
 * empty.
 */
export function lockFileAt(ref: string, factoryFile: string): LockFile {
  const file = lockFilePath(factoryFile);
  const found = git(file, "rev-parse", "--verify", "--quiet", `${ref}^{commit}`);
  if (found.error)
    throw new ConfigError(
      `--base: needs Git, which can't be started (${found.error.message}): install Git and add it to the PATH`,
      { cause: found.error },
    );
  if (found.status !== 0)
    throw new ConfigError(
      `--base: must be a commit, branch or tag of this Git repository, got: ${ref}`,
    );
  const { status, stdout } = git(file, "show", `${ref}:./${basename(file)}`);
  return status === 0 ? parseLockFileToUpdate(factoryFile, stdout) : EMPTY_LOCK_FILE;
}

/**
 * Returns the short name of the newest commit in the history of HEAD that added or changed a file.
 *
 * @returns `undefined` if there is none
 */
export function lastCommitWith(file: string): string | undefined {
  const filter = ["-1", "--diff-filter=AMT", "--format=%h"];
  const { status, stdout } = git(file, "log", ...filter, "--", basename(file));
  const commit = stdout?.trim();
  return status === 0 && commit ? commit : undefined;
}
