/** The calls that the updater makes to AWS. Implemented by the adapters, and by a fake in tests. */

import type { ArnLocation } from "../../contract/build-arn";
import type { UpdaterInvocation } from "../../contract/invocation";
import type { Principal } from "../../contract/manifest";
import type { RecorderMessage } from "../../contract/recorder";
import type { RunTime } from "../common/deadline";
import type { Ami, Build } from "./build";
import type { Finding, Scan } from "./findings";

export interface Share {
  readonly arn: string;
  /** RAM's status, such as ACTIVE. */
  readonly status: string;
  /** Creation time in milliseconds since 1970. */
  readonly createdAt: number;
}

/** A resource in a share, as RAM lists it. */
export interface Association {
  readonly arn: string;
  /** RAM's status, such as ASSOCIATED. */
  readonly status: string;
  /** Time of the association in milliseconds since 1970. @default - RAM names none */
  readonly createdAt?: number | undefined;
}

export interface Ram {
  /** Reads shares. The result lacks those that don't exist. */
  shares(arns: readonly string[]): Promise<Share[]>;
  /** Lists the resources of existing shares, in every status, by the share's ARN. */
  associations(shares: readonly string[]): Promise<ReadonlyMap<string, readonly Association[]>>;
  /** Lists the principals of existing shares, including those that are being added. */
  principals(shares: readonly string[]): Promise<ReadonlyMap<string, readonly Principal[]>>;
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
  /** Returns the parent of a build as its recipe names it; `undefined` if the build is deleted. */
  parent(arn: string): Promise<string | undefined>;
  /** Marks a build as revoked, because the build `ancestor` is, which it is based on. */
  markRevoked(arn: string, ancestor: string): Promise<void>;
  /** Records on a build that a channel shares it, and since when, in milliseconds since 1970. */
  markShared(arn: string, channel: string, since: number): Promise<void>;
}

export interface TaggedAmi extends Ami {
  readonly tags: Readonly<Record<string, string>>;
}

export interface Amis {
  /** Lists the names of the images whose AMIs have the factory's tag, in the home Region. */
  images(): Promise<string[]>;
  /** Lists the AMIs of a Region that have the tag of an image, without disabled ones. */
  ofImage(region: string, image: string): Promise<TaggedAmi[]>;
  /**
   * Lists the accounts, OUs and organizations that can launch an AMI, and `all` if it is public;
   * returns `undefined` if the AMI is deregistered.
   */
  launchPermission(ami: Ami): Promise<Principal[] | undefined>;
  changeLaunchPermission(
    ami: Ami,
    add: readonly Principal[],
    remove: readonly Principal[],
  ): Promise<void>;
  /** Reads the scans of AMIs of the home Region by ID, without those of deregistered AMIs. */
  scans(ids: readonly string[]): Promise<ReadonlyMap<string, Scan>>;
  /** Lists what Amazon Inspector found in an AMI. */
  findings(ami: Ami): Promise<Finding[]>;
  /** Sets the tag that records orphaned launch permissions, or deletes it. */
  setOrphanedTag(ami: Ami, value: string | undefined): Promise<void>;
}

export interface Aws extends RunTime {
  readonly home: ArnLocation;
  readonly ram: Ram;
  readonly images: Images;
  readonly amis: Amis;
  /** Sends messages to the updater's own queue, which delivers them after the delay. */
  readonly send: (messages: readonly UpdaterInvocation[], delaySeconds?: number) => Promise<void>;
  /** Sends messages to the recorder. @default - the factory has no recorder */
  readonly record?: ((messages: readonly RecorderMessage[]) => Promise<void>) | undefined;
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
