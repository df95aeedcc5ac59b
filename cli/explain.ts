import type { Audience } from "../config/audience";
import { ConfigError } from "../config/problems";
import { newestFirst } from "../lambda/share-updater/build";
import { obstacles } from "../lambda/share-updater/decide";
import type { ShareView } from "../lambda/share-updater/view";
import { type Context, type Outcome, versionOf } from "./context";
import { type Look, look, sharedIn } from "./look";

/** Whether an audience has an account; where only the organization knows, under which condition. */
const membership = (audience: Audience, account: string, organization: string): string | boolean => {
  switch (audience.kind) {
    case "accounts":
      return audience.accounts.includes(account);
    case "organization":
      return `if it is in the organization ${organization}`;
    case "organizationalUnits":
      return `if it is in ${audience.units.join(" or ")}, or below`;
  }
};

/** Why newer builds than the shared one aren't there, and what else is in the way. */
const reasons = (view: ShareView, { builds, launchers }: Look, now: number): string[] => {
  const shared = sharedIn(view).sort(newestFirst);
  const newer = builds.filter(({ arn }) => shared[0] === undefined || newestFirst(arn, shared[0]) < 0);
  const why = newer.map((build) => {
    const known = obstacles(build, view.share.policy, now);
    return `  ${versionOf(build.arn)} ${known.length > 0 ? known.join(", ") : "is to be shared at the updater's next run"}`;
  });
  const current = builds.find(({ arn }) => arn === shared[0]);
  const unlaunchable = (launchers.get(current?.arn ?? "") ?? []).filter(({ principals }) =>
    view.audience.some((principal) => !principals.includes(principal)),
  );
  return [...why, ...unlaunchable.map(({ ami }) => `  ${ami.id} lacks the launch permission of its audience`)];
};

/** Which build an account gets for `NAME/x.x.x` by each channel, why, and what is missing for a newer one. */
export const explain = async (context: Context, name: string, account: string): Promise<Outcome> => {
  if (!/^\d{12}$/.test(account)) throw new ConfigError(`--account: must be an account id of 12 digits, got: ${account}`);
  const { channels } = context.image(name);
  const seen = await look(context, name, false);
  const lines = channels.map(({ name: channel, audience }) => {
    const isIn = membership(audience, account, context.factory.organization.id);
    const view = seen.shares.find(({ share }) => share.policy.channel === channel);
    if (!isIn) return { channel, text: [`${channel}: isn't for ${account}`] };
    if (!view) return { channel, text: [`${channel}: has no share that can be read: deploy, or apply again`] };
    const [newest] = sharedIn(view).sort(newestFirst);
    const gets = newest === undefined ? "nothing is shared" : `gets ${versionOf(newest)}`;
    return {
      channel,
      ...(newest !== undefined && { build: newest }),
      text: [`${channel}: ${gets}${typeof isIn === "string" ? `, ${isIn}` : ""}`, ...reasons(view, seen, context.aws.now())],
    };
  });
  const all = [...lines.flatMap(({ text }) => text), "", `Of several, ${account} gets the highest.`];
  return { text: all.join("\n"), data: { account, channels: lines } };
};
