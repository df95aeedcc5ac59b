import type { Container, Image } from "../../config/model";
import { buildVersionOf, newestFirst } from "../../contract/build-arn";
import type { ObservedShare } from "../../lambda/share-updater/observe";
import type { Principal } from "../../lambda/share-updater/ports";
import { type CommandResult, PROGRAM } from "../command";
import { table } from "../table";
import { formatAge, hoursSince } from "./age";
import type { Context } from "./context";
import {
  exitCodeOf,
  type Inspection,
  inspect,
  isDifferent,
  problemLines,
  sharedBuilds,
  skipReason,
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
  /** Channels whose share is missing or skipped by the updater. */
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
  const channels: ChannelStatus[] = [];
  const differences: string[] = [];
  const problems: string[] = [];
  for (const image of context.buildables) {
    if (image.channels.length === 0) continue;
    const inspection = await inspect(context, image.name, { fullScan: false });
    const now = context.aws.now();
    channels.push(
      ...inspection.shares.map((share) => statusOf(image.name, share, inspection, now)),
    );
    differences.push(...differencesOf(image, inspection));
    problems.push(...inspection.problems);
  }
  return { channels, differences, problems };
}

function statusOf(
  image: string,
  share: ObservedShare,
  { builds }: Inspection,
  now: number,
): ChannelStatus {
  const shared = sharedBuilds(share).sort(newestFirst);
  const newest = builds.find(({ arn }) => arn === shared[0]);
  return {
    image,
    channel: share.share.policy.channel,
    principals: shortPrincipals(share.audience),
    desired: share.desired.map(buildVersionOf),
    shared: shared.map(buildVersionOf),
    differs: isDifferent(share),
    ...(newest && { newestAgeHours: hoursSince(newest.createdAt, now) }),
  };
}

/** Shortens principals to ids: an account, an OU or the organization. */
function shortPrincipals(principals: readonly Principal[]): string {
  return principals.map((principal) => principal.split("/").at(-1)).join(", ") || "none";
}

function differencesOf(
  { name, channels }: Image | Container,
  { shares, deployedChannels }: Inspection,
): string[] {
  const skipped = shares.flatMap((share) => {
    const reason = skipReason(share);
    return reason === undefined ? [] : [`${name}/${share.share.policy.channel}: ${reason}`];
  });
  const missing = channels
    .filter((channel) => !deployedChannels.has(channel.name))
    .map((channel) => `${name}/${channel.name}: no resource share found: deploy its stack`);
  return [...skipped, ...missing];
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
