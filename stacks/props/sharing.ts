/** Resource shares and the share updater. */

import { sharePrincipals } from "../../config/audience";
import { anyAmiArn, anyShareArn, imageBuildsArn, imagePermissionArn } from "../../config/aws/arns";
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
  shareName,
  UPDATER_LOG_GROUP,
  UPDATER_NAME,
  updaterRoleName,
} from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import type { ResourceShareProps } from "../../modules/sharing/resource-share";
import type { ShareUpdaterProps } from "../../modules/sharing/share-updater";
import type { MonitoredChannel } from "../../modules/sharing/updater-alarms";

/**
 * Maximum length of the list of image ARNs, in characters. The inline policies of a role can have
 * 10,240 in total, and the updater's contains the list twice.
 */
const MAX_IMAGE_ARNS_LENGTH = 4_000;

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
    policy: {
      image,
      channel: channel.name,
      keep: channel.keep,
      bakeHours: channel.bakeHours,
      approvalRequired: channel.approval === "required",
    },
  };
}

/**
 * Patterns of the ARNs of the images' builds, or of all builds of the account if IAM couldn't take
 * the list.
 */
function imageArns(at: AccountRegion, images: readonly BuildableBase[]): string[] {
  const arns = images.map(({ name }) => imageBuildsArn(at, name));
  return JSON.stringify(arns).length > MAX_IMAGE_ARNS_LENGTH ? [imageBuildsArn(at, "*")] : arns;
}

/**
 * Pattern of the ARNs of AMIs. It covers every Region if any image has copies: old builds keep
 * copies in Regions that were since removed.
 */
function amiArns(at: AccountRegion, images: readonly (Image | Container)[]): string {
  const hasCopies = images.some(
    (image) => image.kind === "image" && image.copyToRegions.length > 0,
  );
  return anyAmiArn(at, hasCopies ? "*" : at.region);
}

function monitoredChannels({ name: image, channels }: BuildableBase): MonitoredChannel[] {
  return channels.map(({ name: channel, maxAgeDays }) => ({
    image,
    channel,
    ...(maxAgeDays !== undefined && {
      ageAlarm: { name: ageAlarmName(image, channel), maxAgeDays },
    }),
  }));
}

/** Props of the share updater, except those that depend on other resources of its stack. */
export function shareUpdaterProps(
  at: AccountRegion,
  images: readonly (Image | Container)[],
  { schedule, reservedConcurrency }: VersionedFactory["updater"],
): Omit<ShareUpdaterProps, "codeDirectory" | "topicArn" | "dataKeyArn"> {
  const sharedImages = images.filter(({ channels }) => channels.length > 0);
  return {
    name: UPDATER_NAME,
    roleName: updaterRoleName(at.region),
    dashboardName: dashboardName(at.region),
    logGroup: UPDATER_LOG_GROUP,
    accountRegion: at,
    shareArns: anyShareArn(at),
    imageArns: imageArns(at, sharedImages),
    amiArns: amiArns(at, sharedImages),
    channels: images.flatMap(monitoredChannels),
    schedule,
    reservedConcurrency,
  };
}
