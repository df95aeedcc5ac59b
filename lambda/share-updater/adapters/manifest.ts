import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type Manifest, ManifestError, parseManifest } from "../../../contract/manifest";
import { hasName } from "./client";

/** Where a manifest is. */
export interface ManifestLocation {
  readonly bucket: string;
  readonly key: string;
}

function missing({ bucket, key }: ManifestLocation, cause: Error): ManifestError {
  return new ManifestError(
    `the manifest s3://${bucket}/${key} doesn't exist; apply the stack to restore it. If a deployment has just replaced it, the next run uses the new one`,
    { cause },
  );
}

/** Reads a manifest from its bucket. */
export function manifestAdapter(client: S3Client, location: ManifestLocation) {
  const input = { Bucket: location.bucket, Key: location.key };
  return {
    /** Throws a {@link ManifestError} if it is missing or was changed. */
    read: async (): Promise<Manifest> => {
      try {
        const { Body } = await client.send(new GetObjectCommand(input));
        return parseManifest((await Body?.transformToString()) ?? "", location.key);
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
