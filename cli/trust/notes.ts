import { ConfigError } from "../../config/problems";
import { buildArn, newestFirst, parseBuildArn } from "../../contract/build-arn";
import { revocationOf } from "../../contract/revocation";
import { approvalTag } from "../../contract/tags";
import { imageBuilderAdapter } from "../../lambda/recorder/adapters/image-builder";
import { stateLines } from "../../lambda/recorder/notes/empty-note";
import { type ReleaseNotes, releaseNotes } from "../../lambda/recorder/notes/release-notes";
import { type NotedChannel, renderNotes } from "../../lambda/recorder/notes/render-notes";
import { type NoteReader, readNotedBuild } from "../../lambda/recorder/publish-notes";
import { isAllowed } from "../../lambda/share-updater/decide";
import type { ObservedChannel } from "../../lambda/share-updater/observe";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import {
  allProblems,
  exitCodeOf,
  type Inspection,
  inspect,
  problemLines,
  sharedBuilds,
} from "../deployed/inspect";
import { readRegions } from "../deployed/regions";

interface Options {
  readonly image: string;
  /** Such as `1.0.2/1`. Set together with `to`. @default - the builds of each channel */
  readonly from: string | undefined;
  /** Such as `1.0.3/2`. */
  readonly to: string | undefined;
}

/** Release notes in the output of `notes --json`. */
interface Note extends ReleaseNotes {
  /** @default - the builds were given */
  readonly channel?: string;
  /** The text, as the recorder sends it. */
  readonly text: string;
}

/**
 * Prints what differs between two builds, as the recorder sends it: the given ones, or of each
 * channel the newest shared build and the one before.
 */
export async function notes(
  contexts: readonly Context[],
  { image, from, to }: Options,
): Promise<CommandResult> {
  if (from !== undefined && to === undefined)
    throw new ConfigError("TO: must be set together with FROM");
  const readings = await readRegions(contexts, (context) =>
    from === undefined || to === undefined
      ? notesOfChannels(context, image)
      : notesOfBuilds(context, image, from, to),
  );
  const found = readings.results.flatMap(({ value }) => value.notes);
  const problems = allProblems(readings);
  const unshared = readings.results.flatMap(({ value }) => value.unshared);
  return {
    text: [
      [...found.map(({ text }) => text), ...unshared].join("\n\n"),
      ...problemLines(problems),
    ].join("\n"),
    data: { notes: found, problems },
    exitCode: exitCodeOf(problems, false),
  };
}

interface RegionNotes {
  readonly notes: readonly Note[];
  /** Texts about the channels that share no build. */
  readonly unshared: readonly string[];
  readonly problems: readonly string[];
}

/** Returns the calls that read what release notes compare. */
export function noteReader({
  home,
  imageBuilder,
  aws: { amis, now },
}: Pick<Context, "home" | "imageBuilder" | "aws">): NoteReader {
  return {
    home,
    now,
    ec2: {
      describe: async ({ id }) => {
        const scan = (await amis.scans([id])).get(id);
        return scan && { isScanned: scan.scannedAt !== undefined };
      },
      findings: amis.findings,
    },
    imageBuilder: imageBuilderAdapter(imageBuilder),
  };
}

async function notesOfBuilds(
  context: Context,
  image: string,
  from: string,
  to: string,
): Promise<RegionNotes> {
  const reader = noteReader(context);
  const [earlier, later] = await Promise.all(
    [from, to].map(async (version) =>
      readNotedBuild(reader, (await context.build(image, version)).arn),
    ),
  );
  if (!later) throw new Error("both builds must be read");
  const compared = releaseNotes(earlier, later);
  return { notes: [{ ...compared, text: renderNotes(compared) }], unshared: [], problems: [] };
}

async function notesOfChannels(context: Context, image: string): Promise<RegionNotes> {
  const inspection = await inspect(context, image, { full: true });
  const reader = noteReader(context);
  const found: Note[] = [];
  const unshared: string[] = [];
  for (const observed of inspection.channels) {
    const { name } = observed.channel;
    const [to] = buildsInShare(observed, image);
    if (to === undefined) {
      const headline = `The channel ${name} of ${image} in ${context.region} shares no build.`;
      unshared.push([headline, ...newestState(inspection, reader.now())].join("\n"));
      continue;
    }
    const { channel, compared } = await channelNotes(reader, to, observed, inspection);
    found.push({ channel: name, ...compared, text: renderNotes(compared, channel) });
  }
  return { notes: found, unshared, problems: inspection.problems };
}

/** Renders why the newest build of an image can't be shared, if its state shows that. */
function newestState({ builds }: Inspection, now: number): string[] {
  const [newest] = builds.toSorted((one, other) => newestFirst(one.arn, other.arn));
  if (!newest) return [];
  const { arn, status, tags } = newest;
  return stateLines({ newest: arn, status, revocation: revocationOf(tags, now) });
}

/** The release notes about a build in a channel. */
export interface ChannelNotes {
  readonly channel: NotedChannel;
  readonly compared: ReleaseNotes;
}

/** Compares a shared build with the one that the channel shares, or would share, before it. */
export async function channelNotes(
  reader: NoteReader,
  to: string,
  observed: ObservedChannel,
  inspection: Inspection,
): Promise<ChannelNotes> {
  const { name } = observed.channel;
  const from = buildBefore(to, observed, inspection, reader.now());
  const compared = releaseNotes(
    from === undefined ? undefined : await readNotedBuild(reader, from),
    await readNotedBuild(reader, to),
  );
  const tags = inspection.builds.find(({ arn }) => arn === to)?.tags;
  return { channel: { name, approval: tags?.[approvalTag(name)] }, compared };
}

/** Returns the builds of an image in a share, newest first. Others can add anything to a share. */
function buildsInShare(observed: ObservedChannel, image: string): string[] {
  return sharedBuilds(observed)
    .filter((arn) => parseBuildArn(arn)?.image === image)
    .sort(newestFirst);
}

/** Returns the ARN of the newest older build that the channel shares, or else would share. */
export function buildBefore(
  arn: string,
  observed: ObservedChannel,
  { builds }: Inspection,
  now: number,
): string | undefined {
  const others = builds.filter((build) => isAllowed(build, observed.channel, now));
  const isOlder = (other: string): boolean => newestFirst(arn, other) < 0;
  const [newestShared] = buildsInShare(observed, buildArn(arn).image).filter(isOlder);
  return (
    newestShared ??
    others
      .map((build) => build.arn)
      .filter(isOlder)
      .sort(newestFirst)[0]
  );
}
