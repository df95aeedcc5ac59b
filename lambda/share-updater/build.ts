import { REVOKED_TAG } from "../../contract/tags";

/** A build (Image Builder image build version), with the fields that decisions need. */
export interface Build {
  readonly arn: string;
  /** Image Builder's status, such as AVAILABLE. */
  readonly status: string;
  /**
   * Creation time in milliseconds since 1970. Bake time counts from here, because Image Builder
   * records no time at which a build became available.
   */
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly amis: readonly Ami[];
  /** URIs of the container images that the build pushed. Their ECR repository controls pulls. */
  readonly containers: readonly string[];
}

export interface Ami {
  readonly region: string;
  readonly id: string;
}

/** Returns whether an operator revoked the build. */
export function isRevoked({ tags }: Build): boolean {
  return Object.hasOwn(tags, REVOKED_TAG);
}

/** Returns the error for a build that an operator or Image Builder changed during a run. */
export function buildChanged(arn: string): Error {
  return new Error(`the build ${arn} changed during this run; the next run checks it again`);
}
