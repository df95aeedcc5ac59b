/** What the recorder gets: from Terraform its environment and manifest, from others messages. */

import {
  type FunctionEnvironment,
  parseFunctionEnvironment,
  renderFunctionEnvironment,
  requiredVariable,
} from "./function-environment";
import { manifestFormat } from "./manifest-file";

/**
 * A message of the recorder's queue, or the payload of an invocation: the recorder records one
 * build. It reads everything about the build itself, so a forged message can make it do nothing
 * else.
 */
export interface RecorderMessage {
  /** ARN. */
  readonly build: string;
  /**
   * When the recorder first found no package list, in milliseconds since 1970.
   * @default - it hasn't looked for one yet
   */
  readonly waitingSince?: number | undefined;
}

export function renderRecorderMessage(message: RecorderMessage): string {
  return JSON.stringify(message);
}

/** The recorder's settings. */
export interface RecorderEnvironment extends FunctionEnvironment {
  /** URL of the queue whose messages the function processes. */
  readonly queueUrl: string;
  /** Name of the bucket for evidence. */
  readonly evidenceBucket: string;
  /** ARN of the KMS key that signs. */
  readonly signingKeyArn: string;
}

/** Renders the recorder's environment variables. */
export function renderRecorderEnvironment(
  environment: RecorderEnvironment,
): Record<string, string> {
  return {
    ...renderFunctionEnvironment(environment),
    QUEUE_URL: environment.queueUrl,
    EVIDENCE_BUCKET: environment.evidenceBucket,
    SIGNING_KEY_ARN: environment.signingKeyArn,
  };
}

/** Parses the recorder's environment variables; throws an `Error` that names a missing one. */
export function parseRecorderEnvironment(variables: NodeJS.ProcessEnv): RecorderEnvironment {
  return {
    ...parseFunctionEnvironment(variables),
    queueUrl: requiredVariable(variables, "QUEUE_URL"),
    evidenceBucket: requiredVariable(variables, "EVIDENCE_BUCKET"),
    signingKeyArn: requiredVariable(variables, "SIGNING_KEY_ARN"),
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

/** What the recorder records in a Region. Terraform writes it. */
export interface RecorderManifest {
  readonly version: typeof RECORDER_MANIFEST_VERSION;
  /** The images whose builds are recorded, with the current version of their recipes. */
  readonly images: Readonly<Record<string, LockedVersion>>;
  /** The current versions of the factory's components. */
  readonly components: Readonly<Record<string, LockedVersion>>;
}

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
