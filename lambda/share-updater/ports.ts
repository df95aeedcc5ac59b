/** The calls that the updater makes to AWS. Implemented by the adapters, and by a fake in tests. */

import type { AccountRegion } from "../../contract/account-region";
import type { Build } from "./build";
import type { Association, Policy } from "./decide";

/** A channel's resource share. */
export interface Share {
  readonly arn: string;
  /** RAM's status, such as ACTIVE. */
  readonly status: string;
  /** Creation time in milliseconds since 1970. */
  readonly createdAt: number;
  readonly image: string;
  readonly policy: Policy;
}

/** A share whose tags aren't a valid policy. */
export interface UnreadableShare {
  readonly arn: string;
  /** The value of its image tag; may be empty. */
  readonly image: string;
  readonly error: Error;
}

/** A grantee of a launch permission: an account ID, the ARN of an OU or organization, or `all`. */
export type Principal = string;

export interface Ram {
  /** Lists the shares of every image by their tags, without deleted ones. */
  shares(): Promise<{ readonly shares: Share[]; readonly unreadable: UnreadableShare[] }>;
  /** Lists the resources of a share, in every status. */
  associations(share: string): Promise<Association[]>;
  /** Lists the principals of a share, including those that are being added. */
  principals(share: string): Promise<Principal[]>;
  /** Starts to add builds to a share, at most 100. */
  associate(share: string, arns: readonly string[]): Promise<void>;
  /** Starts to remove builds from a share, at most 100. */
  disassociate(share: string, arns: readonly string[]): Promise<void>;
}

export interface Images {
  /** Lists the ARNs of all versions of an image, in no particular order. */
  versions(image: string): Promise<string[]>;
  /** Lists the builds of a version, in no particular order. */
  builds(version: string): Promise<Build[]>;
  /** Reads a build, even one that lists don't show yet; returns `undefined` if it is deleted. */
  build(arn: string): Promise<Build | undefined>;
}

export interface LaunchPermissions {
  /** Lists the principals that can launch an AMI; returns `undefined` if it is deregistered. */
  get(region: string, ami: string): Promise<Principal[] | undefined>;
  change(
    region: string,
    ami: string,
    add: readonly Principal[],
    remove: readonly Principal[],
  ): Promise<void>;
}

export interface Aws {
  /** The account and Region of the shared images. */
  readonly home: AccountRegion;
  readonly ram: Ram;
  readonly images: Images;
  readonly launchPermissions: LaunchPermissions;
  /** Returns the time in milliseconds since 1970. */
  readonly now: () => number;
  /** When the run must end, in milliseconds since 1970. */
  readonly deadline: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** RAM rejects a change because another change of the share is in progress. Retry it. */
export class ShareBusyError extends Error {
  override readonly name = "ShareBusyError";
}

/** RAM refuses to remove a build from a share because a consumer depends on it. */
export class UnshareRefusedError extends Error {
  override readonly name = "UnshareRefusedError";
}
