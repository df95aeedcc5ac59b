/** The calls that the recorder makes to AWS. Implemented by the adapters, and by a fake in tests. */

import type { Home } from "../../contract/build-arn";
import type { Package } from "../../contract/evidence";
import type { RecorderMessage } from "../../contract/recorder";
import type { RunTime } from "../common/deadline";

export interface Ami {
  readonly region: string;
  readonly id: string;
}

/** A build, as Image Builder describes it. ARNs and names that it lacks are `undefined`. */
export interface Build {
  readonly arn: string;
  /** Image Builder's status, such as AVAILABLE. */
  readonly status: string;
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

export interface Ec2 {
  /** Returns the IDs of an AMI's snapshots; `undefined` if the AMI is deregistered. */
  snapshots(ami: Ami): Promise<string[] | undefined>;
}

export interface Signer {
  /** Returns the public key in DER (SubjectPublicKeyInfo). */
  publicKey(): Promise<Uint8Array>;
  /** Signs a SHA-256. Returns an ECDSA signature in DER. */
  sign(digest: Uint8Array): Promise<Uint8Array>;
}

/** The bucket for evidence. No object of it is ever overwritten. */
export interface Evidence {
  exists(key: string): Promise<boolean>;
  /** Writes an object. Returns whether it did: an existing object stays as it is. */
  write(key: string, text: string): Promise<boolean>;
}

export interface Aws extends RunTime {
  readonly home: Home;
  readonly imageBuilder: ImageBuilder;
  readonly ec2: Ec2;
  readonly signer: Signer;
  readonly evidence: Evidence;
  /** Sends a message to the recorder's own queue, which delivers it after the delay. */
  readonly send: (message: RecorderMessage, delaySeconds: number) => Promise<void>;
}
