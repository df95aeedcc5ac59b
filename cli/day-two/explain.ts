import type { Factory } from "../../config/model";
import { nearMatch } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { buildVersionOf, newestFirst, parseBuildArn } from "../../contract/build-arn";
import type { Build } from "../../lambda/share-updater/build";
import type { Channel } from "../../lambda/share-updater/channel";
import { blockers, blockersByFindings, isAllowed } from "../../lambda/share-updater/decide";
import type { ObservedChannel } from "../../lambda/share-updater/observe";
import type { CommandResult } from "../command";
import { unknownAncestorsOf } from "../deployed/ancestors";
import type { Context } from "../deployed/context";
import { undeployedChanges } from "../deployed/deployed-manifest";
import { BlockingFindings, type FindingReport, toDay } from "../deployed/finding-report";
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
import { scheduledRevocationOf, shortName, withShortNames } from "../deployed/outputs";
import { readRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import { currentOrganization, isMember, type Membership } from "../organization";
import { inRegion } from "./change-result";

/** A channel in the output of `explain --json`. */
interface ChannelExplanation {
  readonly region: string;
  readonly channel: string;
  /** ARN of the newest shared build. @default - the account gets no build from this channel */
  readonly build?: string;
  readonly text: readonly string[];
  /** Whether the share isn't as it should be. */
  readonly differs: boolean;
  /** Findings that exceed the limits of the channel, by build. @default - none do */
  readonly blocking?: readonly BlockedBuild[];
}

interface BlockedBuild {
  readonly build: string;
  readonly findings: readonly FindingReport[];
}

/** Maximum number of findings that are printed for a build. */
const MAX_FINDINGS = 3;

/**
 * Explains which build an account gets from each channel of an image, and why it doesn't get a
 * newer one.
 */
export async function explain(
  contexts: readonly Context[],
  name: string,
  account: string,
): Promise<CommandResult> {
  for (const { factory } of contexts) assertAccountId(factory, account);
  const membership = currentOrganization(contexts[0]?.region ?? "us-east-1").membershipOf(account);
  const readings = await readRegions(contexts, async (context) => {
    const known = await membership;
    const inspection = await inspect(context, name, { full: false });
    const unknownOf = await unknownAncestorsOf(context, name);
    const channels: ChannelExplanation[] = [];
    const reader = new BlockingFindings(context.aws);
    for (const channel of inspection.channels) {
      const [newest] = sharedBuilds(channel).sort(newestFirst);
      const build = inspection.builds.find(({ arn }) => arn === newest);
      const unknown = build && (await unknownOf(build));
      const explained = explainChannel(context, inspection, channel, account, known, unknown);
      channels.push(await withFindings(context, explained, channel.channel, reader));
    }
    const differences = await differencesOf(context, name);
    return { channels, differences, problems: [...inspection.problems, ...reader.problems] };
  });
  const { results } = readings;
  const problems = allProblems(readings);
  const channels = results.flatMap(({ value }) => value.channels);
  const differences = results.flatMap(({ context: { region }, value }) =>
    value.differences.map((message) => ({ region, message })),
  );
  return {
    text: [
      ...results.flatMap((result) =>
        inRegion(result, [
          ...result.value.channels.flatMap(({ text }) => text),
          ...result.value.differences,
        ]),
      ),
      "",
      `If ${account} is in several audiences, x.x.x resolves to the newest of these builds.`,
      ...problemLines(problems),
    ].join("\n"),
    data: { account, channels, differences, problems },
    exitCode: exitCodeOf(
      problems,
      differences.length > 0 || channels.some(({ differs }) => differs),
    ),
  };
}

/** Throws a {@link ConfigError} unless an account is given by its ID. */
function assertAccountId({ apps }: Factory, account: string): void {
  if (/^\d{12}$/.test(account)) return;
  const hint = meantAccount(apps, account);
  throw new ConfigError(`--account: must be an account ID of 12 digits${hint}, got: ${account}`);
}

/** Returns how the factory file differs from the channels of an image that are deployed. */
async function differencesOf(context: Context, name: string): Promise<string[]> {
  const { factory, home } = context;
  const differences = undeployedChanges(factory, home, await context.manifest());
  return differences.filter((line) => line.startsWith(`${name}/`));
}

function explainChannel(
  context: Context,
  inspection: Inspection,
  observed: ObservedChannel,
  account: string,
  known: Membership | undefined,
  unknownParentOf: string | undefined,
): Explained {
  const { region } = context;
  const { name: channel, audience } = observed.channel;
  const conditions = audience.map((principal) => isMember(principal, account, known));
  const condition = conditions.includes(true) ? true : conditions.find((one) => one !== false);
  if (condition === undefined)
    return {
      region,
      channel,
      reasons: [{ text: `${channel}: not for ${account}` }],
      differs: false,
    };

  const [newest] = sharedBuilds(observed).sort(newestFirst);
  const result = newest === undefined ? "no build is shared" : `gets ${buildVersionOf(newest)}`;
  const mismatches = mismatchLines(observed);
  const reasons: Reason[] = [
    ...mismatches.map((text) => ({ text })),
    ...reasonsAbout(observed, inspection, context.aws.now()),
    ...unknownAncestors(newest, unknownParentOf).map((text) => ({ text })),
  ];
  return {
    region,
    channel,
    ...(newest !== undefined && { build: newest }),
    reasons: [
      { text: `${channel}: ${result}${condition === true ? "" : `, ${condition}`}` },
      ...reasons.map((reason) => ({ ...reason, text: `  ${reason.text}` })),
    ],
    differs: mismatches.length > 0 || isDifferent(observed),
  };
}

/** Adds the findings below the lines about the builds that they keep out of the channel. */
async function withFindings(
  context: Context,
  { reasons, ...explained }: Explained,
  channel: Channel,
  reader: BlockingFindings,
): Promise<ChannelExplanation> {
  const text: string[] = [];
  const blocking: BlockedBuild[] = [];
  for (const reason of reasons) {
    text.push(reason.text);
    const findings = reason.build ? await reader.of(reason.build, [channel]) : [];
    if (!reason.build || findings.length === 0) continue;
    blocking.push({ build: buildVersionOf(reason.build.arn), findings });
    text.push(...detailsOf(context, reason.build, findings).map((line) => `    ${line}`));
  }
  return { ...explained, text, ...(blocking.length > 0 && { blocking }) };
}

/** Renders the most severe findings, and the command that lists the others. */
function detailsOf(
  { option }: Context,
  { arn }: Build,
  findings: readonly FindingReport[],
): string[] {
  const more = findings.length - MAX_FINDINGS;
  const command = factoryCommand(
    `findings ${parseBuildArn(arn)?.image} ${buildVersionOf(arn)}${option}`,
  );
  return [
    ...findings.slice(0, MAX_FINDINGS).map(describeFinding),
    ...(more > 0 ? [`and ${more} more: \`${command}\``] : []),
  ];
}

function describeFinding({ severity, title, hasFix, fixSince, paths }: FindingReport): string {
  const known = fixSince === undefined ? "has a fix" : `fix since ${toDay(fixSince)}`;
  const [path, ...others] = paths;
  const place = path === undefined ? "" : `, in ${path}`;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return `${severity}: ${title}, ${hasFix ? known : "no fix"}${place}${more}`;
}

/** Returns that the shared build may be based on a revoked build. */
function unknownAncestors(newest: string | undefined, of: string | undefined): string[] {
  if (newest === undefined || of === undefined) return [];
  return [
    `${buildVersionOf(newest)} has unknown ancestors: the parent of ${shortName(of)} was deleted, or Image Builder doesn't name it. It inherits no revocation from them`,
  ];
}

/** Completes a message with the app account whose name or ID was mistyped. */
function meantAccount(apps: Factory["apps"], given: string): string {
  const match = nearMatch(
    given,
    apps.flatMap(({ name, id }) => [name, id]),
  );
  const meant = apps.find(({ name, id }) => match === name || match === id);
  return meant ? `, did you mean ${meant.id} (${meant.name})?` : "";
}

/** Why an account doesn't get a newer build from a channel, or another remark. */
interface Reason {
  readonly text: string;
  /** The build that findings may keep out of the channel. @default - the text is about others */
  readonly build?: Build;
}

/** A channel without the findings that keep builds out of it. */
interface Explained extends Omit<ChannelExplanation, "text" | "blocking"> {
  readonly reasons: readonly Reason[];
}

/**
 * Returns why newer builds than the newest shared one aren't shared, and which launch permissions
 * are missing.
 */
export function reasonsOf(
  observed: ObservedChannel,
  inspection: Inspection,
  now: number,
): string[] {
  return reasonsAbout(observed, inspection, now).map(({ text }) => text);
}

function reasonsAbout(observed: ObservedChannel, inspection: Inspection, now: number): Reason[] {
  const { channel, desired } = observed;
  const [newest] = sharedBuilds(observed).sort(newestFirst);
  const newer = inspection.builds.filter(
    ({ arn }) => newest === undefined || newestFirst(arn, newest) < 0,
  );
  const reasons = newer.map((build): Reason => {
    const version = buildVersionOf(build.arn);
    const found = blockers(build, channel, now).map(withShortNames);
    if (found.length > 0) return { text: `${version} ${found.join(", ")}` };
    // Findings matter only for a build that the channel could share otherwise.
    const findings = channel.findings?.reportOnly ? [] : findingTexts(build, channel, now);
    if (findings.length > 0) return { text: `${version} ${findings.join(", ")}`, build };
    return {
      text: desired.includes(build.arn)
        ? `${version} will be shared at the updater's next run`
        : `${version} isn't among the newest ${channel.keep}`,
    };
  });
  return [
    ...reasons,
    ...scheduledRevocation(inspection, newest, now).map((text) => ({ text })),
    ...findingReasons(observed, inspection.builds, now),
    ...missingLaunchPermissions(observed, inspection, newest, now).map((text) => ({ text })),
  ];
}

/** Returns when the shared build will be revoked. */
function scheduledRevocation(
  { builds }: Inspection,
  newest: string | undefined,
  now: number,
): string[] {
  const build = builds.find(({ arn }) => arn === newest);
  const scheduled = build && scheduledRevocationOf(build, now);
  return build && scheduled !== undefined
    ? [`${buildVersionOf(build.arn)} will be revoked: ${scheduled}`]
    : [];
}

function findingTexts(build: Build, channel: Channel, now: number): string[] {
  return blockersByFindings(build, channel, now).map(({ text }) => text);
}

/** Returns why builds would not be shared now that are shared, or that the channel only reports. */
function findingReasons(
  observed: ObservedChannel,
  builds: readonly Build[],
  now: number,
): Reason[] {
  const { channel, desired } = observed;
  const shared = sharedBuilds(observed);
  return builds
    .filter(({ arn }) => shared.includes(arn) || desired.includes(arn))
    .flatMap((build) => {
      const found = findingTexts(build, channel, now);
      if (found.length === 0) return [];
      const effect = channel.findings?.reportOnly
        ? "is only reported"
        : "stays shared until a build can replace it";
      return [{ text: `${buildVersionOf(build.arn)} ${found.join(", ")}: ${effect}`, build }];
    });
}

function missingLaunchPermissions(
  { channel, sharedBy }: ObservedChannel,
  { builds, launchers }: Inspection,
  newest: string | undefined,
  now: number,
): string[] {
  const build = builds.find(({ arn }) => arn === newest);
  if (!build) return [];
  const version = buildVersionOf(build.arn);
  let end = "until the updater runs";
  if (!isAllowed(build, channel, now))
    end = `until ${version} meets the conditions of ${channel.name}, or another build is shared`;
  else if ((sharedBy.get(build.arn) ?? "updater") !== "updater")
    end = `because ${version} isn't eligible, and may have been added to the share by hand`;
  return (launchers.get(build.arn) ?? [])
    .filter(({ principals }) =>
      channel.audience.some((principal) => principals?.includes(principal) === false),
    )
    .map(({ ami }) => `${ami.id}: part of the audience has no launch permission ${end}`);
}
