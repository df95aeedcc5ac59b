import { resolve } from "node:path";
import { shown } from "../../config/factory-path";
import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { outputFolder } from "../environment";
import { assertCurrent, compareWithFiles, existingOrReported } from "../synthesis-inputs";
import { describeStackCount, synthesize } from "../synthesize";
import { type Stack, synthesizedStacks } from "./stack-manifest";

export interface Selection {
  /** Ids of stacks. @default - all stacks, if it is empty */
  readonly ids: readonly string[];
  /** Name of an account. @default - all accounts */
  readonly account?: string | undefined;
}

/** Reads the synthesized stacks. Rejects stacks that don't match the factory file. */
export function matchingStacks(): Stack[] {
  const stacks = synthesizedStacks(resolve(outputFolder()));
  assertCurrent(outputFolder());
  return stacks;
}

/** Reads the synthesized stacks. Synthesizes them first if they don't match the factory file. */
export async function currentStacks(config: string | undefined): Promise<Stack[]> {
  const outdir = outputFolder();
  const { file, difference } = compareWithFiles(outdir, config);
  if (difference === undefined) {
    existingOrReported(outdir, file);
  } else {
    const ids = await synthesize(file, outdir);
    console.error(`synthesized ${describeStackCount(ids.length)} from ${shown(file)}`);
  }
  return synthesizedStacks(resolve(outdir));
}

/** Returns the selected ones of all stacks, in the order in which to deploy them. */
export function selectStacks(stacks: readonly Stack[], { ids, account }: Selection): Stack[] {
  const known = stacks.map(({ id }) => id);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0)
    throw new ConfigError(
      unknown
        .map((id) => `STACK: must be a synthesized stack${expectedOneOf(id, known)}, got: ${id}`)
        .join("\n"),
    );
  const named = stacks.filter(({ id }) => ids.length === 0 || ids.includes(id));
  return account === undefined ? named : stacksOfAccount(stacks, named, account);
}

function stacksOfAccount(all: readonly Stack[], named: readonly Stack[], account: string): Stack[] {
  const names = accountNames(all);
  if (!names.includes(account))
    throw new ConfigError(
      `--account: must be an account of the factory${expectedOneOf(account, names)}, got: ${account}`,
    );
  const selected = named.filter((stack) => stack.account === account);
  if (selected.length === 0)
    throw new ConfigError(
      `--account: must be the account of a STACK (${named.map((stack) => stack.account).join(", ")}), got: ${account}`,
    );
  return selected;
}

export function accountNames(stacks: readonly Stack[]): string[] {
  return [...new Set(stacks.map(({ account }) => account))];
}
