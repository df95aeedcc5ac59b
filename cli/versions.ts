// Brings a factory's ledger up to date, or with --check says what is stale.
import { renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { accountsOf } from "../config/factory";
import { issueVersions, type Move } from "../config/issue-versions";
import { ledgerFile, readLedger, readLedgerToUpdate, renderLedger } from "../config/ledger";
import { readFactory } from "../config/load";
import { ConfigError } from "../config/problems";
import { refuseRegressions, refuseStale } from "../config/stale-ledger";

const HEAD = ["", "name", "from", "to", "what changed"] as const;

/** Columns as wide as their widest cell. */
const table = (moves: readonly Move[]): string => {
  const rows = [
    HEAD,
    ...moves.map(({ kind, name, from = "-", to = "-", why }) => [kind, name, from, to, why.join(", ")] as const),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};

/** A crash while writing leaves the old file: a new name is taken in one step. */
const writeWhole = (file: string, text: string): void => {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
};

const main = (): void => {
  const path = process.env["FACTORY_CONFIG"] ?? "factory.yaml";
  const file = ledgerFile(path);
  const accounts = accountsOf(readFactory(path));
  if (process.argv.includes("--check")) {
    refuseStale(file, issueVersions(readLedger(file), accounts));
    console.log(`${basename(file)} is up to date`);
    return;
  }
  const issue = issueVersions(readLedgerToUpdate(file), accounts);
  refuseRegressions(issue);
  writeWhole(file, renderLedger(issue.ledger));
  console.log(issue.moves.length > 0 ? `${table(issue.moves)}\n\ncommit ${basename(file)}` : `${basename(file)} is up to date`);
};

try {
  main();
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
