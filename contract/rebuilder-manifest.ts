import { manifestFormat } from "./manifest-file";

/** Raised if the format changes. The rebuilder rejects a manifest of another version. */
export const REBUILDER_MANIFEST_VERSION = 1;

/**
 * An image or container image that follows its golden parent.
 *
 * The pipeline's recipe defines the parent and the kind. A deployment can change the recipe of an
 * image before or after the manifest, so the manifest doesn't repeat them.
 */
export interface FollowingImage {
  /** Name of the pipeline, in the account and Region of the function. It need not exist yet. */
  readonly pipeline: string;
  /** Whether builds run on dedicated hosts, which are too few for several builds at a time. */
  readonly dedicatedHost: boolean;
  /** Whether people start all builds (`schedule: { manual: true }`). The rebuilder starts none. */
  readonly manual: boolean;
  /**
   * Days after which an image that isn't on the newest build of its parent raises an alarm.
   * @default - no alarm
   */
  readonly alarmAfterDays?: number | undefined;
}

/** The images of an account and Region that follow their parents. Terraform writes it. */
export interface RebuilderManifest {
  readonly version: typeof REBUILDER_MANIFEST_VERSION;
  /** By the image's name, which is the name of its recipe. */
  readonly images: Readonly<Record<string, FollowingImage>>;
}

/** Prefix of the objects that contain manifests of the rebuilder. */
export const REBUILDER_MANIFEST_PREFIX = "rebuilder/";

const FORMAT = manifestFormat<RebuilderManifest>(
  REBUILDER_MANIFEST_PREFIX,
  REBUILDER_MANIFEST_VERSION,
);

/** Returns the key of a manifest. It contains the SHA-256 of the manifest's text. */
export const rebuilderManifestKey = FORMAT.keyOf;

/** Parses a manifest. Throws a `ManifestError` unless its text is the one that `key` names. */
export const parseRebuilderManifest = FORMAT.parse;
