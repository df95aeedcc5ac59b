import { existsSync } from "node:fs";
import { shown } from "../../config/factory-path";
import { readFactory } from "../../config/load";
import { accountsOf, type Factory } from "../../config/model";
import { ConfigError } from "../../config/problems";
import { assertNoRegression, assertNotLowered, assertUpToDate } from "../../config/versions/check";
import {
  EMPTY_LOCK_FILE,
  higherEntries,
  type LockFile,
  lockFilePath,
  mergeLockFiles,
  readLockFile,
  readLockFileToUpdate,
  renderLockFile,
} from "../../config/versions/lock-file";
import { issueVersions, type VersionChange } from "../../config/versions/next-versions";
import type { CommandResult } from "../command";
import { factoryFile } from "../environment";
import { factoryCommand } from "../factory-command";
import { lastCommitWith, lockFileAt } from "../lock-file-from-git";
import { parseProfiles } from "../profiles";
import { replaceFile } from "../replace-file";
import { printWarnings } from "../report";
import { table } from "../table";
import type { FoundVersion } from "./issued-in-aws";

interface Options {
  readonly config?: string | undefined;
  /** Whether the version lock file is only checked. */
  readonly check: boolean;
  /** Git commit whose versions aren't issued again. */
  readonly base?: string | undefined;
  /** Whether versions that exist in the factory's accounts aren't issued again. */
  readonly fromAws: boolean;
  /** AWS profiles of accounts, such as `shared=golden,payments=payments-admin`. */
  readonly profiles?: string | undefined;
}

/** Updates the version lock file of a factory file, or checks that it is up to date. */
export async function versions(options: Options): Promise<CommandResult> {
  const { config, check, fromAws, profiles } = options;
  if (profiles !== undefined && !fromAws)
    throw new ConfigError("--profiles: can only be used together with --from-aws");
  const path = factoryFile(config);
  const factory = readFactory(path, printWarnings);
  return check ? checkVersions(path, factory, options) : updateVersions(path, factory, options);
}

async function checkVersions(
  path: string,
  factory: Factory,
  { base, fromAws, profiles }: Options,
): Promise<CommandResult> {
  const file = lockFilePath(path);
  const lockFile = readLockFile(path);
  if (base !== undefined)
    assertNotLowered(path, lockFile, {
      lockFile: lockFileAt(base, path),
      where: `at ${base}`,
      options: `--base ${base}`,
    });
  if (fromAws) {
    const found = await findInAws(factory, lockFile, profiles);
    const options = `--from-aws${profiles === undefined ? "" : ` --profiles ${profiles}`}`;
    assertNotLowered(path, lockFile, { lockFile: lockFileOf(found), where: "in AWS", options });
  }
  assertUpToDate(path, issueVersions(lockFile, factory));
  return { text: `${shown(file)} is up to date`, data: { file, changes: [] } };
}

async function updateVersions(
  path: string,
  factory: Factory,
  { base, fromAws, profiles }: Options,
): Promise<CommandResult> {
  const file = lockFilePath(path);
  const startsAgain = !existsSync(file) && base === undefined && !fromAws;
  if (startsAgain) assertNeverCommitted(file);
  const atBase = base === undefined ? EMPTY_LOCK_FILE : lockFileAt(base, path);
  const known = mergeLockFiles(readLockFileToUpdate(path), atBase);
  const found = fromAws ? await findInAws(factory, known, profiles) : [];
  const higher = higherEntries(lockFileOf(found), known);
  const next = issueVersions(mergeLockFiles(known, higher), factory);
  assertNoRegression(path, next);
  replaceFile(file, renderLockFile(next.lockFile));
  const sections = [
    ...(fromAws ? [foundTable(known, higher, found)] : []),
    ...(next.changes.length > 0 ? [changesTable(next.changes)] : []),
    ...(startsAgain ? [newFileNote(path)] : []),
    next.changes.length > 0 ? `commit ${shown(file)}` : `${shown(file)} is up to date`,
  ];
  return {
    text: sections.join("\n\n"),
    data: { file, changes: next.changes, ...(fromAws && { found }) },
  };
}

/** Rejects to start at 1.0.0 if Git has a version lock file: AWS may have its versions. */
function assertNeverCommitted(file: string): void {
  const commit = lastCommitWith(file);
  if (commit === undefined) return;
  throw new ConfigError(
    `${shown(file)} is missing, and commit ${commit} contains it: restore it with \`git checkout ${commit} -- ${shown(file)}\`. Without the file, versions that exist already would be issued again`,
  );
}

function newFileNote(path: string): string {
  return `${shown(lockFilePath(path))} is new. If the accounts already have images, components or workflows with these names, run \`${factoryCommand("versions --from-aws")}\``;
}

/** Finds the highest versions in AWS of the names in a factory file and its version lock file. */
async function findInAws(
  factory: Factory,
  lockFile: LockFile,
  profiles: string | undefined,
): Promise<FoundVersion[]> {
  const { versionsInAws } = await import("./issued-in-aws");
  const names = issueVersions(lockFile, factory).lockFile;
  const accounts = accountsOf(factory).map(({ name }) => name);
  return versionsInAws(factory, names, parseProfiles(profiles, accounts));
}

/** Returns a version lock file with versions from AWS. It has no digests of their content. */
function lockFileOf(found: readonly FoundVersion[]): LockFile {
  const of = (wanted: keyof LockFile) =>
    Object.fromEntries(
      found
        .filter(({ section }) => section === wanted)
        .map(({ name, version }) => [name, { versions: [version] }]),
    );
  return { components: of("components"), recipes: of("recipes"), workflows: of("workflows") };
}

/** Lists the names whose versions were raised to those in AWS. */
function foundTable(known: LockFile, higher: LockFile, found: readonly FoundVersion[]): string {
  const raised = found.filter(({ section, name }) => Object.hasOwn(higher[section], name));
  if (raised.length === 0) return "AWS has no higher versions";
  return table([
    ["in AWS", "name", "lock file", "version", "account", "Region"],
    ...raised.map(({ section, name, version, account, region }) => [
      section.slice(0, -1),
      name,
      known[section][name]?.versions.at(-1) ?? "-",
      version,
      account,
      region,
    ]),
  ]);
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
