import { roleArn } from "../../config/aws/arns";
import { lifecycleRoleName } from "../../config/names";
import { ConfigError } from "../../config/problems";
import { buildVersionOf, newestFirst, parseBuildArn } from "../../contract/build-arn";
import { isRevocationInherited } from "../../contract/revocation";
import { REVOKE_AT_TAG, REVOKED_BY_TAG, REVOKED_ONLY_TAG, REVOKED_TAG } from "../../contract/tags";
import type { Build } from "../../lambda/share-updater/build";
import type { Channel } from "../../lambda/share-updater/channel";
import { isEligible } from "../../lambda/share-updater/decide";
import { ancestryOf, isAtHome } from "../../lambda/share-updater/inherited-revocation";
import { ScanReader } from "../../lambda/share-updater/read-scans";
import type { ShareSummary } from "../../lambda/share-updater/reconcile-share";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import {
  askAbout,
  type BuildWithParent,
  describeRevocation,
  shortName,
  withParent,
} from "../deployed/outputs";
import { changeRegions, type InRegion, namesOf, prepareRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import type { Confirm } from "../prompt";
import { table, widthOf } from "../table";
import { type Change, changeResult, UNCHANGED } from "./change-result";
import { type Descendant, findMarked } from "./descendants";
import { isUnseen, runUpdaterUntil, type UpdaterRun } from "./run-updater";
import { assertReason, untagBuild } from "./tags";

interface Options {
  readonly image: string;
  readonly build: string;
  readonly reason: string;
}

/** A revocation to withdraw. */
interface Revocation extends BuildWithParent {
  /** Keys of the tags that revoke the build, now or later. */
  readonly tags: readonly string[];
  /** Builds that inherit the revocation. */
  readonly heirs: readonly Descendant[];
  /** Errors while looking for them. */
  readonly problems: readonly string[];
}

const REVOCATION_TAGS = [REVOKED_TAG, REVOKED_ONLY_TAG, REVOKE_AT_TAG, REVOKED_BY_TAG];

/**
 * Withdraws the revocation of a build: removes the tags that revoke it, and those of the builds
 * that inherit it, and runs the updater. It doesn't enable AMIs, so that this stays a decision.
 */
export async function unrevoke(
  contexts: readonly Context[],
  options: Options,
  confirm: Confirm,
): Promise<CommandResult> {
  const { image, build: version } = options;
  assertReason(options.reason);
  const prepared = await prepareRegions(contexts, (context) => prepare(context, options));
  const question = `Withdraw the revocation of ${image} ${version} in ${namesOf(contexts)}? Channels can share it again.`;
  if (!(await confirm(askAbout(prepared, question, describe(image, prepared))))) return UNCHANGED;
  return changeResult(
    await changeRegions(prepared, (context, revocation) => withdraw(context, revocation, options)),
  );
}

/** Throws a {@link ConfigError} if there is nothing to withdraw, or if an ancestor is revoked. */
async function prepare(context: Context, { image, build: version }: Options): Promise<Revocation> {
  const build = await context.build(image, version);
  const ancestor = await revokedAncestor(context, image, build);
  if (ancestor) throw new ConfigError(inherits(context, version, ancestor));
  const tags = REVOCATION_TAGS.filter((key) => Object.hasOwn(build.tags, key));
  const revoked = [build.arn, build.tags[REVOKED_BY_TAG]].filter((arn) => arn !== undefined);
  const { found: heirs, problems } = await findMarked(context, image, revoked);
  if (tags.length === 0 && heirs.length === 0)
    throw new ConfigError(
      `BUILD: must be revoked, or have a scheduled revocation, got: ${version}, which has neither`,
    );
  return { ...(await withParent(context, build)), tags, heirs, problems };
}

/**
 * Returns an ancestor of a build whose revocation the build inherits: the one that its tag names,
 * or else the nearest one. The updater would mark the build again.
 */
async function revokedAncestor(
  context: Context,
  image: string,
  build: Build,
): Promise<Build | undefined> {
  const { aws, home } = context;
  const arn = build.tags[REVOKED_BY_TAG];
  const named = arn && isAtHome(arn, home) ? await aws.images.build(arn) : undefined;
  if (named && isRevocationInherited(named.tags, aws.now())) return named;
  const hasGoldenParent = (await context.manifest()).images[image]?.parent !== undefined;
  const ancestry = await ancestryOf(aws, build, hasGoldenParent);
  return ancestry.kind === "revoked" ? ancestry.ancestor : undefined;
}

function inherits({ aws, option }: Context, version: string, ancestor: Build): string {
  const name = shortName(ancestor.arn);
  const reason = describeRevocation(ancestor, aws.now());
  return `BUILD: ${version} is based on ${name}, which is revoked: ${reason}; to withdraw that revocation first: \`${factoryCommand(`unrevoke ${name}${option} --reason REASON`)}\``;
}

/** Describes the tags that are removed in all Regions, and what stays as it is. */
function describe(image: string, prepared: readonly InRegion<Revocation>[]): string[] {
  const rows = prepared.flatMap(({ context: { region }, value: { build, tags, heirs } }) => [
    [region, image, buildVersionOf(build.arn), build.status, tags.join(" ") || "-"],
    ...heirs.map((heir) => [
      region,
      heir.image,
      buildVersionOf(heir.build.arn),
      heir.build.status,
      REVOKED_BY_TAG,
    ]),
  ]);
  const headings = ["Region", "image", "build", "status", "tags"];
  const kept = prepared.flatMap(({ context: { region }, value }) =>
    buildsOf(value)
      .map(keptState)
      .filter((line) => line !== undefined)
      .map((line) => `${region}: ${line}`),
  );
  const notes = prepared.flatMap(({ context: { region }, value: { problems } }) =>
    problems.map((message) => `${region}: this list may be incomplete: ${message}`),
  );
  return [
    `These tags are removed:\n${table([headings, ...rows], widthOf(process.stderr))}`,
    ...[kept, notes].filter(({ length }) => length > 0).map((lines) => lines.join("\n")),
  ];
}

function buildsOf({ build, heirs }: Revocation): Build[] {
  return [build, ...heirs.map((heir) => heir.build)];
}

/** Returns what withdrawing a revocation doesn't undo. */
function keptState({ arn, status }: Build): string | undefined {
  const name = shortName(arn);
  if (status === "DELETED") return `${name} stays DELETED, which can't be undone`;
  return isDisabled(status)
    ? `${name} and its AMIs stay ${status}: no channel shares it until you enable it`
    : undefined;
}

function isDisabled(status: string): boolean {
  return status === "DISABLED" || status === "DEPRECATED";
}

async function withdraw(
  context: Context,
  revocation: Revocation,
  { image, build: version, reason }: Options,
): Promise<Change> {
  const { build, tags, heirs } = revocation;
  // The updater would mark the heirs again as long as the build has its tags.
  if (tags.length > 0) await untagBuild(context, build, tags);
  for (const heir of heirs) await untagBuild(context, heir.build, [REVOKED_BY_TAG]);
  const run = await release(context, image, [build]);
  const runs = [run];
  for (const name of new Set(heirs.map((heir) => heir.image))) {
    const released = heirs.filter((heir) => heir.image === name).map((heir) => heir.build);
    runs.push(ofImage(name, await release(context, name, released)));
  }
  return {
    image,
    done: [
      `${image} ${version} isn't revoked any more: ${reason}`,
      ...heirs.map((heir) => `${shortName(heir.build.arn)} isn't revoked any more`),
    ],
    run: {
      shares: runs.flatMap(({ shares }) => shares),
      problems: runs.flatMap(({ problems }) => problems),
      isIncomplete: runs.some(({ isIncomplete }) => isIncomplete),
    },
    next: {
      hints: [
        ...buildsOf(revocation).flatMap((one) => howToEnable(context, one)),
        "AWS CloudTrail records who removed the tags, but not the reason",
      ],
    },
  };
}

/** Runs the updater until it sees that builds of an image aren't revoked any more. */
async function release(
  context: Context,
  image: string,
  builds: readonly Build[],
): Promise<UpdaterRun> {
  const [newest] = [...builds].sort((one, other) => newestFirst(one.arn, other.arn));
  const { aws } = context;
  const channels = await context.channels(image);
  const untagged = builds.map((build) => ({ ...build, tags: withoutRevocation(build.tags) }));
  const released = await new ScanReader(aws, channels).read(aws, untagged, new Map(), new Set());
  const missing = (shares: readonly ShareSummary[]): string[] =>
    shares.flatMap((share) =>
      released
        .filter((build) => isMissing(build, share, channels, aws.now()))
        .map(({ arn }) => `${buildVersionOf(arn)} isn't shared in ${share.channel} yet`),
    );
  return runUpdaterUntil(
    context,
    image,
    { ...(newest && { build: newest.arn }), check: missing },
    (shares) => missing(shares).length === 0,
  );
}

function withoutRevocation(tags: Build["tags"]): Build["tags"] {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !REVOCATION_TAGS.includes(key)));
}

/** Returns whether a channel should share a build, but the updater doesn't know that yet. */
function isMissing(
  build: Build,
  share: ShareSummary,
  channels: readonly Channel[],
  now: number,
): boolean {
  const channel = channels.find((one) => one.name === share.channel);
  return (
    channel !== undefined && isEligible(build, channel, now) && isUnseen(build, share, channel)
  );
}

/** Names the image of a run's channels and problems. */
function ofImage(image: string, run: UpdaterRun): UpdaterRun {
  return {
    ...run,
    shares: run.shares.map((share) => ({ ...share, channel: `${image}/${share.channel}` })),
    problems: run.problems.map((problem) => `${image}: ${problem}`),
  };
}

/**
 * Returns the commands that enable a build. Enabled AMIs don't get their launch permissions back:
 * the updater grants them.
 *
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_StartResourceStateUpdate.html
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableImage.html
 */
function howToEnable({ home, option }: Context, { arn, status }: Build): string[] {
  const image = parseBuildArn(arn)?.image;
  if (!isDisabled(status) || image === undefined) return [];
  const role = roleArn(home, lifecycleRoleName(home.region));
  return [
    `${shortName(arn)} is still ${status}; to enable it with its AMIs, and to share it again:`,
    `  aws imagebuilder start-resource-state-update --region ${home.region} --resource-arn ${arn} --state status=AVAILABLE --include-resources amis=true --execution-role ${role}`,
    `  ${factoryCommand(`update ${image}${option}`)}`,
  ];
}
