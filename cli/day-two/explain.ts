import type { Audience } from "../../config/audience";
import type { Channel } from "../../config/model";
import { nearMatch } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { buildVersionOf, newestFirst } from "../../contract/build-arn";
import { blockers } from "../../lambda/share-updater/decide";
import type { ObservedShare } from "../../lambda/share-updater/observe";
import type { CommandResult } from "../command";
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

/** A channel in the output of `explain --json`. */
interface ChannelExplanation {
  readonly channel: string;
  /** ARN of the newest shared build. @default - the account gets no build from this channel */
  readonly build?: string;
  readonly text: readonly string[];
  /** Whether the share isn't as it should be. */
  readonly differs: boolean;
}

/**
 * Explains which build an account gets from each channel of an image, and why it doesn't get a
 * newer one.
 */
export async function explain(
  context: Context,
  name: string,
  account: string,
): Promise<CommandResult> {
  if (!/^\d{12}$/.test(account)) {
    const hint = meantAccount(context, account);
    throw new ConfigError(`--account: must be an account ID of 12 digits${hint}, got: ${account}`);
  }
  const { channels } = context.image(name);
  const inspection = await inspect(context, name, { fullScan: false });
  const explanations = channels.map((channel) =>
    explainChannel(context, inspection, channel, account),
  );
  const { problems } = inspection;
  return {
    text: [
      ...explanations.flatMap(({ text }) => text),
      "",
      `If ${account} is in several audiences, x.x.x resolves to the newest of these builds.`,
      ...problemLines(problems),
    ].join("\n"),
    data: { account, channels: explanations, problems },
    exitCode: exitCodeOf(
      problems,
      explanations.some(({ differs }) => differs),
    ),
  };
}

function explainChannel(
  context: Context,
  inspection: Inspection,
  { name: channel, audience }: Channel,
  account: string,
): ChannelExplanation {
  const condition = membership(audience, account, context.factory.organization.id);
  if (condition === false)
    return { channel, text: [`${channel}: not for ${account}`], differs: false };
  const share = inspection.shares.find(({ share: { policy } }) => policy.channel === channel);
  if (!share) {
    const isDeployed = inspection.deployedChannels.has(channel);
    const reason = isDeployed ? "its resource share couldn't be read" : "no resource share found";
    return { channel, text: [`${channel}: ${reason}`], differs: !isDeployed };
  }

  const [newest] = sharedBuilds(share).sort(newestFirst);
  const result = newest === undefined ? "no build is shared" : `gets ${buildVersionOf(newest)}`;
  const skipped = skipReason(share);
  const reasons =
    skipped === undefined ? reasonsOf(share, inspection, context.aws.now()) : [skipped];
  return {
    channel,
    ...(newest !== undefined && { build: newest }),
    text: [
      `${channel}: ${result}${condition === true ? "" : `, ${condition}`}`,
      ...reasons.map((reason) => `  ${reason}`),
    ],
    differs: skipped !== undefined || isDifferent(share),
  };
}

/** Completes a message with the ID of the app account whose name was given. */
function meantAccount({ factory: { apps } }: Context, given: string): string {
  const name = nearMatch(
    given,
    apps.map((app) => app.name),
  );
  const meant = apps.find((app) => app.name === name);
  return meant ? `, did you mean ${meant.id} (${meant.name})?` : "";
}

/**
 * Returns whether an account is in an audience, or the condition if only AWS Organizations knows.
 */
function membership(audience: Audience, account: string, organization: string): string | boolean {
  switch (audience.kind) {
    case "accounts":
      return audience.accounts.includes(account);
    case "organization":
      return `if the account is in the organization ${organization}`;
    case "organizationalUnits":
      return `if the account is in ${audience.units.join(" or ")} or an OU below`;
  }
}

/**
 * Returns why newer builds than the newest shared one aren't shared, and which launch permissions
 * are missing.
 */
function reasonsOf(share: ObservedShare, inspection: Inspection, now: number): string[] {
  const [newest] = sharedBuilds(share).sort(newestFirst);
  const newer = inspection.builds.filter(
    ({ arn }) => newest === undefined || newestFirst(arn, newest) < 0,
  );
  const reasons = newer.map((build) => {
    const found = blockers(build, share.share.policy, now);
    const version = buildVersionOf(build.arn);
    if (found.length > 0) return `${version} ${found.join(", ")}`;
    return share.desired.includes(build.arn)
      ? `${version} will be shared at the updater's next run`
      : `${version} isn't among the newest ${share.share.policy.keep}`;
  });
  return [...reasons, ...missingLaunchPermissions(share, inspection, newest)];
}

function missingLaunchPermissions(
  { audience }: ObservedShare,
  { launchers }: Inspection,
  build: string | undefined,
): string[] {
  const amis = build === undefined ? [] : (launchers.get(build) ?? []);
  return amis
    .filter(({ principals }) => audience.some((principal) => !principals.includes(principal)))
    .map(
      ({ ami }) =>
        `${ami.id}: part of the audience has no launch permission until the updater runs`,
    );
}
