// Brings a factory's ledger up to date, or with --check says what is stale. With --base nothing is issued that was issued at that commit.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { readFactory } from "../../config/load";
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
import { lockFileAt } from "../lock-file-from-git";
import { table } from "../table";

const HEAD = ["", "name", "from", "to", "what changed"] as const;

function movesTable(moves: readonly VersionChange[]): string {
  return table([
    HEAD,
    ...moves.map(({ kind, name, from = "-", to = "-", reasons: why }) => [
      kind,
      name,
      from,
      to,
      why.join(", "),
    ]),
  ]);
}

/** A crash while writing leaves the old file: a new name is taken in one step. */
function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new ConfigError(`${file} can't be written: ${(cause as Error).message}`, { cause });
  }
}

const USAGE = "usage: npm run versions [-- [--check] [--base REF]]";

function options(): { check: boolean; base: string | undefined } {
  try {
    const { values } = parseArgs({
      options: { check: { type: "boolean", default: false }, base: { type: "string" } },
    });
    return { check: values.check, base: values.base };
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}\n${USAGE}`, { cause });
  }
}

function main(): void {
  const { check, base } = options();
  const path = process.env["FACTORY_CONFIG"] ?? "factory.yaml";
  const file = lockFilePath(path);
  const factory = readFactory(path);
  const before = base === undefined ? EMPTY_LOCK_FILE : lockFileAt(base, file);
  if (check) {
    const ledger = readLockFile(file);
    if (base !== undefined) assertNotLowered(file, ledger, before, base);
    assertUpToDate(path, issueVersions(ledger, factory));
    console.log(`${basename(file)} is up to date`);
    return;
  }
  const issue = issueVersions(mergeLockFiles(readLockFileToUpdate(file), before), factory);
  assertNoRegression(path, issue);
  writeWhole(file, renderLockFile(issue.lockFile));
  console.log(
    issue.changes.length > 0
      ? `${movesTable(issue.changes)}\n\ncommit ${basename(file)}`
      : `${basename(file)} is up to date`,
  );
}

try {
  main();
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
