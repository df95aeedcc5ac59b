import { ConfigError } from "../../config/problems";
import { newestFirst } from "../../contract/build-arn";
import { approvalTag } from "../../contract/tags";
import { ec2Clients } from "../../lambda/common/ec2-clients";
import { ec2Adapter } from "../../lambda/recorder/adapters/ec2";
import { imageBuilderAdapter } from "../../lambda/recorder/adapters/image-builder";
import { type ReleaseNotes, releaseNotes } from "../../lambda/recorder/notes/release-notes";
import { renderNotes } from "../../lambda/recorder/notes/render-notes";
import { readNotedBuild } from "../../lambda/recorder/publish-notes";
import { isAllowed } from "../../lambda/share-updater/decide";
import type { ObservedChannel } from "../../lambda/share-updater/observe";
import type { CommandResult } from "../command";
import type { Context } from "../day-two/context";
import {
  allProblems,
  exitCodeOf,
  type Inspection,
  inspect,
  problemLines,
  sharedBuilds,
} from "../day-two/inspect";
import { readRegions } from "../day-two/regions";

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
  const unshared = readings.results.flatMap(({ context, value }) =>
    value.unshared.map(
      (channel) => `The channel ${channel} of ${image} in ${context.region} shares no build.`,
    ),
  );
  return {
    text: [
      [...found.map(({ text }) => text), ...unshared].join("\n\n"),
      ...problemLines(problems),
    ].join("\n"),
    data: { notes: found, problems },
    exitCode: exitCodeOf(problems, false),
  };
}

/** The release notes of a Region. */
interface RegionNotes {
  readonly notes: readonly Note[];
  /** Channels that share no build. */
  readonly unshared: readonly string[];
  readonly problems: readonly string[];
}

function readerOf({ home, imageBuilder, aws }: Context): Parameters<typeof readNotedBuild>[0] {
  return {
    home,
    now: aws.now,
    ec2: ec2Adapter(ec2Clients()),
    imageBuilder: imageBuilderAdapter(imageBuilder),
  };
}

async function notesOfBuilds(
  context: Context,
  image: string,
  from: string,
  to: string,
): Promise<RegionNotes> {
  const reader = readerOf(context);
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
  const reader = readerOf(context);
  const found: Note[] = [];
  const unshared: string[] = [];
  for (const observed of inspection.channels) {
    const { name } = observed.channel;
    const [to] = sharedBuilds(observed).sort(newestFirst);
    if (to === undefined) {
      unshared.push(name);
      continue;
    }
    const from = buildBefore(to, observed, inspection, context.aws.now());
    const compared = releaseNotes(
      from === undefined ? undefined : await readNotedBuild(reader, from),
      await readNotedBuild(reader, to),
    );
    const tags = inspection.builds.find(({ arn }) => arn === to)?.tags;
    const channel = { name, approval: tags?.[approvalTag(name)] };
    found.push({ channel: name, ...compared, text: renderNotes(compared, channel) });
  }
  return { notes: found, unshared, problems: inspection.problems };
}

/** Returns the newest older build that the channel shares, or else would share. */
function buildBefore(
  arn: string,
  observed: ObservedChannel,
  { builds }: Inspection,
  now: number,
): string | undefined {
  const shared = sharedBuilds(observed);
  const others = builds.filter((build) => isAllowed(build, observed.channel, now));
  const isOlder = (other: string): boolean => newestFirst(arn, other) < 0;
  const [newestShared] = shared.filter(isOlder).sort(newestFirst);
  return (
    newestShared ??
    others
      .map((build) => build.arn)
      .filter(isOlder)
      .sort(newestFirst)[0]
  );
}
