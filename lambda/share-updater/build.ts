import { REVOKED_TAG } from "../../contract/tags";

/** An image build version, as far as the decision needs to know it. */
export interface Build {
  readonly arn: string;
  /** Image Builder's status, such as AVAILABLE. */
  readonly status: string;
  /** When it was made, in milliseconds. There is no other time. */
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly amis: readonly Ami[];
  /** URIs of what a container image's build pushed. Who may pull is its repository's matter. */
  readonly containers: readonly string[];
}

export interface Ami {
  readonly region: string;
  readonly id: string;
}

export function isRevoked({ tags }: Build): boolean {
  return Object.hasOwn(tags, REVOKED_TAG);
}
