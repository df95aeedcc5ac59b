import { OutOfTimeError } from "../common/deadline";
import type { Build } from "./build";
import type { Aws } from "./ports";

/**
 * How old an answer of GetImage can be, and a margin, in milliseconds.
 *
 * Assumed: 30 seconds. AWS documents no figure.
 */
export const READ_LAG_MS = 35_000;

/**
 * Reads a build a second time, once an answer can't be older than the first one.
 *
 * Consumers lose a build only if two answers agree. What remains: two answers that are both older
 * than a revocation or an approval that was withdrawn. The next run corrects it.
 *
 * Throws an {@link OutOfTimeError} if the run ends before.
 *
 * @param firstReadAt - in milliseconds since 1970
 */
export async function readAgain(
  { images, now, sleep, deadline }: Aws,
  arn: string,
  firstReadAt: number,
): Promise<Build | undefined> {
  const readAt = firstReadAt + READ_LAG_MS;
  if (readAt >= deadline)
    throw new OutOfTimeError(`the run had no time to read the build ${arn} again`);
  if (readAt > now()) await sleep(readAt - now());
  return images.build(arn);
}
