/** Describes what a revocation takes away, for the question before it. */
import { buildVersionOf, newestFirst } from "../../contract/build-arn";
import { type Build, isUsable } from "../../lambda/share-updater/build";
import type { Channel } from "../../lambda/share-updater/channel";
import { associatedArns, isEligible } from "../../lambda/share-updater/decide";
import { type ListedBuilds, listAllBuilds } from "../../lambda/share-updater/list-builds";
import { observeBuilds, observeChannels, readRam } from "../../lambda/share-updater/observe";
import { ScanReader } from "../../lambda/share-updater/read-scans";
import type { Context } from "../deployed/context";
import { shortName } from "../deployed/outputs";
import type { InRegion } from "../deployed/regions";
import { describeKnownError } from "../report";
import { table, widthOf } from "../table";
import { type Descendant, findDescendants } from "./descendants";

/** A usable build that inherits the revocation. */
interface Heir extends Descendant {
  /** Names of the channels that share it. */
  readonly sharedIn: readonly string[];
}

/** A channel that is left without an eligible build. */
interface EmptiedChannel {
  readonly image: string;
  readonly channel: string;
  /** Builds that stay in the share until another one is eligible. */
  readonly kept: readonly string[];
}

/** Effects of a revocation in a Region. */
export interface Impact {
  /** Whether builds can inherit the revocation at all. */
  readonly hasDescendantImages: boolean;
  readonly heirs: readonly Heir[];
  readonly emptied: readonly EmptiedChannel[];
  /** Notes for operators about what can't be known. */
  readonly notes: readonly string[];
}

/**
 * Finds out what a revocation takes away. An error becomes a note: a bad build must not stay shared
 * because its descendants can't be read.
 *
 * @param isInherited - whether the builds that are based on the build are revoked too
 */
export async function impactOf(
  context: Context,
  image: string,
  build: Build,
  isInherited: boolean,
): Promise<Impact> {
  try {
    return await assess(context, image, build, isInherited);
  } catch (error) {
    const message = describeKnownError(error) ?? (error as Error).message;
    const notes = [`what the revocation takes away couldn't be read: ${message}`];
    return { hasDescendantImages: false, heirs: [], emptied: [], notes };
  }
}

async function assess(
  context: Context,
  image: string,
  build: Build,
  isInherited: boolean,
): Promise<Impact> {
  const { found, unknown, listed, problems } = isInherited
    ? await findDescendants(context, image, build)
    : { found: [], unknown: [], listed: new Map<string, ListedBuilds>(), problems: [] };
  const now = context.aws.now();
  const usable = found.filter((one) => isUsable(one.build, now));
  const own = await listAllBuilds(context.aws, image, [build.arn]);
  const losses = [await lossOf(context, image, own, [build])];
  for (const [name, builds] of listed) {
    const lost = usable.filter((one) => one.image === name).map((one) => one.build);
    if (lost.length > 0) losses.push(await lossOf(context, name, builds, lost));
  }
  const unreadable = [...problems, ...losses.flatMap((loss) => loss.problems)];
  return {
    hasDescendantImages: listed.size > 0,
    heirs: usable.map((one) => ({
      ...one,
      sharedIn: losses.flatMap(({ sharedIn }) => sharedIn.get(one.build.arn) ?? []),
    })),
    emptied: losses.flatMap(({ emptied }) => emptied),
    notes: [
      ...unknown
        .filter((one) => isUsable(one.build, now))
        .map((one) => `the parent of ${shortName(one.build.arn)} is unknown: it inherits nothing`),
      ...[...new Set(unreadable)].map((message) => `this list may be incomplete: ${message}`),
    ],
  };
}

/** Effects on the channels of an image that lose some of its builds. */
interface Loss {
  /** Names of the channels that share each build, by its ARN. */
  readonly sharedIn: ReadonlyMap<string, readonly string[]>;
  readonly emptied: readonly EmptiedChannel[];
  readonly problems: readonly string[];
}

async function lossOf(
  context: Context,
  image: string,
  listed: ListedBuilds,
  lost: readonly Build[],
): Promise<Loss> {
  const { aws } = context;
  const channels = await context.channels(image);
  const ram = await readRam(aws.ram, channels);
  const scans = new ScanReader(aws, channels);
  const observed = await observeBuilds(aws, image, { channels, ram, listed, scans });
  const isLost = ({ arn }: Build): boolean => lost.some((one) => one.arn === arn);
  const rest = observed.builds.filter((build) => !isLost(build));
  // Without the lost builds, the scans of older ones matter.
  const builds = await scans.read(aws, rest, ram.associations, new Set());
  const left = await observeChannels(aws, { ...observed, builds });
  const isLoss = (channel: Channel, shared: readonly string[]): boolean =>
    observed.builds
      .filter(isLost)
      .some((build) => shared.includes(build.arn) || isEligible(build, channel, aws.now()));
  const states = left.channels.map((state) => ({
    ...state,
    shared: associatedArns(state.associations),
  }));
  return {
    sharedIn: new Map(
      lost.map(({ arn }) => [
        arn,
        states.filter(({ shared }) => shared.includes(arn)).map(({ channel }) => channel.name),
      ]),
    ),
    emptied: states
      .filter(({ channel, shared, desired }) => desired.length === 0 && isLoss(channel, shared))
      .map(({ channel, shared, disassociate }) => ({
        image,
        channel: channel.name,
        kept: shared.filter((arn) => !disassociate.includes(arn)).sort(newestFirst),
      })),
    problems: [...left.errors, ...scans.errors].map((error) => (error as Error).message),
  };
}

/** Returns the impacts of those Regions in which they are known. */
export function impactsOf(
  prepared: readonly InRegion<{ readonly impact?: Impact }>[],
): InRegion<Impact>[] {
  return prepared.flatMap(({ context, value: { impact } }) =>
    impact === undefined ? [] : [{ context, value: impact }],
  );
}

/** Renders what a revocation takes away in all Regions, as paragraphs above its question. */
export function describeImpact(impacts: readonly InRegion<Impact>[]): string[] {
  const heirs = impacts.flatMap(({ context: { region }, value }) =>
    value.heirs.map(({ image, build, sharedIn }) => [
      region,
      image,
      buildVersionOf(build.arn),
      sharedIn.join(" ") || "-",
    ]),
  );
  const emptied = impacts.flatMap(({ context: { region }, value }) =>
    value.emptied.map(({ image, channel, kept }) => [
      region,
      image,
      channel,
      kept.map(buildVersionOf).join(" ") || "none",
    ]),
  );
  const notes = impacts.flatMap(({ context: { region }, value }) =>
    value.notes.map((note) => `${region}: ${note}`),
  );
  const canInherit = impacts.some(({ value }) => value.hasDescendantImages);
  const nothing = canInherit && heirs.length === 0 ? "No usable build is based on it." : "";
  return [
    listed("These builds are based on it, and are revoked too:", "build", "shared in", heirs),
    nothing,
    listed(
      "These channels are left without an eligible build:",
      "channel",
      "stays shared",
      emptied,
    ),
    notes.join("\n"),
  ].filter((paragraph) => paragraph !== "");
}

/** Renders a title and a table of an image's builds or channels; an empty text without rows. */
function listed(
  title: string,
  subject: string,
  property: string,
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return "";
  const headings = ["Region", "image", subject, property];
  return `${title}\n${table([headings, ...rows], widthOf(process.stderr))}`;
}
