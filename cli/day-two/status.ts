import { newestFirst } from "../../contract/build-arn";
import { table } from "../table";
import { ageOf, type CommandResult, type Context, versionOf } from "./context";
import { inspect, leftAlone, problemLines, sharedIn, shortPrincipals } from "./look";

interface Line {
  readonly image: string;
  readonly channel: string;
  readonly principals: string;
  readonly desired: readonly string[];
  readonly shared: readonly string[];
  /** Whether the updater has something to do. */
  readonly differs: boolean;
  /** @default - nothing is shared */
  readonly newestAgeHours?: number;
}

const HEAD = ["image", "channel", "for", "desired", "shared", "newest"];

/** What each channel should share, and what it does. Ends with 2 when they differ. */
export async function status(context: Context): Promise<CommandResult> {
  const lines: Line[] = [];
  const problems: string[] = [];
  for (const { name, channels } of context.buildables) {
    if (channels.length === 0) continue;
    const { shares, builds, problems: unseen } = await inspect(context, name, false);
    problems.push(...unseen);
    for (const view of shares) {
      const alone = leftAlone(view);
      if (alone !== undefined) problems.push(`${name}/${view.share.policy.channel} ${alone}`);
      const shared = sharedIn(view).sort(newestFirst);
      const newest = builds.find(({ arn }) => arn === shared[0]);
      lines.push({
        image: name,
        channel: view.share.policy.channel,
        principals: shortPrincipals(view.audience),
        desired: view.desired.map(versionOf),
        shared: shared.map(versionOf),
        differs: view.associate.length + view.disassociate.length > 0,
        ...(newest && { newestAgeHours: (context.aws.now() - newest.createdAt) / 3_600_000 }),
      });
    }
    const missing = channels.filter(
      ({ name: channel }) => !lines.some((line) => line.image === name && line.channel === channel),
    );
    problems.push(
      ...missing.map(
        ({ name: channel }) => `${name}/${channel} has no share that was seen: was it deployed?`,
      ),
    );
  }
  const differing = lines.filter(({ differs }) => differs);
  const cell = (versions: readonly string[]): string => versions.join(" ") || "nothing";
  const rows = lines.map((line) => [
    line.image,
    line.channel,
    line.principals,
    cell(line.desired),
    `${cell(line.shared)}${line.desired.length === 0 && line.shared.length > 0 ? " (nothing to put in its place)" : ""}`,
    line.newestAgeHours === undefined ? "-" : ageOf(line.newestAgeHours),
  ]);
  const advice =
    differing.length > 0
      ? ["", "what is shared isn't what should be: `npx factory update IMAGE` sets it right now"]
      : [];
  return {
    text: [table([HEAD, ...rows]), ...advice, ...problemLines(problems)].join("\n"),
    data: { channels: lines, problems },
    status: differing.length + problems.length > 0 ? 2 : 0,
  };
}
