/**
 * The calls that the recorder makes to AWS. Implemented by the adapters, and by a fake in tests.
 */

import type { ArnLocation } from "../../contract/build-arn";
import type { Package } from "../../contract/packages";
import type { RecorderMessage } from "../../contract/recorder";
import type { RunTime } from "../common/deadline";
import type { FailedStep } from "./notes/failure-note";
import type { NotedFinding } from "./notes/release-notes";

export interface Ami {
  readonly region: string;
  readonly id: string;
}

/** A build, as Image Builder describes it. ARNs and names that it lacks are `undefined`. */
export interface Build {
  readonly arn: string;
  /** Image Builder's status, such as AVAILABLE. */
  readonly status: string;
  /** Image Builder's reason of the status. Empty if it gives none. */
  readonly reason: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Creation time in ISO 8601. */
  readonly createdAt: string | undefined;
  /** ARN of the image recipe or container recipe. */
  readonly recipe: string | undefined;
  /** The parent that Image Builder resolved: an ARN of a build, an AMI ID or a container image. */
  readonly parent: string | undefined;
  /** ARNs, in the order of the recipe. */
  readonly components: readonly string[];
  /** ARN of the pipeline that started the build. */
  readonly pipeline: string | undefined;
  /** ARN of the infrastructure configuration. */
  readonly infrastructure: string | undefined;
  /** ARN of the distribution configuration. */
  readonly distribution: string | undefined;
  readonly amis: readonly Ami[];
  /** URIs of the container images that the build pushed. */
  readonly containers: readonly string[];
  /** Whether Image Builder collects the packages of the build. */
  readonly hasPackageList: boolean;
}

export interface ImageBuilder {
  /** Reads a build; returns `undefined` if it doesn't exist. */
  build(arn: string): Promise<Build | undefined>;
  /** Lists the packages of a build. Empty until Image Builder has collected them. */
  packages(arn: string): Promise<Package[]>;
}

export interface AmiDescription {
  /** IDs. */
  readonly snapshots: readonly string[];
  /** Keys of its watermarks, including inherited ones: `ACCOUNT:NAME`. */
  readonly watermarks: readonly string[];
  /** Whether Amazon Inspector has scanned it. */
  readonly isScanned: boolean;
}

export interface Ec2 {
  /** Describes an AMI; returns `undefined` if it is deregistered. */
  describe(ami: Ami): Promise<AmiDescription | undefined>;
  /** Lists what Amazon Inspector found in an AMI. */
  findings(ami: Ami): Promise<NotedFinding[]>;
  /** Attaches a watermark of the account by its name. */
  attachWatermark(ami: Ami, name: string): Promise<void>;
  detachWatermark(ami: Ami, key: string): Promise<void>;
}

export interface SharedBuild {
  /** RAM's status, such as ASSOCIATED. */
  readonly status: string;
  /** When it was added, in milliseconds since 1970. */
  readonly addedAt: number;
}

/** Returns whether a share contains a build, or RAM is adding it. */
export function isInShare({ status }: SharedBuild): boolean {
  return status === "ASSOCIATED" || status === "ASSOCIATING";
}

export interface Ram {
  /** Lists the builds in a share, in every status, by ARN. RAM lists removed ones for a while. */
  builds(share: string): Promise<ReadonlyMap<string, SharedBuild>>;
  /** Returns a build in a share; `undefined` if the share doesn't contain it. */
  sharedBuild(share: string, build: string): Promise<SharedBuild | undefined>;
}

export interface Logs {
  /** Returns the last lines of a log stream; `undefined` if it doesn't exist. */
  lastLines(group: string, stream: string): Promise<string[] | undefined>;
}

/** The topic for release notes, and the objects that record which were sent. */
export interface Notes {
  readonly ram: Ram;
  readonly logs: Logs;
  /** Returns the step in which a build failed; `undefined` if Image Builder names none. */
  failedStep(arn: string): Promise<FailedStep | undefined>;
  /** Records a message under a key. Returns whether it did: an earlier record stays as it is. */
  claim(key: string, text: string): Promise<boolean>;
  publish(subject: string, text: string): Promise<void>;
}

export interface Signer {
  /** Returns the public key in DER (SubjectPublicKeyInfo). */
  publicKey(): Promise<Uint8Array>;
  /** Signs a SHA-256. Returns an ECDSA signature in DER. */
  sign(digest: Uint8Array): Promise<Uint8Array>;
}

export interface Containers {
  /**
   * Returns the SHA-256 of the image that a URI names; `undefined` if Amazon ECR has no such image.
   */
  digest(uri: string): Promise<string | undefined>;
}

/** The bucket for evidence. No object of it is ever overwritten. */
export interface Evidence {
  readonly signer: Signer;
  readonly containers: Containers;
  exists(key: string): Promise<boolean>;
  /** Writes an object. Returns whether it did: an existing object stays as it is. */
  write(key: string, text: string): Promise<boolean>;
}

export interface Aws extends RunTime {
  readonly home: ArnLocation;
  readonly imageBuilder: ImageBuilder;
  readonly ec2: Ec2;
  /** @default - the factory stores no evidence */
  readonly evidence?: Evidence | undefined;
  /** @default - the factory sends no release notes */
  readonly notes?: Notes | undefined;
  /** Whether the AMIs of builds get watermarks. */
  readonly marksAmis: boolean;
  /** Sends a message to the recorder's own queue, which delivers it after the delay. */
  readonly send: (message: RecorderMessage, delaySeconds: number) => Promise<void>;
}
