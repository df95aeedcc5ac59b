import { buildVersionOf } from "../../contract/build-arn";
import { approvalTag } from "../../contract/tags";
import { hoursBetween } from "../../lambda/common/time";
import type { Ami, Build } from "../../lambda/share-updater/build";
import { blockersByFindings } from "../../lambda/share-updater/decide";
import type { ObservedChannel } from "../../lambda/share-updater/observe";
import type { CommandResult } from "../command";
import { unknownAncestorsOf } from "../deployed/ancestors";
import type { Context } from "../deployed/context";
import { BlockingFindings, type FindingReport } from "../deployed/finding-report";
import { allProblems, exitCodeOf, inspect, problemLines, sharedBuilds } from "../deployed/inspect";
import {
  describeOutputs,
  describeRevocation,
  describeRevocations,
  scheduledRevocationOf,
  withParent,
} from "../deployed/outputs";
import { readRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import { table } from "../table";
import { formatAge } from "./age";

/** A build in the output of `builds --json`. */
export interface BuildReport {
  /** Region that built it. */
  readonly region: string;
  readonly build: string;
  readonly status: string;
  readonly ageHours: number;
  /** Such as `base 1.0.3/2`, or `-` if Image Builder doesn't name one. */
  readonly parent: string;
  /**
   * ARN of the build whose parent isn't known: the build itself, or an ancestor. The build inherits
   * no revocation from the builds before.
   * @default - all ancestors are known, or the build isn't usable
   */
  readonly unknownParentOf?: string;
  /** Channels that share the build. */
  readonly sharedIn: readonly string[];
  /** Reasons of the approvals, by channel. */
  readonly approvals: Readonly<Record<string, string>>;
  /** Reason of the revocation. @default - the build isn't revoked */
  readonly revoked?: string;
  /** Time and reason of a scheduled revocation. @default - none is scheduled */
  readonly revokeAt?: string;
  /** @default - no channel limits findings, or they don't matter for this build */
  readonly findings?: BuildFindings;
  /** AMIs, with the copies in other Regions. */
  readonly amis: readonly Ami[];
  /** URIs of the container images. */
  readonly containers: readonly string[];
}

/** Findings of Amazon Inspector in the AMI of a build in its Region. */
interface BuildFindings {
  /** Time of the last scan. @default - the AMI wasn't scanned */
  readonly scanned?: string;
  /** Highest severity. @default - none */
  readonly highest?: string;
  /** Channels that don't share the build now because of its findings. */
  readonly heldBackFrom: readonly string[];
  /**
   * Findings that exceed the limits of a channel, even of one that shares the build.
   * @default - none do
   */
  readonly blocking?: readonly FindingReport[];
}

/** A build, and its row in the table. */
interface Listed {
  readonly report: BuildReport;
  readonly row: readonly string[];
}

const HEADINGS = [
  "Region",
  "build",
  "status",
  "age",
  "parent",
  "AMIs or containers",
  "shared in",
  "approved for",
  "revoked",
  // Only if a channel limits them.
  "findings",
];

/** Lists all builds of an image, newest first. */
export async function builds(contexts: readonly Context[], name: string): Promise<CommandResult> {
  const readings = await readRegions(contexts, async (context) => {
    const { builds: found, channels, problems } = await inspect(context, name, { full: true });
    const listed: Listed[] = [];
    const reader = new BlockingFindings(context.aws);
    const unknownOf = await unknownAncestorsOf(context, name);
    for (const build of found) {
      const { parent } = await withParent(context, build);
      const origin = { parent, unknownParentOf: await unknownOf(build) };
      const known = reportOf(context, build, channels, origin);
      const report = await withBlocking(known, build, channels, reader);
      listed.push({ report, row: rowOf(report, describeOutputs(context, build)) });
    }
    const isLimited = channels.some(({ channel }) => channel.findings);
    return { listed, problems: [...problems, ...reader.problems], isLimited };
  });
  const { results } = readings;
  const problems = allProblems(readings);
  const all = results.flatMap(({ value }) => value.listed);
  const empty = results.filter(
    ({ value }) => value.listed.length === 0 && value.problems.length === 0,
  );
  const isLimited = results.some(({ value }) => value.isLimited);
  const rows = [HEADINGS, ...all.map(({ row }) => row)].map((row) =>
    isLimited ? row : row.slice(0, -1),
  );
  const lines = [
    ...(all.length > 0 ? [table(rows)] : []),
    ...(all.some(({ report }) => report.findings?.highest !== undefined)
      ? ["", `to list the findings: \`${factoryCommand(`findings ${name} BUILD`)}\``]
      : []),
    ...empty.map(({ context }) => noBuilds(context, name)),
    ...problemLines(problems),
  ];
  return {
    text: lines.join("\n"),
    data: { builds: all.map(({ report }) => report), problems },
    exitCode: exitCodeOf(problems, false),
  };
}

/** Adds the findings that exceed the limits of channels that don't only report. */
async function withBlocking(
  report: BuildReport,
  build: Build,
  channels: readonly ObservedChannel[],
  reader: BlockingFindings,
): Promise<BuildReport> {
  const limiting = channels.filter(({ channel }) => channel.findings?.reportOnly === false);
  const blocking = await reader.of(
    build,
    limiting.map(({ channel }) => channel),
  );
  if (!report.findings || blocking.length === 0) return report;
  return { ...report, findings: { ...report.findings, blocking } };
}

function noBuilds({ region, option }: Context, name: string): string {
  return `${name} has no builds in ${region}, or only builds that AWS doesn't list yet. To start one: \`${factoryCommand(`build ${name}${option}`)}\``;
}

/** Parent of a build, as {@link BuildReport} describes it. */
interface Origin {
  readonly parent: string;
  readonly unknownParentOf?: string | undefined;
}

/** Returns a build with its parent and the channels that share it. */
export function reportOf(
  context: Context,
  build: Build,
  channels: readonly ObservedChannel[],
  { parent, unknownParentOf }: Origin,
): BuildReport {
  const now = context.aws.now();
  const revoked = describeRevocation(build, now);
  const revokeAt = scheduledRevocationOf(build, now);
  const findings = findingsOf(build, channels, now);
  return {
    region: context.region,
    build: buildVersionOf(build.arn),
    status: build.status,
    ageHours: hoursBetween(build.createdAt, now),
    parent,
    ...(unknownParentOf !== undefined && { unknownParentOf }),
    sharedIn: channels
      .filter((observed) => sharedBuilds(observed).includes(build.arn))
      .map(({ channel }) => channel.name),
    approvals: approvalsOf(build),
    ...(revoked !== undefined && { revoked }),
    ...(revokeAt !== undefined && { revokeAt }),
    ...(findings && { findings }),
    amis: build.amis,
    containers: build.containers,
  };
}

/**
 * Returns the findings of a build; `undefined` if its scan wasn't read, because it doesn't matter.
 */
function findingsOf(
  build: Build,
  channels: readonly ObservedChannel[],
  now: number,
): BuildFindings | undefined {
  const { scan } = build;
  if (!scan) return undefined;
  const heldBackFrom = channels
    .filter(({ channel }) => channel.findings?.reportOnly === false)
    .filter((observed) => !sharedBuilds(observed).includes(build.arn))
    .filter(({ channel }) => blockersByFindings(build, channel, now).length > 0)
    .map(({ channel }) => channel.name);
  return {
    ...(scan.scannedAt !== undefined && { scanned: new Date(scan.scannedAt).toISOString() }),
    ...(scan.highestSeverity !== undefined && { highest: scan.highestSeverity }),
    heldBackFrom,
  };
}

function describeFindings(findings: BuildFindings | undefined): string {
  if (!findings) return "-";
  const { scanned, highest = "none", heldBackFrom } = findings;
  const result = scanned === undefined ? "not scanned" : highest;
  return heldBackFrom.length === 0 ? result : `${result}: not for ${heldBackFrom.join(" ")}`;
}

function approvalsOf({ tags }: Build): Record<string, string> {
  const prefix = approvalTag("");
  return Object.fromEntries(
    Object.entries(tags)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, reason]) => [key.slice(prefix.length), reason]),
  );
}

/** Renders the parent of a build, and whether a build before it isn't known. */
function describeParent({ parent, unknownParentOf }: BuildReport): string {
  if (unknownParentOf === undefined) return parent;
  return parent === "-" ? "unknown" : `${parent} (ancestors unknown)`;
}

function rowOf(report: BuildReport, outputs: string): string[] {
  const approvals = Object.entries(report.approvals).map(
    ([channel, reason]) => `${channel} (${reason})`,
  );
  return [
    report.region,
    report.build,
    report.status,
    formatAge(report.ageHours),
    describeParent(report),
    outputs,
    report.sharedIn.join(" ") || "-",
    approvals.join(", ") || "-",
    describeRevocations(report),
    describeFindings(report.findings),
  ];
}
