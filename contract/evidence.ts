/** The evidence about a build: its package list, and a signed statement of where it comes from. */

import { createHash } from "node:crypto";
import { type ArnLocation, parseBuildArn } from "./build-arn";
import type { Package } from "./packages";

export const STATEMENT_PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** https://slsa.dev/spec/v1.0/provenance */
export const PROVENANCE_TYPE = "https://slsa.dev/provenance/v1";

/** Describes what the parameters of the provenance mean: `docs/reference/evidence.md`. */
export const BUILD_TYPE = "urn:golden-image-factory:image-builder:v1";

/** https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md */
export interface ResourceDescriptor {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly mediaType?: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** Keys of digests. AMIs and builds have no hash. Assumed: AWS gives none of their IDs twice. */
export const BUILD_DIGEST = "imageBuilderArn";
export const AMI_DIGEST = "amiId";

/** A statement about a build. The recorder signs it. */
export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  /** The build, its AMIs in all Regions, and its container images. */
  readonly subject: readonly ResourceDescriptor[];
  readonly predicateType: typeof PROVENANCE_TYPE;
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: typeof BUILD_TYPE;
      readonly externalParameters: { readonly image: string; readonly recipe: string };
      readonly internalParameters: Readonly<Record<string, string>>;
      readonly resolvedDependencies: readonly ResourceDescriptor[];
    };
    readonly runDetails: {
      readonly builder: { readonly id: string };
      readonly metadata: { readonly invocationId: string; readonly startedOn?: string };
      readonly byproducts: readonly ResourceDescriptor[];
    };
  };
}

/** The object that lists the packages of a build. */
export interface PackageList {
  /** ARN. */
  readonly build: string;
  /** In the order of their names and versions. */
  readonly packages: readonly Package[];
}

/** The builder in statements: the Image Builder of an account and Region. */
export function builderId({ partition, region, accountId }: ArnLocation): string {
  return `urn:golden-image-factory:builder:${partition}:${region}:${accountId}`;
}

/** Returns the folder of a build in the evidence bucket of its Region, such as `base/1.0.3/2`. */
function evidenceFolder(arn: string): string {
  const build = parseBuildArn(arn);
  if (!build) throw new Error(`must be the ARN of a build, got: ${arn}`);
  return `${build.image}/${build.version.slice(0, 3).join(".")}/${build.version.at(-1)}`;
}

/** Returns the key of the signed statement about a build. Throws an `Error` for any other ARN. */
export function statementKey(arn: string): string {
  return `${evidenceFolder(arn)}/provenance.dsse.json`;
}

/** Returns the key of the package list of a build, by the SHA-256 of the list's text. */
export function packagesKey(arn: string, sha256: string): string {
  return `${evidenceFolder(arn)}/packages-${sha256}.json`;
}

export function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
