import { parseBuildArn } from "../../contract/build-arn";
import { revocationOf } from "../../contract/revocation";
import type { Finding, Scan } from "./findings";

/** A build (Image Builder image build version), with the fields that decisions need. */
export interface Build {
  readonly arn: string;
  /** Image Builder's status, such as AVAILABLE. */
  readonly status: string;
  /**
   * Creation time in milliseconds since 1970, or NaN. Bake time counts from here, because Image
   * Builder records no time at which a build became available.
   */
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly amis: readonly Ami[];
  /** URIs of the container images that the build pushed. Their ECR repository controls pulls. */
  readonly containers: readonly string[];
  /** Scan of the AMI in the build's Region. @default - it wasn't read, or couldn't be */
  readonly scan?: Scan | undefined;
  /** Findings in the same AMI. @default - they don't matter, or couldn't be read */
  readonly findings?: readonly Finding[] | undefined;
}

export interface Ami {
  readonly region: string;
  readonly id: string;
}

/** Returns the AMI in a build's own Region, which recipes use. */
export function amiAtHome({ arn, amis }: Pick<Build, "arn" | "amis">): Ami | undefined {
  const home = parseBuildArn(arn)?.region;
  return amis.find(({ region }) => region === home);
}

/** Returns whether an operator revoked the build, or a build that it is based on. */
export function isRevoked({ tags }: Build, now: number): boolean {
  return revocationOf(tags, now) !== undefined;
}

/**
 * Returns whether consumers can use what a build produced. Recipes use the AMI of the build's own
 * Region, so copies alone are of no use.
 */
export function hasOutput(build: Build): boolean {
  return build.containers.length > 0 || amiAtHome(build) !== undefined;
}

/** Returns whether a build can be used at all, whatever the channel. */
export function isUsable(build: Build, now: number): boolean {
  return build.status === "AVAILABLE" && !isRevoked(build, now) && hasOutput(build);
}

/** A build changed during a run. The next run decides again. */
export class BuildChangedError extends Error {
  override readonly name = "BuildChangedError";

  constructor(arn: string) {
    super(`the build ${arn} changed during this run; the next run checks it again`);
  }
}
