import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { hasName } from "../../common/client";

/**
 * Writes an object unless it exists. Returns whether it did. Of several writes at the same time,
 * one succeeds.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function writeOnce(
  client: S3Client,
  at: { readonly Bucket: string; readonly Key: string },
  text: string,
  contentType: string,
): Promise<boolean> {
  try {
    await client.send(
      new PutObjectCommand({ ...at, Body: text, ContentType: contentType, IfNoneMatch: "*" }),
    );
    return true;
  } catch (error) {
    if (hasName(error, "PreconditionFailed")) return false;
    throw error;
  }
}
