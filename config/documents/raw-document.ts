/**
 * Access to a parsed document that may not be valid: everything of an unexpected type is skipped.
 */

import type { Path } from "../problems";
import { isMap, type RawMap } from "../raw-map";

/** An entry of a list that may have a name. */
export interface RawEntry {
  readonly path: Path;
  /** Empty if the entry has none. */
  readonly name: string;
  readonly entry: RawMap;
}

/** Returns the list `key` of `raw`; an empty one if there is none. */
export function listIn(raw: unknown, key: string): readonly unknown[] {
  const value = isMap(raw) ? raw[key] : undefined;
  return Array.isArray(value) ? value : [];
}

/** Returns the maps in the list `key` of `raw`, which is at `path`. */
export function entriesIn(raw: unknown, key: string, path: Path = []): RawEntry[] {
  return listIn(raw, key).flatMap((entry, index) =>
    isMap(entry) ? [{ path: [...path, key, index], name: asText(entry["name"]), entry }] : [],
  );
}

/** Returns a scalar as a string; an empty string for anything else, which the schema reports. */
export function asText(value: unknown): string {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";
}

/** Returns every string in `value`, with its path. */
export function textsIn(value: unknown, path: Path): { path: Path; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]));
}

/** Lists that readable paths leave out, because the names of their entries are enough. */
const OMITTED_LISTS = ["phases", "steps"];

/**
 * Replaces the indexes of named entries in `path` by their names, as people write it:
 * `build.Install.inputs.commands[0]`, `parameters.LogLevel.type`.
 */
export function withNames(raw: unknown, path: Path): Path {
  const [list, index, ...rest] = path;
  if (typeof list !== "string" || typeof index !== "number") return path;
  const entry = listIn(raw, list)[index];
  const name = isMap(entry) ? asText(entry["name"]) : "";
  const inner = list === "phases" ? withNames(entry, rest) : rest;
  if (name === "") return [list, index, ...inner];
  return OMITTED_LISTS.includes(list) ? [name, ...inner] : [list, name, ...inner];
}
