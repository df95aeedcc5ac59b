import { spawnSync } from "node:child_process";
import { basename, dirname, resolve } from "node:path";
import { ConfigError } from "../config/problems";
import {
  EMPTY_LOCK_FILE,
  type LockFile,
  parseLockFileToUpdate,
} from "../config/versions/lock-file";

/**
 * Reads the version lock file as it was at the commit `ref`. A file that didn't exist there is
 * empty.
 */
export function lockFileAt(ref: string, file: string): LockFile {
  const git = (...args: string[]) =>
    spawnSync("git", args, { cwd: dirname(resolve(file)), encoding: "utf8" });
  if (git("rev-parse", "--verify", "--quiet", `${ref}^{commit}`).status !== 0)
    throw new ConfigError(
      `--base: must be a commit, branch or tag of this Git repository, got: ${ref}`,
    );
  const { status, stdout } = git("show", `${ref}:./${basename(file)}`);
  return status === 0 ? parseLockFileToUpdate(file, stdout) : EMPTY_LOCK_FILE;
}
