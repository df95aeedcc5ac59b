import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { hasName } from "../../common/client";

/**
 * Writes an object unless it exists. Returns whether it did. Of several writes at the same time,
 * one succeeds. S3 can reject the others before it has written the object, with
 * `ConditionalRequestConflict`: after a second one, the object counts as written by another run.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function writeOnce(
  client: S3Client,
  at: { readonly Bucket: string; readonly Key: string },
  text: string,
  contentType: string,
): Promise<boolean> {
  const put = async (): Promise<"written" | "exists" | "conflict"> => {
    try {
      await client.send(
        new PutObjectCommand({ ...at, Body: text, ContentType: contentType, IfNoneMatch: "*" }),
      );
      return "written";
    } catch (error) {
      if (hasName(error, "PreconditionFailed")) return "exists";
      if (hasName(error, "ConditionalRequestConflict")) return "conflict";
      throw error;
    }
  };
  const first = await put();
  return (first === "conflict" ? await put() : first) === "written";
}
