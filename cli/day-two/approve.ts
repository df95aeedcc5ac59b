import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { approvalTag } from "../../contract/tags";
import type { Channel } from "../../lambda/share-updater/channel";
import { bakeTimeEndsAt, isBaking } from "../../lambda/share-updater/decide";
import type { CommandResult } from "../command";
import type { Context } from "../deployed/context";
import {
  askAbout,
  type BuildWithParent,
  describeRevocation,
  withParent,
} from "../deployed/outputs";
import { changeRegions, namesOf, prepareRegions } from "../deployed/regions";
import { factoryCommand } from "../factory-command";
import type { Confirm } from "../prompt";
import { type Change, changeResult, UNCHANGED } from "./change-result";
import { isUnseen, runUpdaterUntil } from "./run-updater";
import { assertTagValue, tagBuild } from "./tags";

interface Options {
  readonly image: string;
  readonly build: string;
  readonly channel: string;
  readonly reason: string;
}

interface Approval extends BuildWithParent {
  readonly channel: Channel;
}

/** Approves a build for a channel that requires approval, and runs the updater. */
export async function approve(
  contexts: readonly Context[],
  options: Options,
  confirm: Confirm,
): Promise<CommandResult> {
  const { image, build: version, channel, reason } = options;
  assertTagValue(reason);
  const prepared = await prepareRegions(contexts, (context) => prepare(context, options));
  const question = `Approve ${image} ${version} for ${channel} in ${namesOf(contexts)}?`;
  if (!(await confirm(askAbout(prepared, question)))) return UNCHANGED;
  return changeResult(
    await changeRegions(prepared, (context, approval) => approveIn(context, approval, options)),
  );
}

/** Throws a {@link ConfigError} if the build can't be approved for the channel. */
async function prepare(
  context: Context,
  { image, build: version, channel: name }: Options,
): Promise<Approval> {
  const channel = await channelOf(context, image, name);
  const build = await context.build(image, version);
  if (build.status !== "AVAILABLE")
    throw new ConfigError(`BUILD: must be AVAILABLE to be approved, got: ${build.status}`);
  const revocation = describeRevocation(build, context.aws.now());
  if (revocation !== undefined)
    throw new ConfigError(`BUILD: ${version} is revoked: ${revocation}`);
  return { ...(await withParent(context, build)), channel };
}

async function approveIn(
  context: Context,
  { build, channel }: Approval,
  { image, build: version, reason }: Options,
): Promise<Change> {
  const { name } = channel;
  await tagBuild(context, build, approvalTag(name), reason);
  const bakeTimeEnd = bakeTimeEndsAt(build, channel);
  const bakes = isBaking(build, channel, context.aws.now());
  const run = await runUpdaterUntil(
    context,
    image,
    {
      build: build.arn,
      check: (shares) => {
        const isShared = shares.some(
          (share) => share.channel === name && share.shared.includes(build.arn),
        );
        return isShared || bakes
          ? []
          : [
              `${version} isn't shared in ${name}: see \`${factoryCommand(`explain ${image} --account ID`)}\``,
            ];
      },
    },
    (shares) =>
      bakes || !shares.some((share) => share.channel === name && isUnseen(build, share, channel)),
  );
  const done = [`${image} ${version} is approved for ${name}: ${reason}`];
  if (bakes)
    done.push(`${name} shares it when its bake time ends: ${new Date(bakeTimeEnd).toISOString()}`);
  return { image, done, run };
}

/**
 * Returns a channel that the updater knows; throws a {@link ConfigError} if it doesn't require
 * approval.
 */
async function channelOf(context: Context, image: string, name: string): Promise<Channel> {
  const channels = await context.channels(image);
  const channel = channels.find((one) => one.name === name);
  if (!channel) {
    const isInFile = context.image(image).channels.some((one) => one.name === name);
    if (isInFile)
      throw new ConfigError(
        `--channel: must be a channel that is deployed in ${context.region}, got: ${name}, which is only in the factory file`,
      );
    const known = channels.map((one) => one.name);
    throw new ConfigError(
      `--channel: must be a channel of ${image}${expectedOneOf(name, known)}, got: ${name}`,
    );
  }
  if (channel.approval !== "required")
    throw new ConfigError(
      `--channel: must be a channel with \`approval: required\`, got: ${name}, which shares builds without approval`,
    );
  return channel;
}
