import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { hasName } from "../../common/client";
import type { Evidence } from "../ports";
import { writeOnce } from "./write-once";

export function evidenceAdapter(
  client: S3Client,
  Bucket: string,
): Pick<Evidence, "exists" | "write"> {
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
    write: (Key, text) => writeOnce(client, { Bucket, Key }, text, "application/json"),
  };
}
