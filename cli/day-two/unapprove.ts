import { ConfigError } from "../../config/problems";
import { buildVersionOf } from "../../contract/build-arn";
import { approvalTag } from "../../contract/tags";
import { associatedArns, isAllowed } from "../../lambda/share-updater/decide";
import { listAllBuilds } from "../../lambda/share-updater/list-builds";
import {
  type ObservedChannel,
  type ObservedImage,
  observeBuilds,
  observeChannels,
  readRam,
} from "../../lambda/share-updater/observe";
import { ScanReader } from "../../lambda/share-updater/read-scans";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import { askAbout, type BuildWithParent, withParent } from "../deployed/outputs";
import { changeRegions, type InRegion, namesOf, prepareRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import type { Confirm } from "../prompt";
import { type Change, changeResult, UNCHANGED } from "./change-result";
import { runUpdaterUntil } from "./run-updater";
import { assertReason, untagBuild } from "./tags";

interface Options {
  readonly image: string;
  readonly build: string;
  readonly channel: string;
  readonly reason: string;
}

interface Approval extends BuildWithParent {
  /** Consequences of the missing approval. */
  readonly consequences: readonly string[];
}

/** Withdraws the approval of a build for a channel, and runs the updater. */
export async function unapprove(
  contexts: readonly Context[],
  options: Options,
  confirm: Confirm,
): Promise<CommandResult> {
  const { image, build: version, channel, reason } = options;
  assertReason(reason);
  const prepared = await prepareRegions(contexts, (context) => prepare(context, options));
  const question = `Withdraw the approval of ${image} ${version} for ${channel} in ${namesOf(contexts)}?`;
  if (!(await confirm(askAbout(prepared, question, describe(prepared))))) return UNCHANGED;
  return changeResult(
    await changeRegions(prepared, (context, approval) => unapproveIn(context, approval, options)),
  );
}

/** Throws a {@link ConfigError} if the build isn't approved for the channel. */
async function prepare(context: Context, options: Options): Promise<Approval> {
  const { image, build: version, channel } = options;
  const build = await context.build(image, version);
  if (!Object.hasOwn(build.tags, approvalTag(channel)))
    throw new ConfigError(`BUILD: ${version} isn't approved for ${channel}`);
  return {
    ...(await withParent(context, build)),
    consequences: await consequencesOf(context, options, build.arn),
  };
}

/** Returns what follows without the approval. */
async function consequencesOf(
  context: Context,
  { image, build: version, channel: name }: Options,
  arn: string,
): Promise<string[]> {
  const { builds, channels } = await withoutApproval(context, image, name, arn);
  const channel = channels.find((one) => one.channel.name === name);
  if (channel?.channel.approval !== "required")
    return [`${name} isn't a deployed channel that requires approval: nothing else changes`];
  if (!isSharedBy(channel, arn)) return [`${name} doesn't share it now, and won't share it`];
  if (!channel.disassociate.includes(arn))
    return [
      `${name} has no other eligible build: ${version} stays shared until another build is eligible; to remove it now, revoke it`,
    ];
  const desired = channel.desired.map(buildVersionOf).join(" ");
  const build = builds.find((one) => one.arn === arn);
  const isContainer = context.image(image).kind === "container";
  if (!build || isContainer) return [`${name} shares ${desired} in its place`];
  const others = channels.filter(
    (one) => one !== channel && isAllowed(build, one.channel, context.aws.now()),
  );
  return [`${name} shares ${desired} in its place`, describeLaunches(others)];
}

function isSharedBy({ associations }: ObservedChannel, arn: string): boolean {
  return associatedArns(associations).includes(arn);
}

/**
 * The updater removes the launch permission together with the build, unless a channel allows it.
 */
function describeLaunches(others: readonly ObservedChannel[]): string {
  const names = others.map(({ channel }) => channel.name).join(", ");
  return others.length === 0
    ? "accounts that could launch the build lose the launch permission now"
    : `accounts outside the audience of ${names} lose the launch permission now`;
}

/** Observes the channels of an image as they are without the approval of a build for one. */
async function withoutApproval(
  context: Context,
  image: string,
  name: string,
  arn: string,
): Promise<Pick<ObservedImage, "builds" | "channels">> {
  const { aws } = context;
  const channels = await context.channels(image);
  const ram = await readRam(aws.ram, channels);
  const listed = await listAllBuilds(aws, image, [arn]);
  const builds = listed.builds.map((build) => {
    if (build.arn !== arn) return build;
    const { [approvalTag(name)]: _withdrawn, ...tags } = build.tags;
    return { ...build, tags };
  });
  const observed = await observeBuilds(aws, image, {
    channels,
    ram,
    listed: { ...listed, builds },
    scans: new ScanReader(aws, channels),
  });
  return observeChannels(aws, observed);
}

function describe(prepared: readonly InRegion<Approval>[]): string[] {
  return [
    prepared
      .flatMap(({ context: { region }, value: { consequences } }) =>
        consequences.map((line) => `${region}: ${line}`),
      )
      .join("\n"),
  ];
}

async function unapproveIn(
  context: Context,
  { build }: Approval,
  { image, build: version, channel, reason }: Options,
): Promise<Change> {
  await untagBuild(context, build, [approvalTag(channel)]);
  const run = await runUpdaterUntil(context, image, { build: build.arn }, (shares) =>
    shares.every((share) => share.channel !== channel || !share.desired.includes(build.arn)),
  );
  const isShared = run.shares.some(
    (share) => share.channel === channel && share.shared.includes(build.arn),
  );
  const kept = `${version} stays shared in ${channel} until another build is eligible; to remove it now: \`${factoryCommand(`revoke ${image} ${version}${context.option} --reason REASON`)}\``;
  return {
    image,
    done: [`${image} ${version} isn't approved for ${channel} any more: ${reason}`],
    run,
    next: {
      hints: [
        ...(isShared ? [kept] : []),
        "AWS CloudTrail records who removed the tag, but not the reason",
      ],
    },
  };
}
