/** The AWS-managed images, as far as the project knows them. */
import { BASE_IMAGES } from "../../../config/aws/base-images";

export const AWS_IMAGES = BASE_IMAGES;

/** Returns the name of an AWS-managed image, given the ARN of all of its versions. */
export function awsImageName(arn: string): string | undefined {
  const name = /:aws:image\/([^/]+)\/x\.x\.x$/.exec(arn)?.[1];
  return AWS_IMAGES.some((image) => image.name === name) ? name : undefined;
}
