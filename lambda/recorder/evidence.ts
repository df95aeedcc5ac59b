import { keyIdOf, renderEnvelope, signedDigest, verifyEnvelope } from "../../contract/dsse";
import {
  packagesKey,
  STATEMENT_PAYLOAD_TYPE,
  sha256Of,
  statementKey,
} from "../../contract/evidence";
import type { Package } from "../../contract/packages";
import { assertTimeLeft } from "../common/deadline";
import type { Aws, Build, Evidence } from "./ports";
import {
  type RecordedAmi,
  type RecordedContainer,
  renderPackages,
  type StoredPackages,
  statementOf,
} from "./statement";
import type { Waiting, Work } from "./work";

/** Outcome of recording the evidence of a build. */
export type EvidenceOutcome =
  /**
   * It wrote the statement. `hasPackages` is false if Image Builder listed none in time, and
   * `hasDigests` if Amazon ECR didn't describe each container image in time. `isComplete` is false
   * if the statement lacks digests, or packages that Image Builder collects.
   */
  | {
      readonly kind: "recorded";
      readonly hasPackages: boolean;
      readonly hasDigests: boolean;
      readonly isComplete: boolean;
    }
  /** There is a statement already. */
  | { readonly kind: "known" }
  /** Image Builder doesn't list the packages yet, or Amazon EC2 or Amazon ECR an image. */
  | Waiting;

/**
 * Stores the package list of a build, and a signed statement. A build that is recorded already
 * costs one call and changes nothing, so messages can be lost, late, doubled or forged.
 */
export async function recordEvidence(
  aws: Aws,
  evidence: Evidence,
  { manifest, build, until, mayGetAmis, packages: list }: Work,
): Promise<EvidenceOutcome> {
  const key = statementKey(build.arn);
  if (await evidence.exists(key)) return { kind: "known" };
  const packages = await list();
  if (!packages) return { kind: "waiting", until };
  const containers = await readContainers(aws, evidence, build);
  const hasDigests = containers.every(({ sha256 }) => sha256 !== undefined);
  if (!hasDigests && aws.now() < until) return { kind: "waiting", until };
  const amis = await readAmis(aws, build);
  if (mayGetAmis && amis.some(({ snapshots }) => snapshots.length === 0))
    return { kind: "waiting", until };
  const stored = await storePackages(evidence, build.arn, packages);
  const facts = { home: aws.home, build, amis, containers, packages: stored, manifest };
  const envelope = await signStatement(evidence, JSON.stringify(statementOf(facts)));
  const isNew = await evidence.write(key, `${JSON.stringify(envelope, null, 1)}\n`);
  // Another run has written one in the meantime.
  if (!isNew) return { kind: "known" };
  const hasPackages = stored !== undefined;
  const isComplete = hasDigests && (hasPackages || !build.hasPackageList);
  return { kind: "recorded", hasPackages, hasDigests, isComplete };
}

/** Stores a package list. A run that failed before it wrote the statement may have stored it. */
async function storePackages(
  evidence: Evidence,
  build: string,
  packages: readonly Package[],
): Promise<StoredPackages | undefined> {
  if (packages.length === 0) return undefined;
  const text = renderPackages(build, packages);
  const key = packagesKey(build, sha256Of(text));
  await evidence.write(key, text);
  return { key, text };
}

/** Reads the snapshots of AMIs. A deregistered AMI has none, but the build still names it. */
async function readAmis(aws: Aws, { amis }: Build): Promise<RecordedAmi[]> {
  const recorded: RecordedAmi[] = [];
  for (const ami of amis) {
    assertTimeLeft(aws);
    recorded.push({ ...ami, snapshots: (await aws.ec2.describe(ami))?.snapshots ?? [] });
  }
  return recorded;
}

/**
 * Reads the digests of container images. A deleted image has none, but the build still names it.
 */
async function readContainers(
  aws: Aws,
  evidence: Evidence,
  { containers }: Build,
): Promise<RecordedContainer[]> {
  const recorded: RecordedContainer[] = [];
  for (const uri of containers) {
    assertTimeLeft(aws);
    recorded.push({ uri, sha256: await evidence.containers.digest(uri) });
  }
  return recorded;
}

/** Signs a statement. Throws an `EnvelopeError` if its own public key doesn't verify the result. */
async function signStatement({ signer }: Evidence, statement: string) {
  const payload = Buffer.from(statement);
  const publicKey = await signer.publicKey();
  const keyid = keyIdOf(publicKey);
  const signature = await signer.sign(signedDigest(STATEMENT_PAYLOAD_TYPE, payload));
  const envelope = renderEnvelope(STATEMENT_PAYLOAD_TYPE, payload, { keyid, signature });
  // A stored statement is never replaced, so it must have a valid signature.
  verifyEnvelope(envelope, STATEMENT_PAYLOAD_TYPE, new Map([[keyid, publicKey]]));
  return envelope;
}
