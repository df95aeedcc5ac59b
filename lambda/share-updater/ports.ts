/** What the updater asks of AWS; the adapters answer, and in tests a fake does. */

import type { AccountRegion } from "../../contract/account-region";
import type { Build } from "./build";
import type { Association, Policy } from "./decide";

/** A channel's resource share. */
export interface Share {
  readonly arn: string;
  /** RAM's, such as ACTIVE. */
  readonly status: string;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  readonly image: string;
  readonly policy: Policy;
}

/** A share whose tags aren't a policy. */
export interface UnreadableShare {
  readonly arn: string;
  readonly image: string;
  readonly error: Error;
}

/** Who may launch an AMI: an account's id, the ARN of a unit or the organization, or `all`. */
export type Principal = string;

export interface Ram {
  /** The shares of every image, found by their tags; none that is deleted. */
  shares(): Promise<{ readonly shares: Share[]; readonly unreadable: UnreadableShare[] }>;
  /** What is in a share, in whatever status. */
  associations(share: string): Promise<Association[]>;
  /** Who a share is for, or is about to be. */
  principals(share: string): Promise<Principal[]>;
  /** Begins to put builds into a share, at most 100. */
  associate(share: string, arns: readonly string[]): Promise<void>;
  /** Begins to take builds out of a share, at most 100. */
  disassociate(share: string, arns: readonly string[]): Promise<void>;
}

export interface Images {
  /** The ARNs of all versions of an image, in no order. */
  versions(image: string): Promise<string[]>;
  /** The builds of a version, in no order. */
  builds(version: string): Promise<Build[]>;
  /** One build, or `undefined` when it is gone. Knows builds that lists don't show yet. */
  build(arn: string): Promise<Build | undefined>;
}

export interface LaunchPermissions {
  /** `undefined` when the AMI is gone. */
  get(region: string, ami: string): Promise<Principal[] | undefined>;
  change(
    region: string,
    ami: string,
    add: readonly Principal[],
    remove: readonly Principal[],
  ): Promise<void>;
}

export interface Aws {
  /** Where the images are that are shared. */
  readonly home: AccountRegion;
  readonly ram: Ram;
  readonly images: Images;
  readonly launchPermissions: LaunchPermissions;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** When the run has to be over, in milliseconds since 1970. */
  readonly deadline: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** RAM was busy with another change of the share: to be tried again. */
export class ShareBusyError extends Error {
  override readonly name = "ShareBusyError";
}

/** RAM refused to take a build out of a share because a consumer depends on it. */
export class UnshareRefusedError extends Error {
  override readonly name = "UnshareRefusedError";
}
