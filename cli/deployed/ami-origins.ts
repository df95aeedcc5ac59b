import {
  type DescribeImagesCommandInput,
  type EC2Client,
  paginateDescribeImages,
} from "@aws-sdk/client-ec2";
import { BUILD_TAG } from "../../contract/tags";
import { batchesOf } from "../../lambda/common/batches";
import { collect } from "../../lambda/common/client";

/** Largest number of values of a filter. */
const MAX_VALUES = 200;

/** An AMI, and the build that created it. */
export interface Origin {
  readonly id: string;
  /** Region of the AMI. A copy isn't in the Region of its build. */
  readonly region: string;
  /** ARN of the build. */
  readonly arn: string;
}

/** Reads the tags that Image Builder sets on AMIs and their copies, also on disabled ones. */
export async function readOrigins(
  client: EC2Client,
  region: string,
  ids: readonly string[],
): Promise<Origin[]> {
  const origins: Origin[] = [];
  for (const Values of batchesOf(ids, MAX_VALUES)) {
    // A filter, because an unknown ID in the parameter ImageIds would be an error.
    const input: DescribeImagesCommandInput = {
      Owners: ["self"],
      IncludeDisabled: true,
      Filters: [{ Name: "image-id", Values }],
    };
    const images = await collect(paginateDescribeImages({ client }, input), (page) => page.Images);
    for (const { ImageId: id = "", Tags = [] } of images) {
      const arn = Tags.find(({ Key }) => Key === BUILD_TAG)?.Value;
      if (arn !== undefined) origins.push({ id, region, arn });
    }
  }
  return origins;
}
