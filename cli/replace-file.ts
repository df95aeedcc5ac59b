import { renameSync, rmSync, writeFileSync } from "node:fs";
import { ConfigError } from "../config/problems";

/** Writes a file in one step: a crash leaves the old content. */
export function replaceFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new ConfigError(`${file} can't be written: ${(cause as Error).message}`, { cause });
  }
}
