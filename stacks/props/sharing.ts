/** Resource shares, the manifest and the updater. */

import { audienceName, sharePrincipals } from "../../config/audience";
import {
  anyAmiArn,
  anyShareArn,
  imageBuildsArn,
  imagePermissionArn,
  partitionOf,
} from "../../config/aws/arns";
import { maxHoursBetween } from "../../config/aws/schedules";
import type {
  BuildableBase,
  Channel,
  Container,
  Image,
  VersionedFactory,
} from "../../config/model";
import {
  ageAlarmName,
  dashboardName,
  FULL_RUN_RULE_NAME,
  shareName,
  UPDATER_LOG_GROUP,
  UPDATER_NAME,
  updaterRoleName,
} from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import {
  MANIFEST_VERSION,
  type Manifest,
  type ManifestChannel,
  type ManifestImage,
} from "../../contract/manifest";
import { required } from "../../contract/required";
import { renderShareTags } from "../../contract/share-tags";
import type { ResourceShareProps } from "../../modules/sharing/resource-share";
import type { ShareUpdaterProps } from "../../modules/sharing/share-updater";
import type { MonitoredChannel } from "../../modules/sharing/updater-alarms";

/**
 * Maximum length of the lists of ARNs, in characters. The inline policies of a role can have
 * 10,240 in total, and the rest of the updater's needs less than 4,000.
 */
const MAX_ARNS_LENGTH = 6_000;

export function resourceShareProps(
  { name: image }: BuildableBase,
  channel: Channel,
  { region }: AccountRegion,
  { organization }: VersionedFactory,
): ResourceShareProps {
  return {
    name: shareName(image, channel.name),
    permissionArn: imagePermissionArn(region),
    principals: sharePrincipals(channel.audience, organization, region),
    tags: renderShareTags({ ...channel, image, channel: channel.name }),
  };
}

/** ARNs of shares, by image and channel: `IMAGE/CHANNEL`. */
export type ShareArns = ReadonlyMap<string, string>;

export function shareKey(image: string, channel: string): string {
  return `${image}/${channel}`;
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}

function manifestChannel(
  share: string,
  { keep, bakeHours, approval, audience, maxAgeDays, findings }: Channel,
): ManifestChannel {
  return {
    share,
    keep,
    bakeHours,
    approval,
    audience: audienceName(audience),
    maxAgeDays,
    findings,
  };
}

function shareArnOf(shares: ShareArns, image: string, channel: string): string {
  const key = shareKey(image, channel);
  return required(shares.get(key), `the share ${key}`);
}

/** Returns the ARNs of an image's shares, by channel. */
export function channelShares(
  { name, channels }: Image | Container,
  shares: ShareArns,
): Record<string, string> {
  return Object.fromEntries(
    channels
      .toSorted(byName)
      .map((channel) => [channel.name, shareArnOf(shares, name, channel.name)]),
  );
}

function manifestImage(
  { name, parent, channels }: Image | Container,
  shares: ShareArns,
): ManifestImage {
  const entries = channels
    .toSorted(byName)
    .map((channel) => [
      channel.name,
      manifestChannel(shareArnOf(shares, name, channel.name), channel),
    ]);
  return {
    ...(parent.kind === "golden" && { parent: parent.name }),
    channels: Object.fromEntries(entries),
  };
}

function copyRegionsOfImage(image: Image | Container): readonly string[] {
  return image.kind === "image" ? image.copyToRegions : [];
}

/**
 * Returns the manifest of a Region. Images, channels, audiences and principals are sorted, so that
 * their order in factory.yaml changes nothing.
 */
function manifestOf(
  { region }: AccountRegion,
  images: readonly (Image | Container)[],
  { organization, updater }: VersionedFactory,
  shares: ShareArns,
): Manifest {
  const audiences = images.flatMap(({ channels }) =>
    channels.map(({ audience }) => ({
      name: audienceName(audience),
      principals: sharePrincipals(audience, organization, region).sort(),
    })),
  );
  return {
    version: MANIFEST_VERSION,
    launchPermissionGraceDays: updater.launchPermissionGraceDays,
    regions: [...new Set([region, ...images.flatMap(copyRegionsOfImage)])].sort(),
    audiences: Object.fromEntries(
      audiences.sort(byName).map(({ name, principals }) => [name, principals]),
    ),
    images: Object.fromEntries(
      images.toSorted(byName).map((image) => [image.name, manifestImage(image, shares)]),
    ),
  };
}

/**
 * Returns ARNs, or the pattern of all of them if IAM couldn't take the list together with `others`.
 */
export function arnsOrPattern(
  arns: readonly string[],
  pattern: string,
  others: readonly string[],
): string[] {
  const isTooLong = JSON.stringify([...others, ...arns]).length > MAX_ARNS_LENGTH;
  return isTooLong && arns.length > 0 ? [pattern] : [...arns];
}

/**
 * Patterns of the ARNs of the images' builds, or of all builds of the account if IAM couldn't take
 * the list together with `others`.
 */
export function imageArns(
  at: AccountRegion,
  images: readonly BuildableBase[],
  others: readonly string[] = [],
): string[] {
  const arns = images.map(({ name }) => imageBuildsArn(at, name));
  return arnsOrPattern(arns, imageBuildsArn(at, "*"), others);
}

function monitoredChannels({ name: image, channels }: BuildableBase): MonitoredChannel[] {
  return channels.flatMap(({ name: channel, maxAgeDays }) =>
    maxAgeDays === undefined
      ? []
      : [{ image, channel, alarmName: ageAlarmName(image, channel), maxAgeDays }],
  );
}

/** Props of the updater, except those that depend on other resources of its stack. */
export function shareUpdaterProps(
  at: AccountRegion,
  images: readonly (Image | Container)[],
  factory: VersionedFactory,
  shares: ShareArns,
): Omit<
  ShareUpdaterProps,
  "codeDirectory" | "topicArn" | "dataKeyArn" | "bucket" | "recorderQueue" | "runDependsOn"
> {
  const { schedule, concurrency } = factory.updater;
  const sharedImageArns = imageArns(
    at,
    images.filter(({ channels }) => channels.length > 0),
  );
  const childImageArns = imageArns(
    at,
    images.filter(({ parent }) => parent.kind === "golden"),
    sharedImageArns,
  );
  return {
    name: UPDATER_NAME,
    fullRunRuleName: FULL_RUN_RULE_NAME,
    roleName: updaterRoleName(at.region),
    dashboardName: dashboardName(at.region),
    logGroup: UPDATER_LOG_GROUP,
    home: { ...at, partition: partitionOf(at.region) },
    manifest: manifestOf(at, images, factory, shares),
    shareArns: anyShareArn(at),
    sharedImageArns,
    childImageArns,
    limitedImageArns: imageArns(
      at,
      images.filter(({ channels }) => channels.some(({ findings }) => findings !== undefined)),
      [...sharedImageArns, ...childImageArns],
    ),
    imageArns: imageBuildsArn(at, "*"),
    amiArns: anyAmiArn(at, "*"),
    channels: images.flatMap(monitoredChannels),
    schedule,
    hoursBetweenRuns: maxHoursBetween(schedule),
    concurrency,
  };
}
