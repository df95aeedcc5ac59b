import { isGoldenWatermark, watermarkKey, watermarkName } from "../../contract/watermark";
import { assertTimeLeft, OutOfTimeError } from "../common/deadline";
import type { Ami, AmiDescription, Aws, Build } from "./ports";

/** Watermarks that an AMI can have, including inherited ones. */
const MAX_WATERMARKS = 5;

/** An AMI that has no watermark of its build, or has one of another build. */
export interface UnmarkedAmi extends Ami {
  /** For operators. */
  readonly reason: string;
}

/**
 * Marks the AMIs of a build in all Regions with the name of the build, and removes the marks of
 * other golden builds, which they inherited: an AMI has the mark of its nearest golden build.
 *
 * Does nothing about AMIs that are marked already or deregistered. An AMI that can't be marked is
 * returned, and doesn't stop the others. The next message about the build tries again.
 */
export async function markAmis(aws: Aws, build: Build): Promise<UnmarkedAmi[]> {
  const unmarked: UnmarkedAmi[] = [];
  for (const ami of build.amis) {
    assertTimeLeft(aws);
    try {
      await markAmi(aws, build.arn, ami);
    } catch (error) {
      if (error instanceof OutOfTimeError) throw error;
      unmarked.push({ ...ami, reason: (error as Error).message });
    }
  }
  return unmarked;
}

async function markAmi({ ec2, home }: Aws, build: string, ami: Ami): Promise<void> {
  const description = await ec2.describe(ami);
  if (!description) return;
  const attach = async (): Promise<void> => {
    if (description.watermarks.includes(watermarkKey(build))) return;
    await ec2.attachWatermark(ami, watermarkName(build));
  };
  const detach = async (): Promise<void> => {
    for (const key of inheritedMarks(description, home.accountId, build))
      await ec2.detachWatermark(ami, key);
  };
  // An AMI without space loses its inherited mark first. Any other AMI always has a mark.
  const isFull = description.watermarks.length >= MAX_WATERMARKS;
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
