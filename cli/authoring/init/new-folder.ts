/** Writes a folder in one step: it exists completely or not at all. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ConfigError } from "../../../config/problems";

/** A new clone of an empty Git repository contains only this folder. */
const ALLOWED = [".git"];

/** Rejects an existing folder, unless it is empty. */
export function assertIsNew(dir: string): void {
  if (!existsSync(dir)) return;
  if (!statSync(dir).isDirectory())
    throw new ConfigError(`DIR: must be a new or an empty folder, got a file: ${dir}`);
  if (readdirSync(dir).some((name) => !ALLOWED.includes(name)))
    throw new ConfigError(
      `DIR: must be a new or an empty folder, because nothing is overwritten, got: ${dir}`,
    );
}

/**
 * Calls `write` with an empty folder next to `dir`, and then moves everything in it to `dir`. If
 * `write` fails or the person stops the process, nothing remains.
 */
export async function writeFolder<T>(
  dir: string,
  write: (folder: string) => Promise<T>,
): Promise<T> {
  const target = resolve(dir);
  const parent = dirname(target);
  // The first of the folders that don't exist yet.
  const created = mkdirSync(parent, { recursive: true });
  const folder = join(parent, `.${basename(target)}-${process.pid}`);
  mkdirSync(folder);
  const remove = (): void => rmSync(created ?? folder, { recursive: true, force: true });
  const stop = (): void => {
    remove();
    process.exit(130);
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const result = await write(folder);
    move(folder, target);
    return result;
  } catch (error) {
    remove();
    throw error;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

function move(folder: string, target: string): void {
  if (!existsSync(target)) {
    renameSync(folder, target);
    return;
  }
  // Someone may have written to the folder meanwhile.
  assertIsNew(target);
  for (const name of readdirSync(folder)) renameSync(join(folder, name), join(target, name));
  rmSync(folder, { recursive: true });
}
