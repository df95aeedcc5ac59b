/** What the configuration says of an account's Region, as the modules take it. */

import { type Audience, audienceConditions } from "../../config/audience";
import {
  autoScalingRoleArn,
  imageBuilderRoleArn,
  imageLogGroup,
  partitionOf,
  permissionSetRoleArn,
  repositoryArn,
  repositoryArnOfUri,
  roleArn,
  rootArn,
  SCAN_REPOSITORY,
} from "../../config/aws/arns";
import {
  type Account,
  buildablesOf,
  type Container,
  type Image,
  type VersionedFactory,
} from "../../config/model";
import {
  buildLogBucket,
  buildRoleName,
  componentBucket,
  containerBuildRoleName,
  DATA_KEY_ALIAS,
  executionRoleName,
  IMAGE_KEY_ALIAS,
  lifecycleRoleName,
  repositoryName,
  TOPIC_NAME,
} from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import type { BuildEnvironmentProps } from "../../modules/build-environment/build-environment";
import type { ContainerPermissions } from "../../modules/build-environment/build-role";
import type { RepositoryProps } from "../../modules/image-builder/repository";
import type { ImageKeyProps } from "../../modules/keys/image-key";
import { executionProps, needsExecutionRole } from "./execution-role";

/** What an account bakes in a Region. */
export function buildablesIn(account: Account, region: string): (Image | Container)[] {
  return buildablesOf(account).filter(({ regions }) => regions.includes(region));
}

/** Those whose recipe can only be made when a build of their golden parent is there. */
export function hasGoldenParent({ parent }: Image | Container): boolean {
  return parent.kind === "golden";
}

/** Where copies go of what an account bakes in a Region. */
export function copyRegionsFrom({ images }: Account, region: string): string[] {
  return images
    .filter(({ regions }) => regions.includes(region))
    .flatMap(({ copyToRegions }) => copyToRegions);
}

export function containersIn({ containers }: Account, region: string): Container[] {
  return containers.filter(({ regions }) => regions.includes(region));
}

/** What the instances that build an account's containers pull and push. */
function containerRights(
  place: AccountRegion,
  containers: readonly Container[],
): ContainerPermissions {
  const parents = containers.flatMap(({ parent }) =>
    parent.kind === "registry" ? (repositoryArnOfUri(parent.uri) ?? []) : [],
  );
  const own = parents.filter((arn) => arn.split(":")[4] === place.accountId);
  const pushTo = [
    repositoryArn(place, repositoryName("*")),
    ...(containers.some(({ scan }) => scan) ? [repositoryArn(place, SCAN_REPOSITORY)] : []),
  ];
  return { accountId: place.accountId, pullFrom: [...new Set([...pushTo, ...own])], pushTo };
}

export function buildEnvironmentProps(
  place: AccountRegion,
  account: Account,
  protect: boolean,
): BuildEnvironmentProps {
  const baked = buildablesIn(account, place.region);
  const containers = containersIn(account, place.region);
  return {
    dataKey: {
      alias: DATA_KEY_ALIAS,
      ...place,
      partition: partitionOf(place.region),
      rootArn: rootArn(place),
      imageBuilderRoleArn: imageBuilderRoleArn(place),
    },
    topicName: TOPIC_NAME,
    emails: account.emails,
    componentBucket: componentBucket(place),
    logBucket: buildLogBucket(place),
    buildRoleName: buildRoleName(place.region),
    lifecycleRoleName: lifecycleRoleName(place.region),
    ...(containers.length > 0 && {
      containers: {
        buildRoleName: containerBuildRoleName(place.region),
        rights: containerRights(place, containers),
      },
    }),
    ...(baked.some(needsExecutionRole) && { execution: executionProps(place, baked) }),
    imageLogGroups: Object.fromEntries(baked.map(({ name }) => [name, imageLogGroup(name)])),
    protect,
  };
}

function landsIn({ regions, copyToRegions }: Image, region: string): boolean {
  return [...regions, ...copyToRegions].includes(region);
}

/** Who an account's images in a Region are for: an app's for itself. */
function audienceIn({ shared }: VersionedFactory, account: Account, region: string): Audience[] {
  return account === shared
    ? account.images
        .filter((image) => landsIn(image, region))
        .flatMap(({ channels }) => channels.map(({ audience }) => audience))
    : [{ kind: "accounts", accounts: [account.id] }];
}

/** Patterns of the ARNs of roles that administer an account's image keys: of an app's nobody, beside its IAM policies. */
function administratorsOf(
  { shared, keyAdministrators }: VersionedFactory,
  account: Account,
  place: AccountRegion,
): string[] {
  return account === shared
    ? [
        ...keyAdministrators.permissionSets.map((name) => permissionSetRoleArn(place, name)),
        ...keyAdministrators.roles.map((name) => roleArn(place, name)),
      ]
    : [];
}

/** The roles that make what an account has in a Region, copies included. */
function imageBuilderRoles(account: Account, place: AccountRegion): string[] {
  const here = buildablesIn(account, place.region).some(needsExecutionRole) ? [place.region] : [];
  const copied = account.images
    .filter(({ copyToRegions }) => copyToRegions.includes(place.region))
    .filter(needsExecutionRole);
  const regions = [...here, ...copied.flatMap((image) => image.regions)];
  return [
    imageBuilderRoleArn(place),
    ...[...new Set(regions)].map((region) => roleArn(place, executionRoleName(region))),
  ];
}

/** The key of the images that an account has in a place. */
export function imageKeyProps(
  place: AccountRegion,
  factory: VersionedFactory,
  account: Account,
): ImageKeyProps {
  const { organization, protect } = factory;
  const audience = audienceIn(factory, account, place.region);
  const isOfAudience = audience.some(
    (one) => one.kind === "accounts" && one.accounts.includes(account.id),
  );
  return {
    alias: IMAGE_KEY_ALIAS,
    region: place.region,
    rootArn: rootArn(place),
    imageBuilderRoleArns: isOfAudience ? [] : imageBuilderRoles(account, place),
    repositories: containersIn(account, place.region).length > 0,
    administrators: administratorsOf(factory, account, place),
    audience: audienceConditions(audience, organization),
    autoScalingRoleArn: autoScalingRoleArn({ ...place, accountId: "$${aws:PrincipalAccount}" }),
    protect,
  };
}

/** A container's repository: an app's is for itself. */
export function repositoryProps(
  { name, channels }: Container,
  { organization, protect }: VersionedFactory,
): Omit<RepositoryProps, "keyArn"> {
  return {
    name: repositoryName(name),
    audience: audienceConditions(
      channels.map(({ audience }) => audience),
      organization,
    ),
    emptyOnDestroy: !protect,
  };
}
