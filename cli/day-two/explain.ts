import type { Audience } from "../../config/audience";
import { ConfigError } from "../../config/problems";
import { newestFirst } from "../../contract/build-arn";
import { blockers } from "../../lambda/share-updater/decide";
import type { ObservedShare } from "../../lambda/share-updater/observe";
import { type CommandResult, type Context, versionOf } from "./context";
import { type Inspection, inspect, leftAlone, problemLines, sharedIn } from "./look";

/** Whether an audience has an account; where only the organization knows, under which condition. */
function membership(audience: Audience, account: string, organization: string): string | boolean {
  switch (audience.kind) {
    case "accounts":
      return audience.accounts.includes(account);
    case "organization":
      return `if it is in the organization ${organization}`;
    case "organizationalUnits":
      return `if it is in ${audience.units.join(" or ")}, or below`;
  }
}

/** Why newer builds than the shared one aren't there, and what else is in the way. */
function reasons(view: ObservedShare, { builds, launchers }: Inspection, now: number): string[] {
  const shared = sharedIn(view).sort(newestFirst);
  const newer = builds.filter(
    ({ arn }) => shared[0] === undefined || newestFirst(arn, shared[0]) < 0,
  );
  const why = newer.map((build) => {
    const known = blockers(build, view.share.policy, now);
    const next = view.desired.includes(build.arn)
      ? "is to be shared at the updater's next run"
      : `isn't among the newest ${view.share.policy.keep}`;
    return `  ${versionOf(build.arn)} ${known.length > 0 ? known.join(", ") : next}`;
  });
  const current = builds.find(({ arn }) => arn === shared[0]);
  const unlaunchable = (launchers.get(current?.arn ?? "") ?? []).filter(({ principals }) =>
    view.audience.some((principal) => !principals.includes(principal)),
  );
  return [
    ...why,
    ...unlaunchable.map(({ ami }) => `  ${ami.id} lacks the launch permission of its audience`),
  ];
}

/** Which build an account gets for `NAME/x.x.x` by each channel, why, and what is missing for a newer one. */
export async function explain(
  context: Context,
  name: string,
  account: string,
): Promise<CommandResult> {
  if (!/^\d{12}$/.test(account))
    throw new ConfigError(`--account: must be an account id of 12 digits, got: ${account}`);
  const { channels } = context.image(name);
  const seen = await inspect(context, name, false);
  const lines = channels.map(({ name: channel, audience }) => {
    const isIn = membership(audience, account, context.factory.organization.id);
    const view = seen.shares.find(({ share }) => share.policy.channel === channel);
    if (!isIn) return { channel, text: [`${channel}: isn't for ${account}`] };
    if (!view) return { channel, text: [`${channel}: no share of it was seen`] };
    const [newest] = sharedIn(view).sort(newestFirst);
    const gets = newest === undefined ? "nothing is shared" : `gets ${versionOf(newest)}`;
    const alone = leftAlone(view);
    return {
      channel,
      ...(newest !== undefined && { build: newest }),
      text: [
        `${channel}: ${gets}${typeof isIn === "string" ? `, ${isIn}` : ""}`,
        ...(alone === undefined ? reasons(view, seen, context.aws.now()) : [`  ${alone}`]),
      ],
    };
  });
  const all = [
    ...lines.flatMap(({ text }) => text),
    "",
    `Of several, ${account} gets the highest.`,
  ];
  const { problems } = seen;
  const text = [...all, ...problemLines(problems)].join("\n");
  return {
    text,
    data: { account, channels: lines, problems },
    status: problems.length > 0 ? 2 : 0,
  };
}
