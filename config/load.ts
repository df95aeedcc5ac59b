import { readFileSync } from "node:fs";
import { resolve as absolute, basename, dirname } from "node:path";
import { isScalar, parseDocument, visit } from "yaml";
import type { Factory, VersionedFactory } from "./model";
import { ConfigError, isError, type Problem, schemaProblems, type Validated } from "./problems";
import { resolveFactory } from "./resolve/factory";
import { documentProblems, readFiles } from "./resolve/files";
import { allEntries, validEntries } from "./resolve/valid-entries";
import { checkRules } from "./rules";
import { ruleContext } from "./rules/rule";
import { FactoryFile } from "./schema/factory-file";
import { assertUpToDate } from "./versions/check";
import { lockFilePath, readLockFile } from "./versions/lock-file";
import { issueVersions } from "./versions/next-versions";

/** Called with the name of a file and its warnings, if there are any. */
export type WarningListener = (file: string, warnings: readonly Problem[]) => void;

function readFactoryFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(
      `${file} can't be read: run the command in the folder that contains it, or set FACTORY_CONFIG to its path`,
      { cause },
    );
  }
}

/** Removes the keys at the top level that start with `x-`. They hold anchors, as in Compose files. */
function withoutExtensions(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return raw;
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !key.startsWith("x-")));
}

function parseYaml(file: string): unknown {
  const document = parseDocument(readFactoryFile(file), {
    uniqueKeys: true,
    merge: true,
    logLevel: "error",
  });
  const problems: Problem[] = [...document.errors, ...document.warnings].map(
    ({ message, linePos }) => ({
      path: [],
      message: `${linePos?.[0].line}:${linePos?.[0].col} ${message.split(/ at line \d+, column \d+/)[0]}`,
    }),
  );
  visit(document, {
    Pair: (_key, { key }) => {
      // JavaScript would set the object's prototype instead.
      if (isScalar(key) && key.value === "__proto__")
        problems.push({ path: [], message: "__proto__ can't be a key" });
    },
  });
  if (problems.length > 0) throw ConfigError.of(basename(file), problems);
  try {
    return withoutExtensions(document.toJS({ maxAliasCount: 10_000 }));
  } catch (cause) {
    throw new ConfigError(
      `${file} repeats itself through too many aliases (*name): write out the repeated parts`,
      { cause },
    );
  }
}

/**
 * Reads and validates a factory file and the documents that it names.
 *
 * Each entry is validated by itself. Rules are checked for the valid ones, so that one run reports the mistakes of all of them.
 *
 * Throws a `ConfigError` if the file can't be read or isn't YAML; every other problem is returned.
 */
export function validateFactory(path: string): Validated<Factory> {
  return validateContent(parseYaml(path), dirname(absolute(path)));
}

/** Validates the content of a factory file in `folder`, as {@link validateFactory} does. */
export function validateContent(raw: unknown, folder: string): Validated<Factory> {
  const { data, error } = FactoryFile.safeParse(raw, { reportInput: true });
  const mistakes = schemaProblems(error);
  const entries = data ? allEntries(data) : validEntries(raw, mistakes);
  if (!entries) return { problems: mistakes };

  const files = readFiles(entries.file, folder);
  const resolution = resolveFactory(entries, files);
  const problems = [
    ...mistakes,
    ...resolution.problems,
    ...documentProblems(files),
    ...checkRules(ruleContext(entries, resolution)),
  ];
  return problems.some(isError) ? { problems } : { value: resolution.factory, problems };
}

/**
 * Reads a factory file that must be valid.
 *
 * Throws a `ConfigError` that lists every problem.
 */
export function readFactory(path: string, onWarnings: WarningListener = () => undefined): Factory {
  const { value, problems } = validateFactory(path);
  if (!value) throw ConfigError.of(basename(path), problems);
  if (problems.length > 0) onWarnings(basename(path), problems);
  return value;
}

/**
 * Reads a factory file with the versions in its version lock file.
 *
 * Throws a `ConfigError` also if the version lock file is missing, damaged or out of date.
 */
export function loadFactory(path: string, onWarnings?: WarningListener): VersionedFactory {
  const factory = readFactory(path, onWarnings);
  const lockFile = readLockFile(lockFilePath(path));
  assertUpToDate(path, issueVersions(lockFile, factory));
  return { ...factory, lockFile };
}
