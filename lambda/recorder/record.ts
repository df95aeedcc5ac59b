import { isBuildOf, parseBuildArn } from "../../contract/build-arn";
import { keyIdOf, renderEnvelope, signedDigest, verifyEnvelope } from "../../contract/dsse";
import {
  type Package,
  packagesKey,
  STATEMENT_PAYLOAD_TYPE,
  sha256Of,
  statementKey,
} from "../../contract/evidence";
import type { RecorderManifest, RecorderMessage } from "../../contract/recorder";
import { assertTimeLeft } from "../common/deadline";
import { HOUR_MS } from "../common/time";
import type { Aws, Build } from "./ports";
import { type RecordedAmi, renderPackages, type StoredPackages, statementOf } from "./statement";

/**
 * Milliseconds for which a statement waits for the package list.
 *
 * Assumed: Image Builder lists the packages of a build two hours after the build is AVAILABLE. AWS
 * documents no time.
 */
const PACKAGES_WAIT_MS = 2 * HOUR_MS;

/** Seconds until the recorder looks for a package list again. */
const PACKAGES_DELAY_SECONDS = 600;

/** What the recorder did about a build. */
export type Outcome =
  /** It wrote the statement. `hasPackages` is false if Image Builder listed none in time. */
  | { readonly kind: "recorded"; readonly hasPackages: boolean; readonly isComplete: boolean }
  /** There is a statement already. */
  | { readonly kind: "known" }
  /** Image Builder doesn't list the packages yet. The recorder looks again later. */
  | { readonly kind: "waiting"; readonly until: number }
  /** The build can't be recorded, now or ever. */
  | { readonly kind: "ignored"; readonly reason: string };

/**
 * Records a build: its package list, and a signed statement. A build that is recorded already costs
 * two calls and changes nothing, so messages can be lost, late, doubled or forged.
 *
 * Other work on a new build, such as watermarks of its AMIs, belongs here as a separate step.
 */
export async function recordBuild(
  aws: Aws,
  manifest: RecorderManifest,
  message: RecorderMessage,
): Promise<Outcome> {
  const arn = message.build;
  const image = parseBuildArn(arn)?.image;
  if (image === undefined || !isBuildOf(image, aws.home, arn))
    return ignored("the message names no build of this account and Region");
  if (!Object.hasOwn(manifest.images, image))
    return ignored(`the image '${image}' isn't in the manifest`);
  const build = await aws.imageBuilder.build(arn);
  if (!build) return ignored("the build doesn't exist");
  if (build.status !== "AVAILABLE") return ignored(`the build is ${build.status}`);
  return recordEvidence(aws, manifest, build, message);
}

function ignored(reason: string): Outcome {
  return { kind: "ignored", reason };
}

async function recordEvidence(
  aws: Aws,
  manifest: RecorderManifest,
  build: Build,
  { waitingSince = aws.now() }: RecorderMessage,
): Promise<Outcome> {
  const key = statementKey(build.arn);
  if (await aws.evidence.exists(key)) return { kind: "known" };
  const packages = build.hasPackageList ? await aws.imageBuilder.packages(build.arn) : [];
  const until = waitingSince + PACKAGES_WAIT_MS;
  if (build.hasPackageList && packages.length === 0 && aws.now() < until) {
    await aws.send({ build: build.arn, waitingSince }, PACKAGES_DELAY_SECONDS);
    return { kind: "waiting", until };
  }
  const stored = await storePackages(aws, build.arn, packages);
  const amis = await readAmis(aws, build);
  const facts = { home: aws.home, build, amis, packages: stored, manifest };
  const envelope = await signStatement(aws, JSON.stringify(statementOf(facts)));
  const isNew = await aws.evidence.write(key, `${JSON.stringify(envelope, null, 1)}\n`);
  // Another run has written one in the meantime.
  if (!isNew) return { kind: "known" };
  const hasPackages = stored !== undefined;
  return { kind: "recorded", hasPackages, isComplete: hasPackages || !build.hasPackageList };
}

/** Stores a package list. A run that failed before it wrote the statement may have stored it. */
async function storePackages(
  { evidence }: Aws,
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
    recorded.push({ ...ami, snapshots: (await aws.ec2.snapshots(ami)) ?? [] });
  }
  return recorded;
}

/** Signs a statement. Throws an `EnvelopeError` if its own public key doesn't verify the result. */
async function signStatement({ signer }: Aws, statement: string) {
  const payload = Buffer.from(statement);
  const publicKey = await signer.publicKey();
  const keyid = keyIdOf(publicKey);
  const signature = await signer.sign(signedDigest(STATEMENT_PAYLOAD_TYPE, payload));
  const envelope = renderEnvelope(STATEMENT_PAYLOAD_TYPE, payload, { keyid, signature });
  // A stored statement is never replaced, so it must have a valid signature.
  verifyEnvelope(envelope, STATEMENT_PAYLOAD_TYPE, new Map([[keyid, publicKey]]));
  return envelope;
}
