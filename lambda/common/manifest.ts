import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { ManifestLocation } from "../../contract/function-environment";
import { ManifestError } from "../../contract/manifest-file";
import { hasName } from "./client";

function missing({ bucket, key }: ManifestLocation, cause: Error): ManifestError {
  return new ManifestError(
    `the manifest s3://${bucket}/${key} doesn't exist; apply the stack to restore it. If a deployment has just replaced it, the next run uses the new one`,
    { cause },
  );
}

/**
 * Reads a manifest from its bucket.
 *
 * @param parse - throws a {@link ManifestError} if the text isn't the one that the key names
 */
export function manifestAdapter<T>(
  client: S3Client,
  location: ManifestLocation,
  parse: (text: string, key: string) => T,
) {
  const input = { Bucket: location.bucket, Key: location.key };
  return {
    /** Throws a {@link ManifestError} if it is missing or was changed. */
    read: async (): Promise<T> => {
      try {
        const { Body } = await client.send(new GetObjectCommand(input));
        return parse((await Body?.transformToString()) ?? "", location.key);
      } catch (error) {
        if (hasName(error, "NoSuchKey", "NotFound")) throw missing(location, error);
        throw error;
      }
    },
    /** Throws a {@link ManifestError} if a deployment has deleted it. */
    assertCurrent: async (): Promise<void> => {
      try {
        await client.send(new HeadObjectCommand(input));
      } catch (error) {
        if (hasName(error, "NoSuchKey", "NotFound")) throw missing(location, error);
        throw error;
      }
    },
  };
}
