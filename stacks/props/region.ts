/** The build environment of an account and Region. */

import { audienceConditions } from "../../config/audience";
import {
  imageBuilderRoleArn,
  partitionOf,
  repositoryArn,
  repositoryArnOfUri,
  roleArn,
  rootArn,
  SCAN_REPOSITORY,
  topicArn,
} from "../../config/aws/arns";
import { fileWithLf } from "../../config/documents/text-file";
import {
  type Account,
  buildablesOf,
  type Container,
  type Image,
  isFollowing,
  type VersionedFactory,
} from "../../config/model";
import {
  buildLogBucket,
  buildRoleName,
  componentBucket,
  containerBuildRoleName,
  DATA_KEY_ALIAS,
  executionRoleName,
  imageBuildRoleName,
  lifecycleRoleName,
  repositoryName,
  TOPIC_NAME,
} from "../../config/names";
import type { componentDocumentsOf } from "../../config/versions/digests";
import { currentVersion, type LockFile } from "../../config/versions/lock-file";
import type { AccountRegion } from "../../contract/account-region";
import { imageLogGroup } from "../../contract/build-log";
import type {
  BuildEnvironment,
  BuildEnvironmentProps,
  BuildSettings,
} from "../../modules/build-environment/build-environment";
import type { ContainerPermissions } from "../../modules/build-environment/build-role";
import type { ComponentProps } from "../../modules/image-builder/component";
import type { RepositoryProps } from "../../modules/image-builder/repository";
import { buildAccessProps, factoryBuckets, hasBuildRole } from "./build-access";
import { executionRoleProps, needsExecutionRole } from "./execution-role";
import { hintRuleArns } from "./hint-rules";

export function buildablesIn(account: Account, region: string): (Image | Container)[] {
  return buildablesOf(account).filter(({ regions }) => regions.includes(region));
}

export function containersIn({ containers }: Account, region: string): Container[] {
  return containers.filter(({ regions }) => regions.includes(region));
}

/** Returns the Regions that get copies of the images that an account builds in a Region. */
export function copyRegionsFrom({ images }: Account, region: string): string[] {
  return images
    .filter(({ regions }) => regions.includes(region))
    .flatMap(({ copyToRegions }) => copyToRegions);
}

/** Returns whether the recipe can only be created when a build of a golden parent exists. */
export function hasGoldenParent({ parent }: Image | Container): boolean {
  return parent.kind === "golden";
}

/** Repositories that the instances that build an account's containers pull from and push to. */
function containerPermissions(
  at: AccountRegion,
  containers: readonly Container[],
): ContainerPermissions {
  const parents = containers.flatMap(({ parent }) =>
    parent.kind === "registry" ? (repositoryArnOfUri(parent.uri) ?? []) : [],
  );
  const ownParents = parents.filter((arn) => arn.split(":")[4] === at.accountId);
  const pushTo = [repositoryArn(at, repositoryName("*"))];
  if (containers.some(({ scan }) => scan)) pushTo.push(repositoryArn(at, SCAN_REPOSITORY));
  return {
    accountId: at.accountId,
    pullFrom: [...new Set([...pushTo, ...ownParents])],
    pushTo,
  };
}

/** Patterns of the ARNs of the roles of an account's build instances, in every Region. */
export function buildRoleArns(at: AccountRegion): string[] {
  return [roleArn(at, buildRoleName("*"))];
}

export function buildEnvironmentProps(
  at: AccountRegion,
  factory: VersionedFactory,
  account: Account,
): BuildEnvironmentProps {
  const { region } = at;
  const { shared, protect } = factory;
  const images = buildablesIn(account, region);
  const containers = containersIn(account, region);
  return {
    dataKey: {
      alias: DATA_KEY_ALIAS,
      ...at,
      partition: partitionOf(region),
      rootArn: rootArn(at),
      imageBuilderRoleArn: imageBuilderRoleArn(at),
      // Only the updater has a queue that the topic sends messages to.
      ...(account === shared && { queueTopicArn: topicArn(at, TOPIC_NAME) }),
      ...(images.some(isFollowing) && { queueRuleArns: hintRuleArns(at) }),
    },
    topicName: TOPIC_NAME,
    emails: account.emails,
    componentBucket: componentBucket(at),
    logBucket: buildLogBucket(at),
    buildRoleArns: buildRoleArns(at),
    buildRoleName: buildRoleName(region),
    access: buildAccessProps(at, account.buildAccess),
    imageBuildRoles: images.filter(hasBuildRole).map((image) => ({
      image: image.name,
      name: imageBuildRoleName(region, image.name),
      access: buildAccessProps(at, account.buildAccess, image.buildAccess),
      containers: image.kind === "container" ? containerPermissions(at, containers) : undefined,
    })),
    factoryBuckets: factoryBuckets(at, factory),
    lifecycleRoleName: lifecycleRoleName(region),
    containers:
      containers.length === 0
        ? undefined
        : {
            buildRoleName: containerBuildRoleName(region),
            permissions: containerPermissions(at, containers),
          },
    execution: images.some(needsExecutionRole) ? executionRoleProps(at, images) : undefined,
    imageLogGroups: Object.fromEntries(images.map(({ name }) => [name, imageLogGroup(name)])),
    protect,
  };
}

/**
 * Build settings of the Region's shared stack for an image, by their names, for other stacks of the
 * account and Region.
 */
export function namedBuildSettings(
  at: AccountRegion,
  { name, buildAccess }: Image | Container,
): BuildSettings {
  const { region } = at;
  return {
    instanceProfileName: buildRoleName(region),
    containerInstanceProfileName: containerBuildRoleName(region),
    imageInstanceProfileNames: hasBuildRole({ buildAccess })
      ? { [name]: imageBuildRoleName(region, name) }
      : {},
    logBucket: buildLogBucket(at),
    topicArn: topicArn(at, TOPIC_NAME),
    lifecycleRoleArn: roleArn(at, lifecycleRoleName(region)),
    executionRoleArn: roleArn(at, executionRoleName(region)),
  };
}

export function componentProps(
  document: ReturnType<typeof componentDocumentsOf>[number],
  lockFile: LockFile,
  { componentBucket, dataKeyArn }: BuildEnvironment,
): ComponentProps {
  const { name, sha256, description, platform, supportedOsVersions } = document;
  return {
    name,
    version: currentVersion(lockFile.components, name),
    description,
    platform,
    supportedOsVersions,
    documentFile: fileWithLf(document),
    documentSha256: sha256,
    bucket: componentBucket,
    keyArn: dataKeyArn,
  };
}

/** A container of an app account has no channels, so only its own account can pull it. */
export function repositoryProps(
  { name, channels }: Container,
  { organization, protect }: VersionedFactory,
  keyArn: string,
): RepositoryProps {
  const audiences = channels.map(({ audience }) => audience);
  return {
    name: repositoryName(name),
    keyArn,
    audience: audienceConditions(audiences, organization),
    emptyOnDestroy: !protect,
  };
}
