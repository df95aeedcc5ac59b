import { createHash } from "node:crypto";
import { buildArn, buildVersionOf } from "./build-arn";

/**
 * Watermarks of golden AMIs, as EC2 calls marks that copies and derived AMIs inherit.
 *
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachImageWatermark.html
 */
const PREFIX = "golden/";

/** Characters of an image's name that fit next to the longest version and build number. */
const MAX_NAME = 79;

/**
 * Returns the name of the watermark of a build's AMIs: `golden/NAME/VERSION/BUILD`. A name that is
 * too long for EC2 is cut, and ends with a hash.
 */
export function watermarkName(build: string): string {
  const { image } = buildArn(build);
  return `${PREFIX}${watermarkImage(image)}/${buildVersionOf(build)}`;
}

/** Returns the name of an image as its watermarks contain it. */
export function watermarkImage(name: string): string {
  if (name.length <= MAX_NAME) return name;
  const suffix = `-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
  return `${name.slice(0, MAX_NAME - suffix.length)}${suffix}`;
}

/** Returns the key of the watermark of a build's AMIs: `ACCOUNT:NAME`. */
export function watermarkKey(build: string): string {
  return `${buildArn(build).accountId}:${watermarkName(build)}`;
}

/** Returns whether a watermark names a golden build of an account. */
export function isGoldenWatermark(key: string, accountId: string): boolean {
  return key.startsWith(`${accountId}:${PREFIX}`);
}

/** The parts of a golden watermark's key. */
export interface GoldenWatermark {
  /** Name of the image, or the start of a name that is too long, with a hash. */
  readonly image: string;
  /** Version and build number, such as `1.0.3/2`. */
  readonly build: string;
}

/** Parses the key of a watermark; returns `undefined` unless it names a golden build. */
export function parseWatermark(key: string): GoldenWatermark | undefined {
  const [, image, build] = /^\d{12}:golden\/([^/]+)\/(\d+\.\d+\.\d+\/\d+)$/.exec(key) ?? [];
  return image === undefined || build === undefined ? undefined : { image, build };
}
