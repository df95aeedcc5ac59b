/**
 * The first deployment of a state stack. The stack creates the bucket that stores its state, so
 * this state is in a local file until the bucket exists.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Stack } from "./stack-manifest";
import { type Terraform, WAIT_FOR_LOCK } from "./terraform";

/**
 * Replaces the stack's backend while it exists. Terraform reads it after other override files with
 * usual names.
 *
 * https://developer.hashicorp.com/terraform/language/files/override
 */
const OVERRIDE_FILE = "state_override.tf.json";

/** Path of the local state, relative to the stack's folder, as with FACTORY_BOOTSTRAP. */
function localPath({ id }: Stack): string {
  return `../../../terraform.${id}.tfstate`;
}

function localFile(stack: Stack): string {
  return resolve(stack.folder, localPath(stack));
}

function overrideFile({ folder }: Stack): string {
  return join(folder, OVERRIDE_FILE);
}

/** Returns whether the state of a state stack must be moved into its bucket. */
export function hasLocalState(stack: Stack): boolean {
  return existsSync(overrideFile(stack));
}

/** Returns whether Terraform's error is that the bucket for its state doesn't exist. */
export function isBucketMissing(message: string): boolean {
  return /S3 bucket ".+" does not exist/.test(message);
}

/**
 * Initializes a state stack: with its bucket, or with a local state if the bucket doesn't exist, or
 * if an earlier deployment has left a local state that isn't in the bucket.
 */
export async function initializeStateStack(stack: Stack, terraform: Terraform): Promise<void> {
  rmSync(overrideFile(stack), { force: true });
  const isInBucket =
    (await initializeWithBucket(terraform)) &&
    (!existsSync(localFile(stack)) ||
      parseState(await terraform.read("state", "pull")) !== undefined);
  if (isInBucket) return;
  const backend = { local: { path: localPath(stack) } };
  writeFileSync(overrideFile(stack), JSON.stringify({ terraform: { backend } }));
  await terraform.init("-reconfigure");
}

/** Resolves to whether the bucket exists. */
async function initializeWithBucket(terraform: Terraform): Promise<boolean> {
  try {
    // Also if Terraform has used another backend in this folder: its state isn't moved here.
    await terraform.init("-reconfigure");
    return true;
  } catch (error) {
    if (isBucketMissing((error as Error).message)) return false;
    throw error;
  }
}

/**
 * Moves the local state of a state stack into its bucket, and deletes the local file.
 *
 * Throws an `Error` if the bucket contains another state, if Terraform can't move the state, or if
 * the bucket doesn't contain it then.
 */
export async function moveStateIntoBucket(stack: Stack, terraform: Terraform): Promise<void> {
  const file = localFile(stack);
  const local = parseState(readFileSync(file, "utf8"));
  rmSync(overrideFile(stack));
  await terraform.init("-reconfigure");
  const existing = parseState(await terraform.read("state", "pull"));
  if (existing !== undefined && existing.lineage !== local?.lineage)
    throw new Error(
      `the bucket already contains another state than ${basename(file)}: compare both, and import the resources that only this file has`,
    );
  await terraform.read("state", "push", WAIT_FOR_LOCK, localPath(stack));
  const moved = countResources(parseState(await terraform.read("state", "pull")));
  const expected = countResources(local);
  if (moved !== expected)
    throw new Error(
      `the state in the bucket has ${moved} resources, and ${basename(file)} has ${expected}: keep this file`,
    );
  for (const obsolete of [file, `${file}.backup`]) rmSync(obsolete, { force: true });
}

/** A state of Terraform, as `terraform state pull` prints it. */
interface State {
  /** Id that a state keeps for its whole life. */
  readonly lineage: string;
  readonly resources: readonly unknown[];
}

/**
 * Returns `undefined` if there is no state. Then the backend for S3 prints a state without lineage,
 * and other backends print nothing.
 */
function parseState(text: string): State | undefined {
  if (text.trim() === "") return undefined;
  const state: State = JSON.parse(text);
  return state.lineage === "" ? undefined : state;
}

function countResources(state: State | undefined): number {
  return state?.resources.length ?? 0;
}
