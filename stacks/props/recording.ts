/**
 * The recorder: the evidence that it stores, the release notes that it sends, the AMIs that it
 * marks.
 */

import { audienceConditions } from "../../config/audience";
import {
  anyAmiArn,
  imageBuildsArn,
  logStreamArn,
  partitionOf,
  repositoryArn,
  roleArn,
  rootArn,
  workflowExecutionArn,
} from "../../config/aws/arns";
import type { Container, Image, VersionedFactory } from "../../config/model";
import {
  buildRoleName,
  evidenceBucket,
  NOTES_TOPIC_NAME,
  RECORDER_LOG_GROUP,
  RECORDER_NAME,
  recorderRoleName,
  repositoryName,
  SHARED_ACCOUNT,
  SIGNING_KEY_ALIAS,
} from "../../config/names";
import { componentDocumentsOf } from "../../config/versions/digests";
import { currentVersion, type Entries } from "../../config/versions/lock-file";
import type { AccountRegion } from "../../contract/account-region";
import { imageLogGroup } from "../../contract/build-log";
import {
  type LockedVersion,
  RECORDER_MANIFEST_VERSION,
  type RecorderManifest,
} from "../../contract/recorder";
import type { EvidenceProps } from "../../modules/recording/evidence";
import type { RecorderProps } from "../../modules/recording/recorder";
import { arnsOrPattern, channelShares, imageArns, type ShareArns } from "./sharing";

/** Returns whether the shared account has a recorder in its Regions. */
export function hasRecorder({
  evidence,
  notes,
  watermarks,
}: Pick<VersionedFactory, "evidence" | "notes" | "watermarks">): boolean {
  return evidence || notes !== undefined || watermarks;
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
  { lockFile, notes }: VersionedFactory,
  shares: ShareArns,
): RecorderManifest {
  const names = images.map(({ name }) => name);
  const recipes = lockedVersions(lockFile.recipes, names, (name) => `${SHARED_ACCOUNT}/${name}`);
  const channels = new Map(images.map((image) => [image.name, channelShares(image, shares)]));
  const components = componentDocumentsOf(images).map(({ name }) => name);
  return {
    version: RECORDER_MANIFEST_VERSION,
    images: notes
      ? Object.fromEntries(
          Object.entries(recipes).map(([name, recipe]) => [
            name,
            { ...recipe, channels: channels.get(name) },
          ]),
        )
      : recipes,
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

function repositoryArns(
  at: AccountRegion,
  images: readonly (Image | Container)[],
  others: readonly string[],
): string[] {
  const containers = images.filter(({ kind }) => kind === "container");
  const arns = containers.map(({ name }) => repositoryArn(at, repositoryName(name)));
  return arnsOrPattern(arns, repositoryArn(at, repositoryName("*")), others);
}

/**
 * Returns the props of the recorder, except those that depend on other resources of its stack;
 * `undefined` if the factory needs none.
 */
export function recorderProps(
  at: AccountRegion,
  images: readonly (Image | Container)[],
  factory: VersionedFactory,
  shares: ShareArns,
): Omit<RecorderProps, "codeDirectory" | "topicArn" | "dataKeyArn" | "bucket"> | undefined {
  if (!hasRecorder(factory) || images.length === 0) return undefined;
  const { evidence, notes, watermarks } = factory;
  const builds = imageArns(at, images);
  return {
    name: RECORDER_NAME,
    roleName: recorderRoleName(at.region),
    logGroup: RECORDER_LOG_GROUP,
    home: { ...at, partition: partitionOf(at.region) },
    manifest: manifestOf(images, factory, shares),
    imageArns: builds,
    evidence: evidence ? evidenceProps(at, images, factory) : undefined,
    repositoryArns: evidence ? repositoryArns(at, images, builds) : [],
    notes: notes && {
      name: NOTES_TOPIC_NAME,
      emails: notes.emails,
      workflowExecutionArns: workflowExecutionArn(at, "*"),
      logStreamArns: logStreamArn(at, imageLogGroup("*")),
    },
    marks: watermarks
      ? { amiArns: anyAmiArn(at, "*"), buildArns: imageBuildsArn(at, "*") }
      : undefined,
  };
}
