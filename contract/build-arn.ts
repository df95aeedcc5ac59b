import type { AccountRegion } from "./account-region";

/** The account, Region and partition in the ARNs of builds and recipes. */
export interface ArnLocation extends AccountRegion {
  /** Such as `aws`. */
  readonly partition: string;
}

/**
 * Largest number in a version.
 * https://docs.aws.amazon.com/imagebuilder/latest/userguide/ibhow-semantic-versioning.html
 */
export const MAX_VERSION_NODE = 2 ** 30 - 1;

const BUILD_ARN =
  /^arn:([^:]+):imagebuilder:([^:]+):(\d{12}):image\/([a-z0-9-]+)\/(\d+)\.(\d+)\.(\d+)\/(\d+)$/;

export interface BuildArn extends ArnLocation {
  readonly image: string;
  /** Major, minor, patch and build number. */
  readonly version: readonly number[];
}

/** Parses the ARN of a build; returns `undefined` for any other text. */
export function parseBuildArn(arn: string): BuildArn | undefined {
  const [, partition = "", region = "", accountId = "", image = "", ...nodes] =
    BUILD_ARN.exec(arn) ?? [];
  const version = nodes.map(Number);
  if (version.length === 0 || version.some((node) => node > MAX_VERSION_NODE)) return undefined;
  return { partition, region, accountId, image, version };
}

/** Parses the ARN of a build. Throws an `Error` for any other text. */
export function buildArn(arn: string): BuildArn {
  const build = parseBuildArn(arn);
  if (!build) throw new Error(`must be the ARN of a build, got: ${arn}`);
  return build;
}

export function isBuildOf(image: string, home: ArnLocation, arn: string): boolean {
  const build = parseBuildArn(arn);
  return (
    build?.image === image &&
    build.partition === home.partition &&
    build.region === home.region &&
    build.accountId === home.accountId
  );
}

export function isRecipeOf(
  image: string,
  { partition, region, accountId }: ArnLocation,
  arn: string,
): boolean {
  return ["image-recipe", "container-recipe"].some((type) =>
    arn.startsWith(`arn:${partition}:imagebuilder:${region}:${accountId}:${type}/${image}/`),
  );
}

/**
 * Compares the ARNs of two builds of one image, for sorting newest first: by major, minor, patch
 * and build number.
 *
 * Compares numbers, because text would sort 1.0.10 before 1.0.9. The `semver` number in Image
 * Builder's messages can't be used: it overflows.
 */
export function newestFirst(one: string, other: string): number {
  const [a, b] = [parseBuildArn(one)?.version ?? [], parseBuildArn(other)?.version ?? []];
  for (const [index, node] of a.entries()) {
    const difference = (b[index] ?? 0) - node;
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Returns whether an image version has no build between two builds, the first of which is older.
 */
export function isNextBuild(older: string, newer: string): boolean {
  const [a, b] = [parseBuildArn(older)?.version, parseBuildArn(newer)?.version];
  if (!a || !b || versionOf(older) !== versionOf(newer)) return false;
  return (b[3] ?? 0) === (a[3] ?? 0) + 1;
}

/** Returns the short form of a build's ARN that operators use, such as `1.0.3/1`. */
export function buildVersionOf(arn: string): string {
  return arn.split("/").slice(-2).join("/");
}

/** Returns the version in an ARN of a build, recipe or image, without the build number. */
export function versionOf(arn: string): string {
  return arn.split("/")[2] ?? "";
}

/**
 * Returns whether two ARNs name the same build.
 *
 * Image Builder writes the account of AWS-managed images as `aws` or as a number.
 */
export function isSameBuild(one: string, other: string): boolean {
  const [, , , region, account, resource] = one.split(":");
  const [, , , otherRegion, otherAccount, otherResource] = other.split(":");
  const isManaged = [account, otherAccount].includes("aws");
  return (
    resource === otherResource && region === otherRegion && (isManaged || account === otherAccount)
  );
}
