/** The files that the synthesized stacks were created from. */
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { withLf } from "../config/documents/text-file";
import { configOption, shown } from "../config/factory-path";
import type { Factory } from "../config/model";
import { ConfigError } from "../config/problems";
import { lockFilePath } from "../config/versions/lock-file";
import { PROGRAM } from "../contract/program";
import { version } from "../package.json";
import { factoryFile, isBootstrap } from "./environment";
import { readSynthesizedJson } from "./synthesized-json";

/** Provider versions that a team pins, next to its factory file. */
export const PROVIDER_LOCK_FILE = ".terraform.lock.hcl";

/** Content of `inputs.json` in the output folder. */
interface Inputs {
  /** Version of the program that synthesized. */
  readonly factoryVersion: string;
  /** Whether state stacks keep their state in local files. */
  readonly bootstrap: boolean;
  /** Path of the factory file, relative to the output folder. */
  readonly factoryFile: string;
  /**
   * SHA-256 of each file that was read, by path relative to the factory file. `null`: it didn't
   * exist.
   */
  readonly files: Readonly<Record<string, string | null>>;
}

function inputsFile(outdir: string): string {
  return join(outdir, "inputs.json");
}

/** SHA-256 of a file with LF line endings, so that a checkout on Windows changes nothing. */
function hashOf(file: string): string | null {
  if (!existsSync(file)) return null;
  const bytes = readFileSync(file);
  const content = isUtf8(bytes) ? withLf(bytes.toString("utf8")) : bytes;
  return createHash("sha256").update(content).digest("hex");
}

/** Returns the inputs of a synthesis of `factory` into `outdir`, as they are now. */
export function synthesisInputs(
  outdir: string,
  factoryFile: string,
  { files: documents }: Pick<Factory, "files">,
): Inputs {
  const folder = dirname(factoryFile);
  const names = [
    basename(factoryFile),
    basename(lockFilePath(factoryFile)),
    PROVIDER_LOCK_FILE,
    ...documents,
  ];
  return {
    factoryVersion: version,
    bootstrap: isBootstrap(),
    factoryFile: relative(outdir, factoryFile).replaceAll(sep, "/"),
    files: Object.fromEntries(names.sort().map((name) => [name, hashOf(join(folder, name))])),
  };
}

/**
 * Runs a synthesis into `outdir`, and then writes its inputs. If it fails, the folder has none, so
 * that half-written stacks aren't used.
 */
export async function withInputs(
  outdir: string,
  inputs: Inputs,
  synthesize: () => Promise<void>,
): Promise<void> {
  const file = inputsFile(outdir);
  rmSync(file, { force: true });
  await synthesize();
  writeFileSync(file, `${JSON.stringify(inputs, null, 2)}\n`);
}

/** How synthesized stacks compare with the files that they were created from. */
interface Comparison {
  readonly file: string;
  /** Why the stacks don't match the files. @default - they match, or the file doesn't exist */
  readonly difference?: string;
  /** Alternative to synthesizing that the user has. */
  readonly alternative?: string;
}

/**
 * Compares synthesized stacks with the files as they are now. Without a factory file, such as in a
 * later job of a workflow, the stacks match.
 *
 * @param config the factory file that the user named. @default - the one that was synthesized
 */
export function compareWithFiles(
  outdir: string,
  config = process.env["FACTORY_CONFIG"],
): Comparison {
  const at = shown(outdir);
  if (!existsSync(inputsFile(outdir)))
    return {
      file: resolve(factoryFile(config)),
      difference: `${at} is incomplete, because it contains no inputs.json`,
    };
  const inputs: Inputs = readSynthesizedJson(inputsFile(outdir));
  const synthesized = resolve(outdir, inputs.factoryFile);
  const file = config === undefined ? synthesized : resolve(config);
  if (inputs.factoryVersion !== version)
    return {
      file,
      difference: `${at} was synthesized by version ${inputs.factoryVersion} of the factory, and this is version ${version}`,
    };
  if (file !== synthesized && existsSync(synthesized))
    return {
      file,
      difference: `${at} was synthesized from ${shown(synthesized)}, not from ${shown(file)}`,
      alternative: ", or set FACTORY_CONFIG to the factory file that was synthesized",
    };
  // Otherwise the state of a state stack would stay in a local file.
  if (inputs.bootstrap !== isBootstrap())
    return {
      file,
      difference: `${at} was synthesized ${inputs.bootstrap ? "with FACTORY_BOOTSTRAP=1, which isn't set now" : "without FACTORY_BOOTSTRAP=1, which is set now"}`,
    };
  if (!existsSync(file)) return { file };
  const changed = Object.entries(inputs.files).flatMap(([name, hash]) =>
    hashOf(join(dirname(file), name)) === hash ? [] : name,
  );
  if (changed.length === 0) return { file };
  return {
    file,
    difference: `${at} was synthesized from another version of ${changed.join(", ")}`,
  };
}

/**
 * Rejects synthesized stacks that weren't created from the files as they are now. Where the factory
 * file doesn't exist, such as in a later job of a workflow, this is reported instead.
 *
 * @param config the factory file that the user named. @default - the one that was synthesized
 * @returns the path of the factory file, or `undefined` if it doesn't exist
 */
export function assertCurrent(outdir: string, config?: string): string | undefined {
  const { file, difference, alternative = "" } = compareWithFiles(outdir, config);
  if (difference !== undefined)
    throw new ConfigError(
      `${difference}: run \`${PROGRAM} synth${configOption(file)}\`${alternative}`,
    );
  return existingOrReported(outdir, file);
}

/** Returns the path of the factory file, or reports that it doesn't exist. */
export function existingOrReported(outdir: string, file: string): string | undefined {
  if (existsSync(file)) return file;
  console.error(`${shown(file)} doesn't exist here, so ${shown(outdir)} isn't compared with it`);
  return undefined;
}
