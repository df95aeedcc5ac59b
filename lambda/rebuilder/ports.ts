/**
 * The calls that the rebuilder makes to AWS. Implemented by the adapter, and by a fake in tests.
 */

import type { ArnLocation } from "../../contract/build-arn";
import type { RunTime } from "../common/deadline";
import type { Build } from "./build";

export interface Pipeline {
  readonly isEnabled: boolean;
  /** ARN of the image recipe or container recipe that its next build uses. */
  readonly recipe: string;
  /** When the pipeline was created or changed last, in milliseconds since 1970, or NaN. */
  readonly changedAt: number;
}

export interface ParentBuild {
  readonly arn: string;
  /** Creation time in milliseconds since 1970, or NaN. */
  readonly createdAt: number;
  /**
   * Why it is revoked. Only builds of the function's own account can be: what other accounts share
   * isn't.
   * @default - it isn't revoked
   */
  readonly revocation?: string | undefined;
}

export interface ImageBuilder {
  /** Reads a pipeline; returns `undefined` if it doesn't exist. */
  pipeline(arn: string): Promise<Pipeline | undefined>;
  /** Reads the parent in a recipe, which may be an ARN with a wildcard. */
  recipeParent(recipe: string): Promise<string>;
  /** Reads the newest build of a range such as `…:image/base/1.x.x` that the account can see. */
  newestVisible(range: string): Promise<ParentBuild | undefined>;
  /** Lists the builds of a pipeline, in no particular order. Their parent is that of the tag. */
  builds(pipeline: string): Promise<Build[]>;
  /** Reads a build, even one that lists don't show yet; returns `undefined` if it doesn't exist. */
  build(arn: string): Promise<Build | undefined>;
  /**
   * Starts a pipeline for a build of its parent, and returns the ARN of the new build. A second
   * call with the same token starts nothing, and returns the same ARN.
   *
   * Throws a {@link StartRejectedError} if it certainly starts no build.
   */
  start(pipeline: string, token: string, parent: string): Promise<string>;
}

export interface Aws extends RunTime {
  readonly home: ArnLocation;
  readonly imageBuilder: ImageBuilder;
}

/** Image Builder rejects the start of a pipeline. */
export class StartRejectedError extends Error {
  override readonly name = "StartRejectedError";
}
