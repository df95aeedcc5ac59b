import { HeadObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { hasName } from "../../common/client";
import type { Evidence } from "../ports";

/** Calls S3 for the recorder. */
export function evidenceAdapter(client: S3Client, Bucket: string): Evidence {
  return {
    exists: async (Key) => {
      try {
        await client.send(new HeadObjectCommand({ Bucket, Key }));
        return true;
      } catch (error) {
        if (hasName(error, "NotFound", "NoSuchKey")) return false;
        throw error;
      }
    },
    write: async (Key, Body) => {
      try {
        await client.send(
          new PutObjectCommand({
            Bucket,
            Key,
            Body,
            ContentType: "application/json",
            IfNoneMatch: "*",
          }),
        );
        return true;
      } catch (error) {
        if (hasName(error, "PreconditionFailed")) return false;
        throw error;
      }
    },
  };
}
