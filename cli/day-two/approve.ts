import type { Channel } from "../../config/model";
import { expectedOneOf } from "../../config/near-match";
import { ConfigError } from "../../config/problems";
import { approvalTag, REVOKED_TAG } from "../../contract/tags";
import { isRevoked } from "../../lambda/share-updater/build";
import { bakeTimeEndsAt } from "../../lambda/share-updater/decide";
import { type CommandResult, PROGRAM } from "../command";
import type { Confirm } from "../prompt";
import type { Context } from "./context";
import { changeResult, runUpdater, UNCHANGED } from "./run-updater";
import { assertTagValue, tagBuild } from "./tags";

interface Options {
  readonly image: string;
  readonly build: string;
  readonly channel: string;
  readonly reason: string;
}

/** Approves a build for a channel that requires approval, and runs the updater. */
export async function approve(
  context: Context,
  { image, build: version, channel: name, reason }: Options,
  confirm: Confirm,
): Promise<CommandResult> {
  assertTagValue(reason);
  const channel = channelOf(context, image, name);
  const build = await context.build(image, version);
  if (build.status !== "AVAILABLE")
    throw new ConfigError(`BUILD: must be AVAILABLE to be approved, got: ${build.status}`);
  if (isRevoked(build, Date.now()))
    throw new ConfigError(`BUILD: ${version} is revoked: ${build.tags[REVOKED_TAG]}`);
  if (!(await confirm(`Approve ${image} ${version} for ${name}?`))) return UNCHANGED;

  await tagBuild(context, build, approvalTag(name), reason);
  const bakeTimeEnd = bakeTimeEndsAt(build, channel);
  const isBaking = bakeTimeEnd > context.aws.now();
  const run = await runUpdater(context, image, {
    build: build.arn,
    check: (shares) => {
      const isShared = shares.some(
        (share) => share.channel === name && share.shared.includes(build.arn),
      );
      return isShared || isBaking
        ? []
        : [`${version} isn't shared in ${name}: see \`${PROGRAM} explain ${image} --account ID\``];
    },
  });
  const done = [`${image} ${version} is approved for ${name}: ${reason}`];
  if (isBaking)
    done.push(`${name} shares it when its bake time ends: ${new Date(bakeTimeEnd).toISOString()}`);
  return changeResult(image, done, run);
}

/** Returns a channel of an image; throws a {@link ConfigError} if it doesn't require approval. */
function channelOf(context: Context, image: string, name: string): Channel {
  const { channels } = context.image(image);
  const channel = channels.find((one) => one.name === name);
  if (!channel) {
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
