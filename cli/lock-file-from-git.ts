import { spawnSync } from "node:child_process";
import { basename, dirname, resolve } from "node:path";
import { ConfigError } from "../config/problems";
import {
  EMPTY_LOCK_FILE,
  type LockFile,
  parseLockFileToUpdate,
} from "../config/versions/lock-file";

/** The ledger as it was at `ref`; empty where there was none. */
export function lockFileAt(ref: string, file: string): LockFile {
  const git = (...args: string[]) =>
    spawnSync("git", args, { cwd: dirname(resolve(file)), encoding: "utf8" });
  if (git("rev-parse", "--verify", "--quiet", `${ref}^{commit}`).status !== 0)
    throw new ConfigError(`--base: git knows no commit '${ref}' here`);
  const { status, stdout } = git("show", `${ref}:./${basename(file)}`);
  return status === 0 ? parseLockFileToUpdate(file, stdout) : EMPTY_LOCK_FILE;
}
