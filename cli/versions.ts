// Brings a factory's ledger up to date, or with --check says what is stale. With --base nothing is issued that was issued at that commit.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { issueVersions, type Move } from "../config/issue-versions";
import { EMPTY_LEDGER, ledgerFile, mergeLedgers, readLedger, readLedgerToUpdate, renderLedger } from "../config/ledger";
import { readFactory } from "../config/load";
import { ConfigError } from "../config/problems";
import { refuseLowered, refuseRegressions, refuseStale } from "../config/stale-ledger";
import { ledgerAt } from "./ledger-at";
import { table } from "./table";

const HEAD = ["", "name", "from", "to", "what changed"] as const;

const movesTable = (moves: readonly Move[]): string =>
  table([HEAD, ...moves.map(({ kind, name, from = "-", to = "-", why }) => [kind, name, from, to, why.join(", ")])]);

/** A crash while writing leaves the old file: a new name is taken in one step. */
const writeWhole = (file: string, text: string): void => {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new ConfigError(`${file} can't be written: ${(cause as Error).message}`, { cause });
  }
};

const USAGE = "usage: npm run versions [-- [--check] [--base REF]]";

const options = (): { check: boolean; base: string | undefined } => {
  try {
    const { values } = parseArgs({ options: { check: { type: "boolean", default: false }, base: { type: "string" } } });
    return { check: values.check, base: values.base };
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}\n${USAGE}`, { cause });
  }
};

const main = (): void => {
  const { check, base } = options();
  const path = process.env["FACTORY_CONFIG"] ?? "factory.yaml";
  const file = ledgerFile(path);
  const factory = readFactory(path);
  const before = base === undefined ? EMPTY_LEDGER : ledgerAt(base, file);
  if (check) {
    const ledger = readLedger(file);
    if (base !== undefined) refuseLowered(file, ledger, before, base);
    refuseStale(path, issueVersions(ledger, factory));
    console.log(`${basename(file)} is up to date`);
    return;
  }
  const issue = issueVersions(mergeLedgers(readLedgerToUpdate(file), before), factory);
  refuseRegressions(path, issue);
  writeWhole(file, renderLedger(issue.ledger));
  console.log(
    issue.moves.length > 0 ? `${movesTable(issue.moves)}\n\ncommit ${basename(file)}` : `${basename(file)} is up to date`,
  );
};

try {
  main();
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
