import { PROGRAM } from "../../contract/program";
import { configOption, shown } from "../factory-path";
import { parseFactoryFile } from "../factory-yaml";
import { SHARED_ACCOUNT } from "../names";
import { ConfigError, type Problem } from "../problems";
import { type Entries, type LockFile, lockFilePath, SECTIONS } from "./lock-file";
import type { IssuedVersions, Regression, VersionChange } from "./next-versions";
import { compareVersions } from "./version";

function describeChange({ kind, name, from, to, reasons }: VersionChange): string {
  const label = `${kind} '${name}'`;
  if (from === undefined) return `${label} has no version yet`;
  if (to === undefined) return `${label} was removed, but still has version ${from}`;
  return `${label} changed since ${from} (${reasons.join(", ")})`;
}

function regressionProblem({ recipe, kind, majorMinor, issued }: Regression): Problem {
  const [account = "", image = ""] = recipe.split("/");
  const section = account === SHARED_ACCOUNT ? [] : ["appAccounts", account];
  return {
    rule: "version-not-lowered",
    path: [...section, `${kind}s`, image, "version"],
    message: `must not be lower than ${issued}, the highest version issued so far: x.x.x resolves to the highest version, so consumers would keep the older image`,
    got: majorMinor,
  };
}

/** Rejects a factory file that lowers a version. Throws a `ConfigError` that lists each. */
export function assertNoRegression(
  factoryFile: string,
  { regressions }: Pick<IssuedVersions, "regressions">,
): void {
  if (regressions.length === 0) return;
  const { locate } = parseFactoryFile(factoryFile);
  const problems = regressions.map(regressionProblem);
  throw ConfigError.of(
    shown(factoryFile),
    problems.map((problem) => ({ at: locate(problem.path), ...problem })),
  );
}

/**
 * Rejects a version lock file that isn't up to date. Throws a `ConfigError` that lists each
 * component, recipe and workflow.
 */
export function assertUpToDate(factoryFile: string, issued: IssuedVersions): void {
  assertNoRegression(factoryFile, issued);
  if (issued.changes.length === 0) return;
  const name = shown(lockFilePath(factoryFile));
  const lines = issued.changes.map((change) => `  ${describeChange(change)}`);
  throw new ConfigError(
    `${name} is out of date: run \`${PROGRAM} versions${configOption(factoryFile)}\` and commit it\n${lines.join("\n")}`,
  );
}

function loweredEntries(entries: Entries, base: Entries): string[] {
  return Object.keys(base).flatMap((name) => {
    const [now, before] = [entries[name]?.versions.at(-1), base[name]?.versions.at(-1)];
    if (before === undefined || (now !== undefined && compareVersions(now, before) >= 0)) return [];
    const found = now === undefined ? "no version" : `version ${now}`;
    return [`  '${name}' has ${found}, but ${before} was issued`];
  });
}

/** Where versions were issued that a version lock file must contain. */
export interface IssuedElsewhere {
  readonly lockFile: LockFile;
  /** Such as `at origin/main`. */
  readonly where: string;
  /** Options of `factory versions` that add the versions to the file. */
  readonly options: string;
}

/**
 * Rejects a version lock file that has a lower version than was issued elsewhere: at a Git commit,
 * or in AWS. A reverted commit leaves such a file, and the versions in between would be issued a
 * second time. Throws a `ConfigError` that lists each.
 */
export function assertNotLowered(
  factoryFile: string,
  lockFile: LockFile,
  { lockFile: base, where, options }: IssuedElsewhere,
): void {
  const lines = SECTIONS.flatMap((section) => loweredEntries(lockFile[section], base[section]));
  if (lines.length > 0)
    throw new ConfigError(
      `${shown(lockFilePath(factoryFile))} has lower versions than ${where}: run \`${PROGRAM} versions ${options}${configOption(factoryFile)}\` and commit it\n${lines.join("\n")}`,
    );
}
