/** The recorder, and the evidence that it stores. */

import { audienceConditions } from "../../config/audience";
import { partitionOf, roleArn, rootArn } from "../../config/aws/arns";
import type { Container, Image, VersionedFactory } from "../../config/model";
import {
  buildRoleName,
  evidenceBucket,
  RECORDER_LOG_GROUP,
  RECORDER_NAME,
  recorderRoleName,
  SHARED_ACCOUNT,
  SIGNING_KEY_ALIAS,
} from "../../config/names";
import { componentDocumentsOf } from "../../config/versions/digests";
import { currentVersion, type Entries } from "../../config/versions/lock-file";
import type { AccountRegion } from "../../contract/account-region";
import {
  type LockedVersion,
  RECORDER_MANIFEST_VERSION,
  type RecorderManifest,
} from "../../contract/recorder";
import type { EvidenceProps } from "../../modules/recording/evidence";
import type { RecorderProps } from "../../modules/recording/recorder";
import { imageArns } from "./sharing";

/** Returns whether the shared account has a recorder in its Regions. */
export function hasRecorder({ evidence }: Pick<VersionedFactory, "evidence">): boolean {
  return evidence;
}

/** Returns locked versions by name, sorted, so that the order in factory.yaml changes nothing. */
function lockedVersions(
  entries: Entries,
  names: readonly string[],
  keyOf: (name: string) => string,
): Record<string, LockedVersion> {
  const locked = (name: string): LockedVersion => {
    const key = keyOf(name);
    return { version: currentVersion(entries, key), digests: entries[key]?.digests ?? {} };
  };
  return Object.fromEntries(names.toSorted().map((name) => [name, locked(name)]));
}

function manifestOf(
  images: readonly (Image | Container)[],
  { lockFile }: VersionedFactory,
): RecorderManifest {
  const names = images.map(({ name }) => name);
  const components = componentDocumentsOf(images).map(({ name }) => name);
  return {
    version: RECORDER_MANIFEST_VERSION,
    images: lockedVersions(lockFile.recipes, names, (name) => `${SHARED_ACCOUNT}/${name}`),
    components: lockedVersions(lockFile.components, components, (name) => name),
  };
}

function evidenceProps(
  at: AccountRegion,
  images: readonly (Image | Container)[],
  { organization, protect }: VersionedFactory,
): EvidenceProps {
  const audiences = images.flatMap(({ channels }) => channels.map(({ audience }) => audience));
  return {
    bucketName: evidenceBucket(at),
    keyAlias: SIGNING_KEY_ALIAS,
    rootArn: rootArn(at),
    recorderArn: roleArn(at, recorderRoleName(at.region)),
    audience: audienceConditions(audiences, organization),
    organizationId: organization.id,
    buildRoleArns: [roleArn({ ...at, accountId: "*" }, buildRoleName("*"))],
    protect,
  };
}

/**
 * Returns the props of the recorder, except those that depend on other resources of its stack;
 * `undefined` if the factory needs none.
 */
export function recorderProps(
  at: AccountRegion,
  images: readonly (Image | Container)[],
  factory: VersionedFactory,
): Omit<RecorderProps, "codeDirectory" | "topicArn" | "dataKeyArn" | "bucket"> | undefined {
  if (!hasRecorder(factory) || images.length === 0) return undefined;
  return {
    name: RECORDER_NAME,
    roleName: recorderRoleName(at.region),
    logGroup: RECORDER_LOG_GROUP,
    home: { ...at, partition: partitionOf(at.region) },
    manifest: manifestOf(images, factory),
    imageArns: imageArns(at, images),
    evidence: evidenceProps(at, images, factory),
  };
}
