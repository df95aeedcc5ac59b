import { buildVersionOf, newestFirst } from "../../contract/build-arn";
import type { Principal } from "../../contract/manifest";
import { channelsOf } from "../../lambda/share-updater/channel";
import { type ObservedChannel, readRam } from "../../lambda/share-updater/observe";
import { type CommandResult, PROGRAM } from "../command";
import { table } from "../table";
import { formatAge, hoursSince } from "./age";
import type { Context } from "./context";
import { undeployedChanges } from "./deployed-manifest";
import {
  exitCodeOf,
  type Inspection,
  inspect,
  isDifferent,
  mismatchLines,
  problemLines,
  sharedBuilds,
} from "./inspect";

/** A channel in the output of `status --json`. */
interface ChannelStatus {
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
}

/** The output of `status --json`. */
interface StatusReport {
  readonly channels: readonly ChannelStatus[];
  /** Shares that aren't as deployed, and changes of the factory file that aren't deployed. */
  readonly differences: readonly string[];
  /** Errors while reading. */
  readonly problems: readonly string[];
}

/** Compares the desired and the shared builds of each channel. */
export async function status(context: Context): Promise<CommandResult> {
  const report = await gather(context);
  const differs = report.differences.length > 0 || report.channels.some((one) => one.differs);
  return {
    text: render(report),
    data: report,
    exitCode: exitCodeOf(report.problems, differs),
  };
}

async function gather(context: Context): Promise<StatusReport> {
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
  const differences = undeployedChanges(context.factory, context.home, manifest);
  const problems: string[] = [];
  for (const image of images) {
    if (image.channels.length === 0) continue;
    const inspection = await inspect(context, image.name, { full: false, ram });
    const now = context.aws.now();
    for (const channel of inspection.channels) {
      channels.push(statusOf(image.name, channel, inspection, now));
      const name = `${image.name}/${channel.channel.name}`;
      differences.push(...mismatchLines(channel).map((line) => `${name}: ${line}`));
    }
    problems.push(...inspection.problems);
  }
  return { channels, differences, problems };
}

function statusOf(
  image: string,
  observed: ObservedChannel,
  { builds }: Inspection,
  now: number,
): ChannelStatus {
  const shared = sharedBuilds(observed).sort(newestFirst);
  const newest = builds.find(({ arn }) => arn === shared[0]);
  return {
    image,
    channel: observed.channel.name,
    principals: shortPrincipals(observed.channel.audience),
    desired: observed.desired.map(buildVersionOf),
    shared: shared.map(buildVersionOf),
    differs: isDifferent(observed),
    ...(newest && { newestAgeHours: hoursSince(newest.createdAt, now) }),
  };
}

/** Shortens principals to ids: an account, an OU or the organization. */
function shortPrincipals(principals: readonly Principal[]): string {
  return principals.map((principal) => principal.split("/").at(-1)).join(", ") || "none";
}

function render({ channels, differences, problems }: StatusReport): string {
  const lines = [
    ["image", "channel", "audience", "desired", "shared", "newest age"],
    ...channels.map(rowOf),
  ];
  const advice = channels.some(({ differs }) => differs)
    ? [
        "",
        `The shared builds differ from the desired builds. To reconcile them now: \`${PROGRAM} update IMAGE\``,
      ]
    : [];
  return [
    table(lines),
    ...advice,
    ...differences.map((difference) => `difference: ${difference}`),
    ...problemLines(problems),
  ].join("\n");
}

function rowOf({
  image,
  channel,
  principals,
  desired,
  shared,
  newestAgeHours,
}: ChannelStatus): string[] {
  const isKept = desired.length === 0 && shared.length > 0;
  return [
    image,
    channel,
    principals,
    desired.join(" ") || "none",
    isKept ? `${shared.join(" ")} (kept until a build can replace it)` : shared.join(" ") || "none",
    newestAgeHours === undefined ? "-" : formatAge(newestAgeHours),
  ];
}
