import { basename } from "node:path";
import type { Issue, Move, Regression } from "./issue-versions";
import { type Entries, type Ledger, ledgerFile } from "./ledger";
import { SHARED_ACCOUNT } from "./names";
import { ConfigError, type Problem } from "./problems";
import { compareVersions } from "./versions";

const ADVICE = "run `npm run versions` and commit";

const subject = ({ kind, name }: Move): string => {
  if (kind !== "recipe") return `${kind} '${name}'`;
  const [account, image] = name.split("/");
  return account === SHARED_ACCOUNT ? `image '${image}'` : `image '${image}' of ${account}`;
};

const line = (move: Move): string => {
  if (move.from === undefined) return `${subject(move)} has no version yet`;
  if (move.to === undefined) return `${subject(move)} is gone and still has ${move.from}`;
  return `${subject(move)} changed since ${move.from} (${move.why.join(", ")})`;
};

const regressionOf = ({ recipe, kind, majorMinor, issued }: Regression): Problem => {
  const [account = "", image = ""] = recipe.split("/");
  return {
    path: [...(account === SHARED_ACCOUNT ? [] : ["appAccounts", account]), `${kind}s`, image, "version"],
    message: `must not go below ${issued}, which was issued: consumers would keep the older image, because x.x.x is the highest`,
    got: majorMinor,
  };
};

/** Refuses a factory file whose versions go down; throws a `ConfigError` that lists each. */
export const refuseRegressions = (factoryFile: string, { regressions }: Pick<Issue, "regressions">): void => {
  if (regressions.length > 0) throw ConfigError.of(basename(factoryFile), regressions.map(regressionOf));
};

/** Refuses a ledger that isn't what the factory file makes of it; throws a `ConfigError` that names each image and component. */
export const refuseStale = (factoryFile: string, issue: Issue): void => {
  refuseRegressions(factoryFile, issue);
  const name = basename(ledgerFile(factoryFile));
  if (issue.moves.length > 0)
    throw new ConfigError(`${name} is stale, ${ADVICE} ${name}:\n${issue.moves.map((move) => `  ${line(move)}`).join("\n")}`);
};

const lowered = (entries: Entries, base: Entries): string[] =>
  Object.keys(base).flatMap((name) => {
    const [now, before] = [entries[name]?.versions.at(-1), base[name]?.versions.at(-1)];
    if (before === undefined || (now !== undefined && compareVersions(now, before) >= 0)) return [];
    return [`  '${name}' went down from ${before} to ${now ?? "nothing"}`];
  });

/**
 * Refuses a ledger in which something is lower than it was at `ref`, as a reverted commit leaves it: the version in between would be
 * issued a second time. Throws a `ConfigError` that names each.
 */
export const refuseLowered = (file: string, ledger: Ledger, base: Ledger, ref: string): void => {
  const lines = (["components", "recipes", "workflows"] as const).flatMap((section) => lowered(ledger[section], base[section]));
  if (lines.length > 0)
    throw new ConfigError(
      `${basename(file)} is lower than at ${ref}, run \`npm run versions -- --base ${ref}\` and commit it:\n${lines.join("\n")}`,
    );
};
