import { resolve as absolute, dirname, join } from "node:path";
import { shown } from "./factory-path";
import { parseFactoryFile } from "./factory-yaml";
import type { Factory, VersionedFactory } from "./model";
import { ConfigError, isError, type Problem, schemaProblems, type Validated } from "./problems";
import { resolveFactory } from "./resolve/factory";
import { documentProblems, readFiles } from "./resolve/files";
import {
  isRegionName,
  type UnknownRegion,
  unknownRegions,
  withCorrectRegions,
} from "./resolve/mistyped-regions";
import { allEntries, validEntries, withMisplacedSections } from "./resolve/valid-entries";
import { checkRules } from "./rules";
import { ruleContext } from "./rules/rule";
import { FactoryFile } from "./schema/factory-file";
import { assertUpToDate } from "./versions/check";
import { readLockFile } from "./versions/lock-file";
import { issueVersions } from "./versions/next-versions";

/** Called with the name of a file and its warnings, if there are any. */
export type WarningListener = (file: string, warnings: readonly Problem[]) => void;

/**
 * Removes the keys at the top level that start with `x-`. They hold anchors, as in Compose files.
 */
function withoutExtensions(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return raw;
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !key.startsWith("x-")));
}

/**
 * Reads and validates a factory file and the documents that it names.
 *
 * Each entry is validated by itself. Rules are checked for the valid ones, so that one run reports
 * the mistakes of all of them.
 *
 * Throws a `ConfigError` if the file can't be read or isn't YAML; every other problem is returned.
 */
export function validateFactory(path: string): Validated<Factory> {
  const { raw, locate } = parseFactoryFile(path);
  const content = withoutExtensions(raw);
  // Documents have paths relative to the factory file.
  const folder = shown(dirname(path));
  const { value, problems } = validateContent(content, dirname(absolute(path)));
  return {
    value,
    problems: problems.map(({ at, ...problem }) => ({
      ...problem,
      at: at === undefined ? locate(problem.path, problem.key) : join(folder, at),
    })),
  };
}

/**
 * Validates the content of a factory file in `folder`, as {@link validateFactory} does. Problems
 * that a mistyped Region causes elsewhere are left out.
 */
export function validateContent(raw: unknown, folder: string): Validated<Factory> {
  const unknown = unknownRegions(raw);
  const asWritten = validateEntries(raw, folder);
  const { value, problems } = asWritten;
  if (unknown.length === 0) return asWritten;

  const warnings = unknown.filter(isRegionName).map((region) => region.warnings[0]);
  if (value) return { value, problems: [...problems, ...warnings] };
  const mistyped = unknown.filter(({ meant }) => meant !== undefined);
  const corrected = validateEntries(withCorrectRegions(raw, mistyped), folder).problems;
  if (corrected.filter(isError).length === problems.filter(isError).length)
    return { problems: [...problems, ...warnings] };
  const rejected = problems.filter((problem) => isRejectedRegion(problem, mistyped));
  const causes = unknown.filter(isRegionName).flatMap(asCauses);
  return { problems: [...rejected, ...causes, ...corrected] };
}

/** Whether the schema rejects the name of one of these Regions. */
function isRejectedRegion({ path, got }: Problem, regions: readonly UnknownRegion[]): boolean {
  return regions.some(
    (region) =>
      !isRegionName(region) && (got === region.name || (path.at(-1) === region.name && !got)),
  );
}

/** A mistyped Region from which errors result is one in each place. */
function asCauses({ meant, warnings }: UnknownRegion): readonly Problem[] {
  if (meant === undefined) return warnings.slice(0, 1);
  return warnings.map((problem) => ({ ...problem, severity: "error" }));
}

function validateEntries(raw: unknown, folder: string): Validated<Factory> {
  const { data, error } = FactoryFile.safeParse(raw, { reportInput: true });
  const mistakes = withMisplacedSections(raw, schemaProblems(error));
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
  if (!value) throw ConfigError.of(shown(path), problems);
  if (problems.length > 0) onWarnings(shown(path), problems);
  return value;
}

/**
 * Reads a factory file with the versions in its version lock file.
 *
 * Throws a `ConfigError` also if the version lock file is missing, damaged or out of date.
 */
export function loadFactory(path: string, onWarnings?: WarningListener): VersionedFactory {
  const factory = readFactory(path, onWarnings);
  const lockFile = readLockFile(path);
  assertUpToDate(path, issueVersions(lockFile, factory));
  return { ...factory, lockFile };
}
