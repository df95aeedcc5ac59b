import { TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-imagebuilder";
import { ConfigError } from "../../config/problems";
import type { Build } from "../../lambda/share-updater/build";
import type { Context } from "../deployed/context";

/** Maximum number of characters in the value of a tag. */
export const MAX_TAG_VALUE = 256;

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;

/** Throws a {@link ConfigError} unless a reason can be the value of a tag. */
export function assertTagValue(reason: string): void {
  if (!TAG_VALUE.test(reason))
    throw new ConfigError(
      `--reason: must be 1 to 256 letters, digits, spaces and _.:/=+-@, because it becomes the value of a tag, got: ${reason}`,
    );
}

/** Throws a {@link ConfigError} unless there is a reason. */
export function assertReason(reason: string): void {
  if (reason.trim() === "") throw new ConfigError("--reason: must not be empty");
}

export async function tagBuild(
  { imageBuilder }: Context,
  { arn }: Build,
  key: string,
  value: string,
): Promise<void> {
  await imageBuilder.send(new TagResourceCommand({ resourceArn: arn, tags: { [key]: value } }));
}

/** Removes tags from a build. Keys that the build doesn't have are ignored. */
export async function untagBuild(
  { imageBuilder }: Context,
  { arn }: Build,
  keys: readonly string[],
): Promise<void> {
  await imageBuilder.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: [...keys] }));
}
