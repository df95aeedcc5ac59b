/** Input of the recorder: its environment and manifest from Terraform, and messages. */

import {
  type FunctionEnvironment,
  parseFunctionEnvironment,
  renderFunctionEnvironment,
  requiredVariable,
} from "./function-environment";
import { manifestFormat } from "./manifest-file";

/**
 * A message of the recorder's queue, or the payload of an invocation: the recorder records one
 * build. It reads everything about the build itself, and whether the channel shares it, so a forged
 * message can make it do nothing else.
 */
export interface RecorderMessage {
  /** ARN. */
  readonly build: string;
  /** Name of a channel whose newest shared build it is now. @default - no channel changed */
  readonly channel?: string | undefined;
  /**
   * Whether the channel shares no build any more. `build` then was its newest one.
   * @default false
   */
  readonly isEmpty?: boolean | undefined;
  /** ARN of the channel's newest build before. @default - the channel shared no build */
  readonly from?: string | undefined;
  /**
   * When the recorder first looked for what it needs and isn't there yet, such as the package list,
   * in milliseconds since 1970. A time before the build was created, or in the future, counts as
   * absent.
   * @default - it hasn't looked yet
   */
  readonly waitingSince?: number | undefined;
  /**
   * How often the recorder has found that the build hasn't ended, from 1 to {@link MAX_ATTEMPTS}.
   * @default - it hasn't looked yet
   */
  readonly attempts?: number | undefined;
}

/** How often the recorder looks again for a build that hasn't ended. */
export const MAX_ATTEMPTS = 5;

/** Maximum length of a message. Those of the factory are much shorter. */
export const MAX_RECORDER_MESSAGE = 4_096;

export function renderRecorderMessage(message: RecorderMessage): string {
  return JSON.stringify(message);
}

/** The recorder's settings. */
export interface RecorderEnvironment extends FunctionEnvironment {
  /** URL of the queue whose messages the function processes. */
  readonly queueUrl: string;
  /** @default - the factory stores no evidence */
  readonly evidence?:
    | {
        /** Name of the bucket. */
        readonly bucket: string;
        /** ARN of the KMS key that signs. */
        readonly keyArn: string;
      }
    | undefined;
  /** ARN of the topic for release notes. @default - the factory sends none */
  readonly notesTopicArn?: string | undefined;
  /** Whether the AMIs of builds get watermarks. */
  readonly marksAmis: boolean;
}

export function renderRecorderEnvironment(
  environment: RecorderEnvironment,
): Record<string, string> {
  const { queueUrl, evidence, notesTopicArn, marksAmis } = environment;
  return {
    ...renderFunctionEnvironment(environment),
    QUEUE_URL: queueUrl,
    ...(evidence && { EVIDENCE_BUCKET: evidence.bucket, SIGNING_KEY_ARN: evidence.keyArn }),
    ...(notesTopicArn !== undefined && { NOTES_TOPIC_ARN: notesTopicArn }),
    ...(marksAmis && { WATERMARKS: "true" }),
  };
}

/** Parses the recorder's environment variables; throws an `Error` that names a missing one. */
export function parseRecorderEnvironment(variables: NodeJS.ProcessEnv): RecorderEnvironment {
  return {
    ...parseFunctionEnvironment(variables),
    queueUrl: requiredVariable(variables, "QUEUE_URL"),
    evidence:
      variables["EVIDENCE_BUCKET"] === undefined
        ? undefined
        : {
            bucket: variables["EVIDENCE_BUCKET"],
            keyArn: requiredVariable(variables, "SIGNING_KEY_ARN"),
          },
    notesTopicArn: variables["NOTES_TOPIC_ARN"],
    marksAmis: variables["WATERMARKS"] === "true",
  };
}

/** A version in the version lock file, with the digests of the content that it was issued for. */
export interface LockedVersion {
  readonly version: string;
  /** By input, 16 hexadecimal digits each. */
  readonly digests: Readonly<Record<string, string>>;
}

/** Raised if the format changes. The recorder rejects a manifest of another version. */
export const RECORDER_MANIFEST_VERSION = 1;

/** An image whose builds are recorded, with the current version of its recipe. */
export interface RecordedImage extends LockedVersion {
  /** ARNs of the shares of its channels, by name. @default - the factory sends no release notes */
  readonly channels?: Readonly<Record<string, string>> | undefined;
}

/** Manifest of the builds that the recorder records in a Region. Terraform writes it. */
export interface RecorderManifest {
  readonly version: typeof RECORDER_MANIFEST_VERSION;
  /** The images whose builds are recorded. */
  readonly images: Readonly<Record<string, RecordedImage>>;
  /** The current versions of the factory's components. */
  readonly components: Readonly<Record<string, LockedVersion>>;
}

/**
 * Prefix of the objects that record which release notes were sent. They are in the bucket of the
 * manifest, to which build instances have no access.
 */
export const NOTES_PREFIX = "notes/";

/** Prefix of the objects that contain manifests of the recorder. */
export const RECORDER_MANIFEST_PREFIX = "recorder/";

const FORMAT = manifestFormat<RecorderManifest>(
  RECORDER_MANIFEST_PREFIX,
  RECORDER_MANIFEST_VERSION,
);

/** Returns the key of a manifest. It contains the SHA-256 of the manifest's text. */
export const recorderManifestKey = FORMAT.keyOf;

/** Parses a manifest. Throws a `ManifestError` unless its text is the one that `key` names. */
export const parseRecorderManifest = FORMAT.parse;
