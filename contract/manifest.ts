import type { FindingsPolicy } from "./findings";
import { manifestFormat } from "./manifest-file";

/** A grantee of a share: an account ID, or the ARN of an OU or organization. */
export type Principal = string;

/** Raised if the format changes. The updater rejects a manifest of another version. */
export const MANIFEST_VERSION = 1;

export interface ManifestChannel {
  /** ARN of the resource share. */
  readonly share: string;
  /** Number of newest builds to share; at least 1. */
  readonly keep: number;
  /** Minimum age of a shared build, in hours. */
  readonly bakeHours: number;
  readonly approval: "automatic" | "required";
  /** Name of an audience of the manifest. */
  readonly audience: string;
  /** Age of the newest shared build that raises an alarm, in days. @default - no alarm */
  readonly maxAgeDays?: number | undefined;
  /**
   * Limits for Amazon Inspector's findings in a shared build. @default - findings have no effect
   */
  readonly findings?: FindingsPolicy | undefined;
}

/** A golden image or golden container. */
export interface ManifestImage {
  /** Name of its golden parent. @default - its parent isn't a golden image */
  readonly parent?: string | undefined;
  /** Empty if the image isn't shared. */
  readonly channels: Readonly<Record<string, ManifestChannel>>;
}

/**
 * Manifest of the builds that the updater shares in a Region. Terraform writes it, so only a role
 * that may change the function can change the shared builds. Tags of shares have no effect.
 */
export interface Manifest {
  readonly version: typeof MANIFEST_VERSION;
  /**
   * Days after which launch permissions that no channel grants any more are removed. 0 removes them
   * in the run that finds them.
   */
  readonly launchPermissionGraceDays: number;
  /** Regions in which the images have AMIs. */
  readonly regions: readonly string[];
  /** Principals of each audience. */
  readonly audiences: Readonly<Record<string, readonly Principal[]>>;
  readonly images: Readonly<Record<string, ManifestImage>>;
}

/** Returns the images that are based on an image, directly or not: parents before children. */
export function descendantsOf(images: Manifest["images"], image: string): string[] {
  const children = Object.keys(images).filter((name) => images[name]?.parent === image);
  return children.flatMap((child) => [child, ...descendantsOf(images, child)]);
}

/** Prefix of the objects that contain manifests. */
export const MANIFEST_PREFIX = "channels/";

const FORMAT = manifestFormat<Manifest>(MANIFEST_PREFIX, MANIFEST_VERSION);

/** Returns the key of a manifest. It contains the SHA-256 of the manifest's text. */
export const manifestKey = FORMAT.keyOf;

/** Parses a manifest. Throws a `ManifestError` unless its text is the one that `key` names. */
export const parseManifest = FORMAT.parse;
