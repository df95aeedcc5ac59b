/** Writes a folder in one step: it exists completely or not at all. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ConfigError } from "../../../config/problems";
import { whileRunning } from "../../interruption";

/** A new clone of an empty Git repository contains only this folder. */
const ALLOWED = [".git"];

/**
 * Rejects an existing folder, unless it is empty.
 *
 * @param temporary name of the temporary folder in it, which is moved. @default - none
 */
export function assertIsNew(dir: string, temporary?: string): void {
  if (!existsSync(dir)) return;
  if (!statSync(dir).isDirectory())
    throw new ConfigError(`DIR: must be a new or an empty folder, got a file: ${dir}`);
  if (readdirSync(dir).some((name) => name !== temporary && !ALLOWED.includes(name)))
    throw new ConfigError(
      `DIR: must be a new or an empty folder, because nothing is overwritten, got: ${dir}`,
    );
}

/**
 * Calls `write` with an empty temporary folder, and then moves everything in it to `dir`. If
 * `write` fails or the person stops the process, nothing remains of what this process wrote.
 *
 * @param write gets a signal that aborts when the person stops the process. It must end everything
 * that writes to the folder before it settles.
 */
export async function writeFolder<T>(
  dir: string,
  write: (folder: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { folder, parents } = createTemporary(resolve(dir));
  const controller = new AbortController();
  const { signal } = controller;
  const hasEnded = whileRunning(() => controller.abort());
  try {
    const result = await write(folder, signal);
    signal.throwIfAborted();
    move(folder, resolve(dir));
    return result;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    removeEmpty(parents);
    if (signal.aborted) process.exit(130);
    throw error;
  } finally {
    hasEnded();
  }
}

/**
 * Creates the temporary folder on the file system of `target`: next to it, or in it if it exists.
 * `target` can be a mount point, or in a folder that isn't writable.
 *
 * @returns also the folders above it that didn't exist, innermost first
 */
function createTemporary(target: string): {
  readonly folder: string;
  readonly parents: readonly string[];
} {
  const parent = existsSync(target) ? target : dirname(target);
  const first = mkdirSync(parent, { recursive: true });
  const parents: string[] = [];
  if (first !== undefined)
    for (let path = parent; path.length >= first.length; path = dirname(path)) parents.push(path);
  const folder = join(parent, `.factory-init-${process.pid}`);
  mkdirSync(folder);
  return { folder, parents };
}

/** Removes folders as long as they are empty. Others may have written to them meanwhile. */
function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders)
    try {
      rmdirSync(folder);
    } catch {
      return;
    }
}

function move(folder: string, target: string): void {
  if (!existsSync(target)) {
    renameSync(folder, target);
    return;
  }
  // Someone may have written to the folder meanwhile.
  assertIsNew(target, basename(folder));
  const moved: string[] = [];
  try {
    for (const name of readdirSync(folder)) {
      renameSync(join(folder, name), join(target, name));
      moved.push(name);
    }
  } catch (error) {
    for (const name of moved) rmSync(join(target, name), { recursive: true });
    throw error;
  }
  rmSync(folder, { recursive: true });
}
