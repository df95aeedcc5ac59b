import { readFileSync } from "node:fs";
import { basename } from "node:path";
import * as z from "zod";
import { ConfigError, schemaProblems } from "../problems";
import { strict } from "../schema/primitives";
import { compareVersions, parseVersion } from "./version";

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

const Entry = strict({
  /** The newest patch of every major.minor that was ever issued, ascending: the last is the current version. */
  versions: z
    .array(
      z.string({ error: "must be major.minor.patch" }).regex(VERSION, "must be major.minor.patch"),
    )
    .min(1, "must hold a version")
    .refine(
      (versions) =>
        versions.every(
          (version, index) =>
            index === 0 || compareVersions(versions[index - 1] ?? "", version) < 0,
        ),
      "must ascend",
    ),
  /** What the current version was given to, by input. Without it, what had the version is gone. */
  digests: z
    .record(z.string(), z.string().regex(/^[0-9a-f]{16}$/, "must be 16 hexadecimal digits"))
    .optional(),
});
export type Entry = z.output<typeof Entry>;

function section(key: RegExp) {
  return z.record(z.string().regex(key, "must be a name"), Entry);
}

const File = strict({
  components: section(/^[a-z0-9-]+$/),
  recipes: section(/^[a-z0-9-]+\/[a-z0-9-]+$/),
  workflows: section(/^[a-z]+:[a-z0-9-]+$/).default({}),
});

export type Entries = Readonly<Record<string, Entry>>;

/** The versions that components, recipes and workflows have been given, and what to. */
export interface LockFile {
  readonly components: Entries;
  /** By account and image, as in `shared/amazon-linux-2023`. */
  readonly recipes: Entries;
  /** By type and name, as in `test:wait-for-approval`. */
  readonly workflows: Entries;
}

export const EMPTY_LOCK_FILE: LockFile = { components: {}, recipes: {}, workflows: {} };

/** The ledger beside a factory file: factory.yaml → factory.lock.json. */
export function lockFilePath(factoryFile: string): string {
  return factoryFile.replace(/(\.ya?ml)?$/, ".lock.json");
}

function parse(file: string, text: string): LockFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`${basename(file)} is damaged: ${(cause as Error).message}`, { cause });
  }
  const { data, error } = File.safeParse(json, { reportInput: true });
  if (!data) throw ConfigError.of(basename(file), schemaProblems(error));
  return data;
}

const CONFLICT = /^(<{7}|\|{7}|={7}|>{7})/m;
const LINE = /^\s*"([a-z0-9/:-]+)": (\{"versions".*\}),?$/;

/** Two branches' entries of one name: every version is taken, and where both gave the same one, to nobody. */
function merge(one: Entry, other: Entry): Entry {
  const newest = new Map<string, string>();
  for (const version of [...one.versions, ...other.versions].sort(compareVersions)) {
    const { major, minor } = parseVersion(version);
    newest.set(`${major}.${minor}`, version);
  }
  const versions = [...newest.values()];
  const holders = [one, other].filter((entry) => entry.versions.at(-1) === versions.at(-1));
  const agreed = holders.every(
    ({ digests }) => JSON.stringify(digests) === JSON.stringify(holders[0]?.digests),
  );
  return { versions, ...(agreed && holders[0]?.digests && { digests: holders[0].digests }) };
}

const STRUCTURE =
  /^\s*(\{|\}|"(components|recipes|workflows)": \{(\},?)?|\},?|<{7}.*|\|{7}.*|={7}|>{7}.*)?$/;

/** What an entry is of shows in its name. */
function sectionOf(key: string): keyof LockFile {
  if (key.includes(":")) return "workflows";
  return key.includes("/") ? "recipes" : "components";
}

function sections(of: (section: keyof LockFile) => Entries): LockFile {
  return {
    components: of("components"),
    recipes: of("recipes"),
    workflows: of("workflows"),
  };
}

function collect(entries: readonly (readonly [string, Entry])[]): LockFile {
  const all = new Map<string, Entry>();
  for (const [key, entry] of entries) {
    const known = all.get(key);
    all.set(key, known ? merge(known, entry) : entry);
  }
  return sections((section) =>
    Object.fromEntries([...all].filter(([key]) => sectionOf(key) === section)),
  );
}

/** A ledger that git left in conflict, or that holds a name twice, line by line: an entry is a line. */
function reconcile(file: string, text: string): LockFile {
  return collect(
    text.split(/\r?\n/).flatMap((line, index) => {
      const [, key, json] = LINE.exec(line) ?? [];
      if (key !== undefined && json !== undefined) {
        const one = { components: {}, recipes: {}, [sectionOf(key)]: { [key]: JSON.parse(json) } };
        return Object.entries(parse(file, JSON.stringify(one))[sectionOf(key)]);
      }
      if (STRUCTURE.test(line)) return [];
      throw new ConfigError(
        `${basename(file)}:${index + 1} can't be read: take the file as either side has it, and try again`,
      );
    }),
  );
}

/** Everything that either ledger issued stays issued. */
export function mergeLockFiles(one: LockFile, other: LockFile): LockFile {
  return collect(
    [one, other].flatMap((ledger) =>
      Object.values(ledger).flatMap((entries) => Object.entries<Entry>(entries)),
    ),
  );
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ConfigError(`${file} can't be read: ${(cause as Error).message}`, { cause });
  }
}

/** Reads a ledger; throws a `ConfigError` when it is missing, in conflict, damaged or written by somebody else. */
export function readLockFile(file: string): LockFile {
  const content = read(file);
  const name = basename(file);
  if (content === undefined)
    throw new ConfigError(`${name} is missing: run \`npm run versions\` and commit it`);
  if (CONFLICT.test(content))
    throw new ConfigError(
      `${name} is in conflict: merge what it is about, then run \`npm run versions\` and commit it`,
    );
  const ledger = parse(file, content);
  // JSON takes the last of two lines of one name, which may be the lower.
  if (renderLockFile(ledger) !== content)
    throw new ConfigError(
      `${name} isn't as \`npm run versions\` writes it: run that and commit it`,
    );
  return ledger;
}

/** The text of a ledger that is to be brought up to date: a conflict, and a name that is in it twice, are settled upwards. */
export function parseLockFileToUpdate(file: string, content: string): LockFile {
  if (CONFLICT.test(content)) return reconcile(file, content);
  const ledger = parse(file, content);
  const names = Object.values(ledger).flatMap((entries) => Object.keys(entries)).length;
  return content.match(/"versions"/g)?.length === names || names === 0
    ? ledger
    : reconcile(file, content);
}

/** Reads a ledger that is to be brought up to date; one that is missing is empty. */
export function readLockFileToUpdate(file: string): LockFile {
  const content = read(file);
  return content === undefined ? EMPTY_LOCK_FILE : parseLockFileToUpdate(file, content);
}

function lines(entries: Entries): string {
  const all = Object.keys(entries)
    .sort()
    .map((key) => `    ${JSON.stringify(key)}: ${JSON.stringify(entries[key])}`);
  return all.length === 0 ? "{}" : `{\n${all.join(",\n")}\n  }`;
}

/** The text of a ledger: sorted, an entry a line. A factory without workflows needs no word of them. */
export function renderLockFile({ components, recipes, workflows }: LockFile): string {
  const more = Object.keys(workflows).length > 0 ? `,\n  "workflows": ${lines(workflows)}` : "";
  return `{\n  "components": ${lines(components)},\n  "recipes": ${lines(recipes)}${more}\n}\n`;
}

/** The version that `name` has now. What was never given one is a defect: a ledger is checked when it is loaded. */
export function currentVersion(entries: Entries, name: string): string {
  const version = entries[name]?.versions.at(-1);
  if (version === undefined) throw new Error(`the ledger has no version for '${name}'`);
  return version;
}

/** Every version that `name` ever had, newest first: patches count up from 0 without a gap. */
export function issuedVersions(entries: Entries, name: string): string[] {
  return (entries[name]?.versions ?? [])
    .flatMap((newest) => {
      const { major, minor, patch } = parseVersion(newest);
      return Array.from({ length: patch + 1 }, (_, issued) => `${major}.${minor}.${issued}`);
    })
    .reverse();
}
