import { readFileSync } from "node:fs";
import { basename } from "node:path";
import * as z from "zod";
import { ConfigError, schemaProblems } from "./problems";

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

const Entry = z.strictObject({
  /** The newest patch of every major.minor that was ever issued, ascending: the last is the current version. */
  versions: z.array(z.string().regex(VERSION, "must be major.minor.patch")).min(1),
});

const File = z.strictObject({
  components: z.record(z.string(), Entry),
  recipes: z.record(z.string(), Entry),
});

type Entries = Readonly<Record<string, z.output<typeof Entry>>>;

/** The versions that components and recipes have been given, from factory.lock.json. */
export interface Ledger {
  readonly components: Entries;
  /** By account and image, as in `shared/amazon-linux-2023`. */
  readonly recipes: Entries;
}

/** The ledger beside a factory file: factory.yaml → factory.lock.json. */
export const ledgerFile = (factoryFile: string): string => factoryFile.replace(/(\.ya?ml)?$/, ".lock.json");

/** Reads a ledger; throws a `ConfigError` when it is missing or damaged. */
export const readLedger = (file: string): Ledger => {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new ConfigError(`${file} can't be read: ${(cause as Error).message}`, { cause });
  }
  const { data, error } = File.safeParse(json, { reportInput: true });
  if (!data) throw ConfigError.of(basename(file), schemaProblems(error));
  return data;
};

/** The version that `name` has now; throws a `ConfigError` when it was never given one. */
export const currentVersion = (entries: Entries, name: string): string => {
  const version = entries[name]?.versions.at(-1);
  if (version === undefined) throw new ConfigError(`factory.lock.json has no version for '${name}'`);
  return version;
};

/** Every version that `name` ever had, newest first: patches count up from 0 without a gap. */
export const issuedVersions = (entries: Entries, name: string): string[] =>
  (entries[name]?.versions ?? [])
    .flatMap((newest) => {
      const [major, minor, patch] = newest.split(".").map(Number);
      return Array.from({ length: (patch ?? 0) + 1 }, (_, issued) => `${major}.${minor}.${issued}`);
    })
    .reverse();
