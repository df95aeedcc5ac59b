import { ConfigError } from "../../config/problems";
import { buildVersionOf, newestFirst } from "../../contract/build-arn";
import type { Build } from "../../lambda/share-updater/build";
import { blockersByFindings } from "../../lambda/share-updater/decide";
import { blockersOfShared } from "../../lambda/share-updater/findings";
import type { ObservedChannel } from "../../lambda/share-updater/observe";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import {
  type FindingReport,
  findingReport,
  readFindings,
  toDay,
  toTime,
} from "../deployed/finding-report";
import {
  allProblems,
  exitCodeOf,
  type Inspection,
  inspect,
  problemLines,
  sharedBuilds,
} from "../deployed/inspect";
import { readRegions } from "../deployed/regions";
import { table } from "../table";

/** A channel's verdict on a build. */
interface ChannelReport {
  readonly channel: string;
  readonly isShared: boolean;
  /** Why findings keep the build out of the channel. */
  readonly reasons: readonly string[];
  readonly reportOnly: boolean;
  /**
   * Whether the channel shares the build although its findings exceed the limits, or aren't known
   * of the channel's newest build.
   */
  readonly exceedsLimits: boolean;
}

/** A build in the output of `findings --json`. */
interface BuildFindings {
  readonly region: string;
  readonly build: string;
  /** Time of the last scan. @default - the AMI wasn't scanned, or the build has none */
  readonly scanned?: string;
  readonly findings: readonly FindingReport[];
  /** Only channels that limit findings. */
  readonly channels: readonly ChannelReport[];
}

const HEADINGS = ["Region", "build", "severity", "fix", "first observed", "finding", "paths"];

/**
 * Lists what Amazon Inspector found in builds of an image: in one build, or in those that channels
 * share or should share, and in the newest one.
 *
 * Throws a `ConfigError` if the image is a container.
 */
export async function findings(
  contexts: readonly Context[],
  image: string,
  version: string | undefined,
): Promise<CommandResult> {
  assertHasAmis(contexts, image);
  const readings = await readRegions(contexts, async (context) => {
    const inspection = await inspect(context, image, { full: false });
    const given = version === undefined ? undefined : await context.build(image, version);
    const builds: BuildFindings[] = [];
    for (const build of given ? [given] : relevantBuilds(inspection))
      builds.push(await findingsOf(context, build, inspection));
    return { builds, problems: inspection.problems };
  });
  const builds = readings.results.flatMap(({ value }) => value.builds);
  const problems = allProblems(readings);
  const rows = builds.flatMap(rowsOf);
  const differs = builds.some(({ channels }) =>
    channels.some(({ exceedsLimits, reportOnly }) => exceedsLimits && !reportOnly),
  );
  return {
    text: [
      ...(rows.length > 0 ? [table([HEADINGS, ...rows]), ""] : []),
      ...(builds.length === 0 && problems.length === 0 ? [`${image} has no builds`] : []),
      ...builds.flatMap(linesOf),
      ...problemLines(problems),
    ].join("\n"),
    data: { builds, problems },
    exitCode: exitCodeOf(problems, differs),
  };
}

function assertHasAmis(contexts: readonly Context[], image: string): void {
  if (!contexts[0]?.factory.shared.containers.some(({ name }) => name === image)) return;
  throw new ConfigError(
    `IMAGE: must be a golden image, got: ${image}, a golden container. Amazon EC2 reports no findings of containers: set \`scan: true\` and look at the findings in Amazon ECR`,
  );
}

/** Returns the builds that channels share or should share, and the newest one, newest first. */
export function relevantBuilds({ builds, channels }: Inspection): Build[] {
  const sorted = builds.toSorted((one, other) => newestFirst(one.arn, other.arn));
  const newest = sorted.find(({ status }) => status === "AVAILABLE");
  const arns = new Set([
    newest?.arn,
    ...channels.flatMap((observed) => [...observed.desired, ...sharedBuilds(observed)]),
  ]);
  return sorted.filter(({ arn }) => arns.has(arn));
}

/** Reads what was found in a build, and what its channels do about it. */
export async function findingsOf(
  { aws, region }: Pick<Context, "aws" | "region">,
  build: Build,
  { channels }: Inspection,
): Promise<BuildFindings> {
  const ami = build.amis.find((one) => one.region === region);
  const scan = ami && (await aws.amis.scans([ami.id])).get(ami.id);
  const found = ami && scan?.scannedAt !== undefined ? await readFindings(aws, ami) : [];
  const read = { ...build, scan, findings: found };
  return {
    region,
    build: buildVersionOf(build.arn),
    ...(scan?.scannedAt !== undefined && { scanned: toTime(scan.scannedAt) }),
    findings: found.map((finding) => findingReport(finding, scan, found)),
    channels: channels
      .filter(({ channel }) => channel.findings)
      .map((observed) => channelReport(read, observed, aws.now())),
  };
}

function channelReport(build: Build, observed: ObservedChannel, now: number): ChannelReport {
  const { channel } = observed;
  const blockers = blockersByFindings(build, channel, now);
  const shared = sharedBuilds(observed).sort(newestFirst);
  const isShared = shared.includes(build.arn);
  return {
    channel: channel.name,
    isShared,
    reasons: blockers.map(({ text }) => text),
    reportOnly: channel.findings?.reportOnly === true,
    exceedsLimits: isShared && blockersOfShared(blockers, build.arn === shared[0]).length > 0,
  };
}

function rowsOf({ region, build, findings: found }: BuildFindings): string[][] {
  return found.map(({ title, severity, hasFix, fixSince, firstObserved, paths }) => [
    region,
    build,
    severity,
    fixSince === undefined ? (hasFix ? "yes" : "no") : `since ${toDay(fixSince)}`,
    firstObserved === undefined ? "-" : toDay(firstObserved),
    title,
    paths.join(" ") || "-",
  ]);
}

function linesOf({ region, build, scanned, findings: found, channels }: BuildFindings): string[] {
  const summary =
    scanned === undefined
      ? "wasn't scanned by Amazon Inspector"
      : `has ${found.length || "no"} ${found.length === 1 ? "finding" : "findings"}, scanned on ${toDay(scanned)}`;
  return [
    `${build} in ${region} ${summary}`,
    ...channels.map((channel) => `  ${describeChannel(channel)}`),
  ];
}

function describeChannel({ channel, isShared, reasons, reportOnly }: ChannelReport): string {
  if (reasons.length === 0) return `${channel}: allows its findings`;
  const effect = reportOnly
    ? "the channel only reports it"
    : isShared
      ? "stays shared until a build can replace it"
      : "isn't shared";
  return `${channel}: ${reasons.join(", ")}: ${effect}`;
}
