/** Reads the evidence about builds, from its bucket or from a folder. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { evidenceBucket } from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";

/** Reads an object by its key; returns `undefined` if it doesn't exist. */
export type ReadEvidence = (key: string) => Promise<string | undefined>;

export function bucketReader(home: AccountRegion): ReadEvidence {
  const client = new S3Client({ region: home.region });
  const Bucket = evidenceBucket(home);
  return async (Key) => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return await Body?.transformToString();
    } catch (error) {
      if ((error as Error).name === "NoSuchKey") return undefined;
      throw error;
    }
  };
}

/** Reads from a folder with a copy of an evidence bucket. */
export function folderReader(folder: string): ReadEvidence {
  return async (key) => {
    try {
      return readFileSync(join(folder, key), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  };
}
