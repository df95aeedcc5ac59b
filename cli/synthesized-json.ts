import { readFileSync } from "node:fs";
import { ConfigError } from "../config/problems";
import { factoryCommand } from "./factory-command";

/**
 * Reads a file that `factory synth` writes.
 *
 * Throws a {@link ConfigError} if the file doesn't exist or isn't JSON.
 */
// biome-ignore lint/suspicious/noExplicitAny: the files are CDKTF's and Terraform's
export function readSynthesizedJson(file: string): any {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(`${file} doesn't exist: run \`${factoryCommand("synth")}\` first`, {
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`${file} is damaged: run \`${factoryCommand("synth")}\` again`, {
      cause,
    });
  }
}
