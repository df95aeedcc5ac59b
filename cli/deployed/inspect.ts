import { channelsOf } from "../../lambda/share-updater/channel";
import { type ListedBuilds, listBuilds } from "../../lambda/share-updater/list-builds";
import {
  type ChannelState,
  type ObservedChannel,
  type ObservedImage,
  observeBuilds,
  observeChannels,
  type RamState,
  readRam,
} from "../../lambda/share-updater/observe";
import { ScanReader } from "../../lambda/share-updater/read-scans";
import { EXIT } from "../report";
import type { Context } from "./context";
import { sharedAssociations } from "./granted-builds";
import type { Readings, RegionMessage } from "./regions";

/** An image, its shares and its builds, as the updater sees them. */
export interface Inspection extends ObservedImage {
  /** The builds as Image Builder lists them, also with deregistered AMIs. */
  readonly listed: ListedBuilds;
  /** Errors while reading. The rest may be incomplete. */
  readonly problems: readonly string[];
}

interface Options {
  /** Whether to read all builds instead of the newest and the shared ones. */
  readonly full: boolean;
  /** Shares that were already read. @default - they are read now */
  readonly ram?: RamState;
}

/** Reads an image and its shares, and changes nothing. */
export async function inspect(
  context: Context,
  image: string,
  { full, ram }: Options,
): Promise<Inspection> {
  const { aws } = context;
  const channels = channelsOf(await context.manifest(), image);
  const state = ram ?? (await readRam(aws.ram, channels));
  const scans = new ScanReader(aws, channels);
  const listed = await listBuilds(aws, image, { hints: [], full }, (newest) =>
    scans.areEnough(aws, newest, state.associations),
  );
  const builds = await observeBuilds(aws, image, { channels, ram: state, listed, scans });
  const observed = await observeChannels(aws, builds);
  const errors = [...observed.errors, ...scans.errors];
  return { ...observed, listed, problems: errors.map((error) => (error as Error).message) };
}

/** Returns how a share differs from the manifest, with what to do. */
export function mismatchLines({ mismatches }: ObservedChannel): string[] {
  return mismatches.map(redeploy);
}

/** Completes a difference from the manifest with what to do. */
export function redeploy(mismatch: string): string {
  return `${mismatch}: deploy its stack again`;
}

/** Returns whether the updater has something to change in a share. */
export function isDifferent({ associate, disassociate }: ObservedChannel): boolean {
  return associate.length + disassociate.length > 0;
}

export function sharedBuilds({ associations }: Pick<ChannelState, "associations">): string[] {
  return sharedAssociations(associations).map(({ arn }) => arn);
}

/** Renders errors while reading, one per line. */
export function problemLines(problems: readonly RegionMessage[]): string[] {
  return problems.map(({ region, message }) => `problem: ${region}: ${message}`);
}

/** Returns the problems of inspections, and of Regions without one. */
export function allProblems({
  results,
  problems,
}: Readings<{ readonly problems: readonly string[] }>): RegionMessage[] {
  return [
    ...results.flatMap(({ context: { region }, value }) =>
      value.problems.map((message) => ({ region, message })),
    ),
    ...problems,
  ];
}

/**
 * Returns the exit code of a command that compares. An error while reading outweighs a difference.
 */
export function exitCodeOf(problems: readonly RegionMessage[], differs: boolean): number {
  if (problems.length > 0) return EXIT.error;
  return differs ? EXIT.differs : EXIT.ok;
}
