import { readFileSync } from "node:fs";
import * as z from "zod";
import { PROGRAM } from "../../contract/program";
import { configOption, shown } from "../factory-path";
import { ConfigError, describeProblems, type Problem, schemaProblems } from "../problems";
import { strict } from "../schema-blocks";
import { parseYaml } from "../yaml/parse";
import { compareVersions, majorMinorOf, parseVersion } from "./version";

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
const VERSION_ERROR = "must be major.minor.patch";

function isAscending(versions: readonly string[]): boolean {
  return versions.every((version, index) => {
    const previous = versions[index - 1];
    return previous === undefined || compareVersions(previous, version) < 0;
  });
}

const Entry = strict({
  /**
   * The newest patch of every major.minor that was ever issued, ascending. The last one is the
   * current version.
   */
  versions: z
    .array(z.string({ error: VERSION_ERROR }).regex(VERSION, VERSION_ERROR))
    .min(1, "must contain a version")
    .refine(isAscending, "must be in ascending order"),
  /**
   * Digests of the current version's content, by input. Without digests, the content was removed
   * from the factory file.
   */
  digests: z
    .record(z.string(), z.string().regex(/^[0-9a-f]{16}$/, "must be 16 hexadecimal digits"))
    .optional(),
});
export type Entry = z.output<typeof Entry>;

function section(name: RegExp) {
  return z.record(z.string().regex(name, "must be a name"), Entry);
}

const File = strict({
  components: section(/^[a-z0-9-]+$/),
  recipes: section(/^[a-z0-9-]+\/[a-z0-9-]+$/),
  workflows: section(/^[a-z]+:[a-z0-9-]+$/).default({}),
});

export type Entries = Readonly<Record<string, Entry>>;

/**
 * The versions of components, recipes and workflows, and digests of the content that each version
 * was issued for.
 */
export interface LockFile {
  readonly components: Entries;
  /** By account and image, such as `shared/amazon-linux-2023`. */
  readonly recipes: Entries;
  /** By type and name, such as `test:wait-for-approval`. */
  readonly workflows: Entries;
}

export const SECTIONS = ["components", "recipes", "workflows"] as const;

export const EMPTY_LOCK_FILE: LockFile = { components: {}, recipes: {}, workflows: {} };

/** Returns the path of a factory file's version lock file: factory.yaml → factory.lock.json. */
export function lockFilePath(factoryFile: string): string {
  return factoryFile.replace(/(\.ya?ml)?$/, ".lock.json");
}

function versionsCommand(factoryFile: string, option = ""): string {
  return `\`${PROGRAM} versions${option}${configOption(factoryFile)}\``;
}

function shownLockFile(factoryFile: string): string {
  return shown(lockFilePath(factoryFile));
}

/** Returns how to get a file back whose versions exist in AWS. They must not be issued again. */
function restoreHint(factoryFile: string): string {
  return `Restore it with \`git checkout -- ${shownLockFile(factoryFile)}\`. If Git doesn't have it, delete it and run ${versionsCommand(factoryFile, " --from-aws")}`;
}

/** Returns the error of a file whose content isn't that of a version lock file. */
function contentError(
  factoryFile: string,
  text: string,
  problems: readonly Problem[],
): ConfigError {
  const file = shownLockFile(factoryFile);
  // JSON is YAML, so that YAML's parser finds the positions.
  const { value } = parseYaml(file, text, { start: "{}", maxAliases: 0 });
  const located = problems.map((problem) => ({
    ...problem,
    ...(value && { at: value.locate(problem.path, problem.key) }),
  }));
  return new ConfigError(`${describeProblems(file, located)}\n${restoreHint(factoryFile)}`);
}

function parse(factoryFile: string, text: string): LockFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(
      `${shownLockFile(factoryFile)} is damaged: ${(cause as Error).message}. ${restoreHint(factoryFile)}`,
      { cause },
    );
  }
  const { data, error } = File.safeParse(json, { reportInput: true });
  if (!data) throw contentError(factoryFile, text, schemaProblems(error));
  return data;
}

const CONFLICT_MARKER = /^(<{7}|\|{7}|={7}|>{7})/m;
const ENTRY_LINE = /^\s*"([a-z0-9/:-]+)": (\{"versions".*\}),?$/;
const STRUCTURE_LINE =
  /^\s*(\{|\}|"(components|recipes|workflows)": \{(\},?)?|\},?|<{7}.*|\|{7}.*|={7}|>{7}.*)?$/;

/**
 * Merges two entries of one name, from two branches. All versions of both stay issued. The digests
 * are kept if both branches issued the current version for the same content.
 */
function mergeEntries(one: Entry, other: Entry): Entry {
  const newest = new Map<string, string>();
  for (const version of [...one.versions, ...other.versions].sort(compareVersions))
    newest.set(majorMinorOf(version), version);
  const versions = [...newest.values()];
  const current = versions.at(-1);
  const holders = [one, other].filter((entry) => entry.versions.at(-1) === current);
  const [digests, ...others] = holders.map((entry) => entry.digests);
  const isAgreed = others.every((each) => JSON.stringify(each) === JSON.stringify(digests));
  return { versions, ...(isAgreed && digests && { digests }) };
}

/** Returns the section of an entry, which its name shows. */
function sectionOf(name: string): keyof LockFile {
  if (name.includes(":")) return "workflows";
  return name.includes("/") ? "recipes" : "components";
}

/** Collects entries; several of one name are merged. */
function collect(entries: readonly (readonly [string, Entry])[]): LockFile {
  const merged = new Map<string, Entry>();
  for (const [name, entry] of entries) {
    const known = merged.get(name);
    merged.set(name, known ? mergeEntries(known, entry) : entry);
  }
  const of = (wanted: keyof LockFile): Entries =>
    Object.fromEntries([...merged].filter(([name]) => sectionOf(name) === wanted));
  return { components: of("components"), recipes: of("recipes"), workflows: of("workflows") };
}

/**
 * Reads a version lock file line by line, which a Git conflict or a repeated name leaves possible:
 * each entry is on one line.
 */
function parseLines(factoryFile: string, text: string): LockFile {
  const entries = text.split(/\r?\n/).flatMap((line, index) => {
    const [, name, json] = ENTRY_LINE.exec(line) ?? [];
    if (name !== undefined && json !== undefined) {
      const one = { components: {}, recipes: {}, [sectionOf(name)]: { [name]: JSON.parse(json) } };
      return Object.entries(parse(factoryFile, JSON.stringify(one))[sectionOf(name)]);
    }
    if (STRUCTURE_LINE.test(line)) return [];
    throw new ConfigError(
      `${shownLockFile(factoryFile)}:${index + 1} can't be read: restore the file as it is on one of the branches, and run ${versionsCommand(factoryFile)} again`,
    );
  });
  return collect(entries);
}

/** Returns the entries of a lock file whose current version is higher than in another. */
export function higherEntries(lockFile: LockFile, than: LockFile): LockFile {
  const isHigher = (section: keyof LockFile, [name, { versions }]: [string, Entry]): boolean => {
    const [one, other] = [versions.at(-1), than[section][name]?.versions.at(-1)];
    return one !== undefined && (other === undefined || compareVersions(one, other) > 0);
  };
  const of = (section: keyof LockFile): Entries =>
    Object.fromEntries(
      Object.entries(lockFile[section]).filter((entry) => isHigher(section, entry)),
    );
  return { components: of("components"), recipes: of("recipes"), workflows: of("workflows") };
}

/** Merges two version lock files. Every version that either of them issued stays issued. */
export function mergeLockFiles(one: LockFile, other: LockFile): LockFile {
  return collect(
    [one, other].flatMap((lockFile) => SECTIONS.flatMap((name) => Object.entries(lockFile[name]))),
  );
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigError(`${shown(file)} can't be read: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Reads the version lock file of a factory file. Throws a `ConfigError` if it is missing, damaged,
 * in conflict, or edited by hand.
 */
export function readLockFile(factoryFile: string): LockFile {
  const text = readText(lockFilePath(factoryFile));
  const name = shownLockFile(factoryFile);
  const command = versionsCommand(factoryFile);
  if (text === undefined)
    throw new ConfigError(
      `${name} is missing. If this factory was deployed before, restore the file with \`git checkout -- ${name}\`, or run ${versionsCommand(factoryFile, " --from-aws")} if Git doesn't have it. If it is new, run ${command}. Then commit the file`,
    );
  if (CONFLICT_MARKER.test(text))
    throw new ConfigError(
      `${name} contains a Git conflict: resolve the conflict in the other files, then run ${command} and commit it`,
    );
  const lockFile = parse(factoryFile, text);
  // JSON takes the last of two lines with one name, which may have the lower version.
  if (renderLockFile(lockFile) !== text)
    throw new ConfigError(`${name} isn't as ${command} writes it: run ${command} and commit it`);
  return lockFile;
}

/**
 * Parses a version lock file that is about to be updated. Conflicts and repeated names are merged.
 */
export function parseLockFileToUpdate(factoryFile: string, text: string): LockFile {
  if (CONFLICT_MARKER.test(text)) return parseLines(factoryFile, text);
  const lockFile = parse(factoryFile, text);
  const names = SECTIONS.flatMap((name) => Object.keys(lockFile[name])).length;
  const isRepeated = names > 0 && text.match(/"versions"/g)?.length !== names;
  return isRepeated ? parseLines(factoryFile, text) : lockFile;
}

/** Reads a version lock file that is about to be updated. A missing file counts as empty. */
export function readLockFileToUpdate(factoryFile: string): LockFile {
  const text = readText(lockFilePath(factoryFile));
  return text === undefined ? EMPTY_LOCK_FILE : parseLockFileToUpdate(factoryFile, text);
}

function renderEntries(entries: Entries): string {
  const lines = Object.keys(entries)
    .sort()
    .map((name) => `    ${JSON.stringify(name)}: ${JSON.stringify(entries[name])}`);
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n  }`;
}

/**
 * Renders a version lock file: sorted, one entry per line. A factory without workflows has no
 * section for them.
 */
export function renderLockFile(lockFile: LockFile): string {
  const sections = SECTIONS.filter(
    (name) => name !== "workflows" || Object.keys(lockFile.workflows).length > 0,
  );
  const rendered = sections.map((name) => `  "${name}": ${renderEntries(lockFile[name])}`);
  return `{\n${rendered.join(",\n")}\n}\n`;
}

/**
 * Returns the current version of `name`. Throws an `Error` if there is none, which loading a
 * factory rules out.
 */
export function currentVersion(entries: Entries, name: string): string {
  const version = entries[name]?.versions.at(-1);
  if (version === undefined) throw new Error(`the version lock file has no version for '${name}'`);
  return version;
}

/** A version that was found in AWS may have a date as its patch. */
const MAX_LISTED_PATCHES = 1_000;

/**
 * Returns the versions that were ever issued for `name`, newest first: of each major.minor the
 * newest 1,000. Patches count up from 0 without a gap.
 */
export function issuedVersions(entries: Entries, name: string): string[] {
  return (entries[name]?.versions ?? []).toReversed().flatMap((newest) => {
    const { major, minor, patch } = parseVersion(newest);
    const length = Math.min(patch + 1, MAX_LISTED_PATCHES);
    return Array.from({ length }, (_, older) => `${major}.${minor}.${patch - older}`);
  });
}
