import { isGoldenWatermark, watermarkKey, watermarkName } from "../../contract/watermark";
import { assertTimeLeft, OutOfTimeError } from "../common/deadline";
import type { Ami, AmiDescription, Aws } from "./ports";
import type { Work } from "./work";

/** Watermarks that an AMI can have, including inherited ones. */
const MAX_WATERMARKS = 5;

/** An AMI that has no watermark of its build, or has one of another build. */
export interface UnmarkedAmi extends Ami {
  /** For operators. */
  readonly reason: string;
  /**
   * When the recorder stops trying again, in milliseconds since 1970.
   * @default - it doesn't try again
   */
  readonly until?: number;
}

/** Properties of a build that marking its AMIs needs. */
type MarkedBuild = Pick<Work, "build" | "until" | "mayGetAmis">;

/** An AMI that no further try can mark. */
class UnmarkableError extends Error {}

/**
 * Marks the AMIs of a build in all Regions with the name of the build, and removes the marks of
 * other golden builds, which they inherited: an AMI has the mark of its nearest golden build.
 *
 * Does nothing about AMIs that are marked already or deregistered. An AMI that can't be marked is
 * returned, and doesn't stop the others. Most errors can end, also those about permissions: a
 * change of a role takes effect later.
 */
export async function markAmis(aws: Aws, work: MarkedBuild): Promise<UnmarkedAmi[]> {
  const unmarked: UnmarkedAmi[] = [];
  for (const ami of work.build.amis) {
    assertTimeLeft(aws);
    try {
      await markAmi(aws, work, ami);
    } catch (error) {
      if (error instanceof OutOfTimeError) throw error;
      const isTriedAgain = aws.now() < work.until && !(error instanceof UnmarkableError);
      const reason = (error as Error).message;
      unmarked.push({ ...ami, reason, ...(isTriedAgain && { until: work.until }) });
    }
  }
  return unmarked;
}

async function markAmi({ ec2, home }: Aws, work: MarkedBuild, ami: Ami): Promise<void> {
  const build = work.build.arn;
  const description = await ec2.describe(ami);
  if (!description && work.mayGetAmis) throw new Error("Amazon EC2 doesn't list the AMI yet");
  if (!description) return;
  const inherited = inheritedMarks(description, home.accountId, build);
  const isMarked = description.watermarks.includes(watermarkKey(build));
  const isFull = description.watermarks.length >= MAX_WATERMARKS;
  if (isFull && !isMarked && inherited.length === 0)
    throw new UnmarkableError(`the AMI has ${MAX_WATERMARKS} watermarks of others`);
  const attach = async (): Promise<void> => {
    if (!isMarked) await ec2.attachWatermark(ami, watermarkName(build));
  };
  const detach = async (): Promise<void> => {
    for (const key of inherited) await ec2.detachWatermark(ami, key);
  };
  // An AMI without space loses its inherited mark first. Any other AMI always has a mark.
  for (const change of isFull ? [detach, attach] : [attach, detach]) await change();
}

function inheritedMarks(
  { watermarks }: AmiDescription,
  accountId: string,
  build: string,
): string[] {
  const own = watermarkKey(build);
  return watermarks.filter((key) => key !== own && isGoldenWatermark(key, accountId));
}
