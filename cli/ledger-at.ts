import { spawnSync } from "node:child_process";
import { basename, dirname, resolve } from "node:path";
import { EMPTY_LEDGER, type Ledger, parseLedgerToUpdate } from "../config/ledger";
import { ConfigError } from "../config/problems";

/** The ledger as it was at `ref`; empty where there was none. */
export const ledgerAt = (ref: string, file: string): Ledger => {
  const git = (...args: string[]) => spawnSync("git", args, { cwd: dirname(resolve(file)), encoding: "utf8" });
  if (git("rev-parse", "--verify", "--quiet", `${ref}^{commit}`).status !== 0)
    throw new ConfigError(`--base: git knows no commit '${ref}' here`);
  const { status, stdout } = git("show", `${ref}:./${basename(file)}`);
  return status === 0 ? parseLedgerToUpdate(file, stdout) : EMPTY_LEDGER;
};
