/** Selects the Regions of a command, and runs it in each of them. */
import { readFactory } from "../../config/load";
import { buildablesOf, type Factory } from "../../config/model";
import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { assertCredentials, useProfile } from "../credentials";
import { factoryFile } from "../environment";
import { finishWithoutTerminal } from "../interruption";
import { withProgress } from "../progress";
import { describeKnownError } from "../report";
import { Context } from "./context";

/** The options of a command that reads. */
interface Target {
  readonly config?: string | undefined;
  readonly profile?: string | undefined;
  /** Names of Regions. Empty if the command has no option `--region`. */
  readonly region: readonly string[];
}

/** The options of a command that changes something. */
interface ChangeTarget extends Target {
  readonly "all-regions": boolean;
}

export interface RegionMessage {
  readonly region: string;
  readonly message: string;
}

export interface InRegion<T> {
  readonly context: Context;
  readonly value: T;
}

/** The results of Regions, and the errors of those that have no result. */
export interface Readings<T> {
  readonly results: readonly InRegion<T>[];
  readonly problems: readonly RegionMessage[];
}

interface OpenOptions {
  /**
   * Whether the command also works with credentials of an account that images are shared with.
   * @default false
   */
  readonly anyAccount?: boolean;
  /**
   * Whether the command also reads the Regions that don't build the image.
   * @default false
   */
  readonly everyRegion?: boolean;
}

/**
 * Opens the Regions that a command reads: those given, or else all of the shared account, without
 * those that don't build `image` unless `everyRegion` is set.
 *
 * Throws a {@link ConfigError} if no Region builds the image, or one of those given doesn't, and if
 * the credentials are those of another account.
 */
export function openToRead(
  target: Target,
  image?: string,
  options: OpenOptions = {},
): Promise<Context[]> {
  const factory = readFactory(factoryFile(target.config));
  const regions = selectRegions(factory, target.region);
  const building = narrow(factory, regions, target.region, image);
  return open(factory, target, options.everyRegion ? regions : building, options);
}

/**
 * Opens the Regions in which a command changes an image.
 *
 * Throws a {@link ConfigError} if the factory has several Regions and none is selected. Each Region
 * has its own build numbers, so that 1.0.3/2 of one Region isn't 1.0.3/2 of another.
 */
export function openToChange(target: ChangeTarget, image: string): Promise<Context[]> {
  const factory = readFactory(factoryFile(target.config));
  const { region: given, "all-regions": all } = target;
  const regions = selectRegions(factory, given);
  if (given.length > 0 && all)
    throw new ConfigError("--region: must not be set together with --all-regions");
  if (given.length === 0 && !all && regions.length > 1)
    throw new ConfigError(
      `--region or --all-regions: must be set, because the factory has several Regions: ${regions.join(", ")}; --region can be repeated`,
    );
  return open(factory, target, narrow(factory, regions, given, image));
}

/** Returns the given Regions of the shared account, or all if none is given. */
function selectRegions({ shared }: Factory, given: readonly string[]): string[] {
  const names = shared.regions.map(({ name }) => name);
  for (const region of given)
    if (!names.includes(region))
      throw new ConfigError(
        `--region: must be a Region of the shared account${expectedOneOf(region, names)}, got: ${region}`,
      );
  return given.length === 0 ? names : names.filter((name) => given.includes(name));
}

/** Leaves out Regions that don't build an image, unless they were given. */
function narrow(
  { shared }: Factory,
  regions: readonly string[],
  given: readonly string[],
  image: string | undefined,
): readonly string[] {
  if (image === undefined) return regions;
  const images = buildablesOf(shared);
  const building = images.find(({ name }) => name === image)?.regions ?? [];
  const selected = regions.filter((region) => building.includes(region));
  const others = regions.filter((region) => !building.includes(region));
  if (selected.length > 0 && (given.length === 0 || others.length === 0)) return selected;
  const known = images
    .filter((one) => one.regions.some((region) => others.includes(region)))
    .map(({ name }) => name);
  const hint =
    building.length === 0 ? expectedOneOf(image, known) : ` (it is in ${building.join(", ")})`;
  throw new ConfigError(
    `IMAGE: must be a golden image in ${others.join(", ")}${hint}, got: ${image}`,
  );
}

async function open(
  factory: Factory,
  { profile }: Target,
  regions: readonly string[],
  { anyAccount = false }: OpenOptions = {},
): Promise<Context[]> {
  if (profile !== undefined) useProfile(profile);
  const contexts = regions.map((region) => new Context(factory, region));
  const [first] = contexts;
  if (first && !anyAccount)
    await withProgress("checking the credentials", assertCredentials(first.home));
  return contexts;
}

/**
 * Reads all Regions at the same time. A Region that can't be read doesn't hide the others. If none
 * can be read, throws the errors.
 */
export function readRegions<T>(
  contexts: readonly Context[],
  read: (context: Context) => Promise<T>,
): Promise<Readings<T>> {
  return attempt(contexts, `reading ${namesOf(contexts)}`, read);
}

/**
 * Prepares a change in all Regions. If one Region can't be changed, throws the errors of all, so
 * that nothing is changed.
 */
export async function prepareRegions<T>(
  contexts: readonly Context[],
  prepare: (context: Context) => Promise<T>,
): Promise<readonly InRegion<T>[]> {
  const { results, failures } = await settle(contexts, `reading ${namesOf(contexts)}`, prepare);
  if (failures.length === 0) return results;
  throw combine(failures, contexts.length > 1 ? ["nothing was changed"] : []);
}

/**
 * Changes all Regions at the same time. A Region that can't be changed doesn't stop the others, and
 * neither does a terminal that is closed. If none can be changed, throws the errors.
 */
export function changeRegions<T, R>(
  prepared: readonly InRegion<T>[],
  change: (context: Context, value: T) => Promise<R>,
): Promise<Readings<R>> {
  const values = new Map(prepared.map(({ context, value }) => [context, value]));
  const contexts = [...values.keys()];
  const changes = attempt(contexts, `changing ${namesOf(contexts)}`, (context) =>
    change(context, values.get(context) as T),
  );
  return finishWithoutTerminal(changes);
}

/** Starts something in all Regions, as {@link changeRegions} does, without preparation. */
export function startRegions<R>(
  contexts: readonly Context[],
  start: (context: Context) => Promise<R>,
): Promise<Readings<R>> {
  return attempt(contexts, `starting in ${namesOf(contexts)}`, start);
}

/** Returns the names of Regions, as in a question. */
export function namesOf(contexts: readonly Context[]): string {
  return contexts.map(({ region }) => region).join(", ");
}

/** Works in all Regions at the same time. If all fail, throws the errors. */
async function attempt<T>(
  contexts: readonly Context[],
  label: string,
  work: (context: Context) => Promise<T>,
): Promise<Readings<T>> {
  const { results, failures } = await settle(contexts, label, work);
  if (results.length === 0) throw combine(failures);
  return { results, problems: failures.map(describeFailure) };
}

interface Failure {
  readonly region: string;
  readonly error: unknown;
}

async function settle<T>(
  contexts: readonly Context[],
  label: string,
  work: (context: Context) => Promise<T>,
): Promise<{ readonly results: InRegion<T>[]; readonly failures: Failure[] }> {
  const results: InRegion<T>[] = [];
  const failures: Failure[] = [];
  const settled = await withProgress(label, Promise.allSettled(contexts.map(work)));
  for (const [index, context] of contexts.entries()) {
    const result = settled[index];
    if (result?.status === "fulfilled") results.push({ context, value: result.value });
    else failures.push({ region: context.region, error: result?.reason });
  }
  const defect = failures.find(({ error }) => describeKnownError(error) === undefined);
  if (defect) throw defect.error;
  return { results, failures };
}

function describeFailure({ region, error }: Failure): RegionMessage {
  return { region, message: describeKnownError(error) ?? String(error) };
}

/** Returns the only error as it is, and several as one. */
function combine(failures: readonly Failure[], more: readonly string[] = []): unknown {
  const [first] = failures;
  if (failures.length === 1 && more.length === 0) return first?.error;
  const lines = failures.map(describeFailure).map(({ region, message }) => `${region}: ${message}`);
  return new ConfigError([...lines, ...more].join("\n"));
}
