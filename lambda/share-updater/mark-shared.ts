import { sharedTag } from "../../contract/tags";
import { assertTimeLeft } from "../common/deadline";
import { isEligible } from "./decide";
import type { Granted } from "./launch-permissions";
import type { ObservedImage } from "./observe";
import type { Aws } from "./ports";

/**
 * Records on builds which channels with limits for findings share them, before they are shared.
 * Once a build's findings aren't known any more, this distinguishes it from a build that was added
 * to the share by hand. Returns failures: they keep no build from being shared, and the next run
 * tries again.
 */
export async function markShared(
  aws: Aws,
  { builds, channels }: ObservedImage,
  { launchable }: Pick<Granted, "launchable">,
): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  const now = aws.now();
  for (const { channel, desired } of channels.filter((one) => one.channel.findings))
    for (const build of builds) {
      const { arn, tags } = build;
      if (!desired.includes(arn) || !launchable.has(arn)) continue;
      if (Object.hasOwn(tags, sharedTag(channel.name)) || !isEligible(build, channel, now))
        continue;
      assertTimeLeft(aws);
      await aws.images
        .markShared(arn, channel.name, now)
        .catch((error: unknown) => errors.push(error));
    }
  return errors;
}
