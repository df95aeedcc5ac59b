import { basename } from "node:path";
import { SHARED_ACCOUNT } from "../names";
import { ConfigError, type Problem } from "../problems";
import { type Entries, type LockFile, lockFilePath } from "./lock-file";
import type { IssuedVersions, Regression, VersionChange } from "./next-versions";
import { compareVersions } from "./version";

const ADVICE = "run `npm run versions` and commit";

function label({ kind, name }: VersionChange): string {
  if (kind !== "recipe") return `${kind} '${name}'`;
  const [account, image] = name.split("/");
  return account === SHARED_ACCOUNT ? `image '${image}'` : `image '${image}' of ${account}`;
}

function line(move: VersionChange): string {
  if (move.from === undefined) return `${label(move)} has no version yet`;
  if (move.to === undefined) return `${label(move)} is gone and still has ${move.from}`;
  return `${label(move)} changed since ${move.from} (${move.reasons.join(", ")})`;
}

function regressionOf({ recipe, kind, majorMinor, issued }: Regression): Problem {
  const [account = "", image = ""] = recipe.split("/");
  return {
    path: [
      ...(account === SHARED_ACCOUNT ? [] : ["appAccounts", account]),
      `${kind}s`,
      image,
      "version",
    ],
    message: `must not go below ${issued}, which was issued: consumers would keep the older image, because x.x.x is the highest`,
    got: majorMinor,
  };
}

/** Refuses a factory file whose versions go down; throws a `ConfigError` that lists each. */
export function assertNoRegression(
  factoryFile: string,
  { regressions }: Pick<IssuedVersions, "regressions">,
): void {
  if (regressions.length > 0)
    throw ConfigError.of(basename(factoryFile), regressions.map(regressionOf));
}

/** Refuses a ledger that isn't what the factory file makes of it; throws a `ConfigError` that names each image and component. */
export function assertUpToDate(factoryFile: string, issue: IssuedVersions): void {
  assertNoRegression(factoryFile, issue);
  const name = basename(lockFilePath(factoryFile));
  if (issue.changes.length > 0)
    throw new ConfigError(
      `${name} is stale, ${ADVICE} ${name}:\n${issue.changes.map((move) => `  ${line(move)}`).join("\n")}`,
    );
}

function lowered(entries: Entries, base: Entries): string[] {
  return Object.keys(base).flatMap((name) => {
    const [now, before] = [entries[name]?.versions.at(-1), base[name]?.versions.at(-1)];
    if (before === undefined || (now !== undefined && compareVersions(now, before) >= 0)) return [];
    return [`  '${name}' went down from ${before} to ${now ?? "nothing"}`];
  });
}

/**
 * Refuses a ledger in which something is lower than it was at `ref`, as a reverted commit leaves it: the version in between would be
 * issued a second time. Throws a `ConfigError` that names each.
 */
export function assertNotLowered(
  file: string,
  ledger: LockFile,
  base: LockFile,
  ref: string,
): void {
  const lines = (["components", "recipes", "workflows"] as const).flatMap((section) =>
    lowered(ledger[section], base[section]),
  );
  if (lines.length > 0)
    throw new ConfigError(
      `${basename(file)} is lower than at ${ref}, run \`npm run versions -- --base ${ref}\` and commit it:\n${lines.join("\n")}`,
    );
}
