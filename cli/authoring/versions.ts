import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { readFactory } from "../../config/load";
import type { Factory } from "../../config/model";
import { ConfigError } from "../../config/problems";
import { assertNoRegression, assertNotLowered, assertUpToDate } from "../../config/versions/check";
import {
  EMPTY_LOCK_FILE,
  lockFilePath,
  mergeLockFiles,
  readLockFile,
  readLockFileToUpdate,
  renderLockFile,
} from "../../config/versions/lock-file";
import { issueVersions, type VersionChange } from "../../config/versions/next-versions";
import type { CommandResult } from "../command";
import { factoryFile } from "../environment";
import { lockFileAt } from "../lock-file-from-git";
import { printWarnings } from "../report";
import { table } from "../table";

interface Options {
  readonly config?: string | undefined;
  /** Whether the version lock file is only checked. */
  readonly check: boolean;
  /** Git commit whose versions aren't issued again. */
  readonly base?: string | undefined;
}

/** Updates the version lock file of a factory file, or checks that it is up to date. */
export function versions({ config, check, base }: Options): CommandResult {
  const path = factoryFile(config);
  const factory = readFactory(path, printWarnings);
  return check ? checkVersions(path, factory, base) : updateVersions(path, factory, base);
}

function checkVersions(path: string, factory: Factory, base: string | undefined): CommandResult {
  const file = lockFilePath(path);
  const lockFile = readLockFile(file);
  if (base !== undefined) assertNotLowered(file, lockFile, lockFileAt(base, file), base);
  assertUpToDate(path, issueVersions(lockFile, factory));
  return { text: `${basename(file)} is up to date` };
}

function updateVersions(path: string, factory: Factory, base: string | undefined): CommandResult {
  const file = lockFilePath(path);
  const issued = base === undefined ? EMPTY_LOCK_FILE : lockFileAt(base, file);
  const next = issueVersions(mergeLockFiles(readLockFileToUpdate(file), issued), factory);
  assertNoRegression(path, next);
  replaceFile(file, renderLockFile(next.lockFile));
  if (next.changes.length === 0) return { text: `${basename(file)} is up to date` };
  return { text: `${changesTable(next.changes)}\n\ncommit ${basename(file)}` };
}

function changesTable(changes: readonly VersionChange[]): string {
  return table([
    ["", "name", "from", "to", "what changed"],
    ...changes.map(({ kind, name, from = "-", to = "-", reasons }) => [
      kind,
      name,
      from,
      to,
      reasons.join(", "),
    ]),
  ]);
}

/** Writes a file in one step: a crash leaves the old content. */
function replaceFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new ConfigError(`${file} can't be written: ${(cause as Error).message}`, { cause });
  }
}
