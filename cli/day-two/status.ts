import { buildVersionOf, newestFirst } from "../../contract/build-arn";
import type { Principal } from "../../contract/manifest";
import { approvalTag } from "../../contract/tags";
import { hoursBetween } from "../../lambda/common/time";
import { type Build, isUsable } from "../../lambda/share-updater/build";
import { channelsOf } from "../../lambda/share-updater/channel";
import { type ObservedChannel, readRam } from "../../lambda/share-updater/observe";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import { undeployedChanges } from "../deployed/deployed-manifest";
import {
  allProblems,
  exitCodeOf,
  type Inspection,
  inspect,
  isDifferent,
  mismatchLines,
  problemLines,
  sharedBuilds,
} from "../deployed/inspect";
import {
  describeRevocation,
  describeRevocations,
  scheduledRevocationOf,
} from "../deployed/outputs";
import { type RegionMessage, readRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import { table } from "../table";
import { formatAge } from "./age";

/** A channel in the output of `status --json`. */
interface ChannelStatus {
  readonly region: string;
  readonly image: string;
  readonly channel: string;
  readonly principals: string;
  /** Builds that should be shared, newest first. */
  readonly desired: readonly string[];
  /** Builds that are shared, newest first. */
  readonly shared: readonly string[];
  readonly differs: boolean;
  /**
   * Age of the newest shared build, in hours.
   * @default - no build is shared, or it couldn't be read
   */
  readonly newestAgeHours?: number;
  /**
   * Usable builds that the channel would share after an approval, newest first. Empty if the
   * channel doesn't require approval.
   */
  readonly waitingForApproval: readonly string[];
}

/** A build that a channel lists, and that is revoked or will be. */
interface RevokedBuild {
  readonly region: string;
  readonly image: string;
  readonly build: string;
  /** Reason of the revocation. @default - the build isn't revoked */
  readonly revoked?: string;
  /** Time and reason of a scheduled revocation. @default - none is scheduled */
  readonly revokeAt?: string;
}

/** The output of `status --json`. */
interface StatusReport {
  readonly channels: readonly ChannelStatus[];
  /** Builds of the channels that are revoked, or for which a revocation is scheduled. */
  readonly revocations: readonly RevokedBuild[];
  /** Shares that aren't as deployed, and changes of the factory file that aren't deployed. */
  readonly differences: readonly RegionMessage[];
  /** Errors while reading. */
  readonly problems: readonly RegionMessage[];
}

interface RegionStatus {
  readonly channels: readonly ChannelStatus[];
  readonly revocations: readonly RevokedBuild[];
  readonly differences: readonly string[];
  readonly problems: readonly string[];
}

/** Number of builds that the text lists for a channel that requires approval. */
const LISTED_BUILDS = 3;

/** Compares the desired and the shared builds of each channel. */
export async function status(contexts: readonly Context[]): Promise<CommandResult> {
  const readings = await readRegions(contexts, gather);
  const { results } = readings;
  const report: StatusReport = {
    channels: results.flatMap(({ value }) => value.channels),
    revocations: results.flatMap(({ value }) => value.revocations),
    differences: results.flatMap(({ context: { region }, value }) =>
      value.differences.map((message) => ({ region, message })),
    ),
    problems: allProblems(readings),
  };
  const differs = report.differences.length > 0 || report.channels.some((one) => one.differs);
  return {
    text: render(report, contexts),
    data: report,
    exitCode: exitCodeOf(report.problems, differs),
  };
}

async function gather(context: Context): Promise<RegionStatus> {
  const manifest = await context.manifest();
  const images = Object.keys(manifest.images).map((name) => ({
    name,
    channels: channelsOf(manifest, name),
  }));
  const ram = await readRam(
    context.aws.ram,
    images.flatMap((image) => image.channels),
  );
  const channels: ChannelStatus[] = [];
  const revocations: RevokedBuild[] = [];
  const differences = undeployedChanges(context.factory, context.home, manifest);
  const problems: string[] = [];
  for (const image of images) {
    if (image.channels.length === 0) continue;
    const inspection = await inspect(context, image.name, { full: false, ram });
    for (const channel of inspection.channels) {
      channels.push(statusOf(context, image.name, channel, inspection));
      const name = `${image.name}/${channel.channel.name}`;
      differences.push(...mismatchLines(channel).map((line) => `${name}: ${line}`));
    }
    const listed = channels.filter((one) => one.image === image.name);
    revocations.push(...revocationsOf(context, image.name, listed, inspection));
    problems.push(...inspection.problems);
  }
  return { channels, revocations, differences, problems };
}

export function statusOf(
  { region, aws }: Context,
  image: string,
  observed: ObservedChannel,
  { builds }: Inspection,
): ChannelStatus {
  const shared = sharedBuilds(observed).sort(newestFirst);
  const newest = builds.find(({ arn }) => arn === shared[0]);
  return {
    region,
    image,
    channel: observed.channel.name,
    principals: shortPrincipals(observed.channel.audience),
    desired: observed.desired.map(buildVersionOf),
    shared: shared.map(buildVersionOf),
    differs: isDifferent(observed),
    ...(newest && { newestAgeHours: hoursBetween(newest.createdAt, aws.now()) }),
    waitingForApproval: waitingForApproval(observed, builds, aws.now()).map(buildVersionOf),
  };
}

/** Returns the builds that the channels of an image list, and that are revoked or will be. */
function revocationsOf(
  { region, aws }: Context,
  image: string,
  channels: readonly ChannelStatus[],
  { builds }: Inspection,
): RevokedBuild[] {
  const listed = new Set(
    channels.flatMap((one) => [...one.desired, ...one.shared, ...one.waitingForApproval]),
  );
  return builds.flatMap((build) => {
    const version = buildVersionOf(build.arn);
    const revoked = describeRevocation(build, aws.now());
    const revokeAt = scheduledRevocationOf(build, aws.now());
    if (!listed.has(version) || (revoked ?? revokeAt) === undefined) return [];
    return [
      {
        region,
        image,
        build: version,
        ...(revoked !== undefined && { revoked }),
        ...(revokeAt !== undefined && { revokeAt }),
      },
    ];
  });
}

/**
 * Returns the usable builds that aren't approved for a channel, and are new enough for the channel
 * to share them after an approval. ARNs, newest first.
 */
function waitingForApproval(
  { channel: { name, approval, keep }, desired }: ObservedChannel,
  builds: readonly Build[],
  now: number,
): string[] {
  if (approval !== "required") return [];
  const oldest = desired.length < keep ? undefined : desired.at(-1);
  return builds
    .filter((build) => isUsable(build, now))
    .filter(({ tags }) => !Object.hasOwn(tags, approvalTag(name)))
    .map(({ arn }) => arn)
    .filter((arn) => oldest === undefined || newestFirst(arn, oldest) < 0)
    .sort(newestFirst);
}

/** Shortens principals to ids: an account, an OU or the organization. */
function shortPrincipals(principals: readonly Principal[]): string {
  return principals.map((principal) => principal.split("/").at(-1)).join(", ") || "none";
}

function render(
  { channels, revocations, differences, problems }: StatusReport,
  contexts: readonly Context[],
): string {
  const region = contexts[0]?.isOneOfSeveral ? " --region REGION" : "";
  const update = [
    "",
    `The shared builds differ from the desired builds. To run the updater now: \`${factoryCommand(`update IMAGE${region}`)}\``,
  ];
  const waiting = channels.filter((one) => one.waitingForApproval.length > 0);
  const approve = [
    "",
    table([
      ["Region", "image", "channel", "builds that wait for approval"],
      ...waiting.map(waitingRowOf),
    ]),
    "",
    `To approve a build: \`${factoryCommand(`approve IMAGE BUILD --channel CHANNEL${region} --reason REASON`)}\``,
  ];
  const revoked = [
    "",
    table([
      ["Region", "image", "build", "revoked"],
      ...revocations.map((one) => [one.region, one.image, one.build, describeRevocations(one)]),
    ]),
  ];
  return [
    table([
      ["Region", "image", "channel", "audience", "desired", "shared", "newest age"],
      ...channels.map(rowOf),
    ]),
    ...(channels.some(({ differs }) => differs) ? update : []),
    ...(revocations.length > 0 ? revoked : []),
    ...(waiting.length > 0 ? approve : []),
    ...differences.map(({ region: one, message }) => `difference: ${one}: ${message}`),
    ...problemLines(problems),
  ].join("\n");
}

function waitingRowOf({
  region,
  image,
  channel,
  waitingForApproval: builds,
}: ChannelStatus): string[] {
  const older = builds.length - LISTED_BUILDS;
  const listed = builds.slice(0, LISTED_BUILDS).join(" ");
  return [region, image, channel, older > 0 ? `${listed} and ${older} older` : listed];
}

function rowOf({
  region,
  image,
  channel,
  principals,
  desired,
  shared,
  newestAgeHours,
}: ChannelStatus): string[] {
  const isKept = desired.length === 0 && shared.length > 0;
  return [
    region,
    image,
    channel,
    principals,
    desired.join(" ") || "none",
    isKept ? `${shared.join(" ")} (kept until a build can replace it)` : shared.join(" ") || "none",
    newestAgeHours === undefined ? "-" : formatAge(newestAgeHours),
  ];
}
