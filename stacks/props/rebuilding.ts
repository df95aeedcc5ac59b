/** The rebuilder of an account and Region. */

import { createHash } from "node:crypto";
import { arnIn, imageBuildsArn, partitionOf, pipelineArn, recipesArn } from "../../config/aws/arns";
import {
  type Account,
  type Buildable,
  isFollowing,
  type VersionedFactory,
} from "../../config/model";
import {
  behindAlarmName,
  REBUILDER_LOG_GROUP,
  REBUILDER_NAME,
  rebuilderRoleName,
} from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import {
  type FollowingImage,
  REBUILDER_MANIFEST_VERSION,
  type RebuilderManifest,
} from "../../contract/rebuilder-manifest";
import type { RebuilderProps } from "../../modules/rebuilding/rebuilder";
import type { MonitoredImage } from "../../modules/rebuilding/rebuilder-alarms";
import type { RebuilderArns } from "../../modules/rebuilding/rebuilder-role";
import { buildablesIn } from "./region";

/**
 * Maximum length of the lists of ARNs, in characters. The inline policies of a role can have 10,240
 * in total. The lists of images and pipelines occur twice.
 */
const MAX_ARNS_LENGTH = 5_000;

function followingImage({
  name,
  kind,
  platform,
  schedule,
  followParent,
}: Buildable): [string, FollowingImage] {
  return [
    name,
    {
      pipeline: name,
      dedicatedHost: kind === "image" && platform === "macOS",
      manual: schedule === undefined,
      alarmAfterDays: followParent?.alarmAfterDays,
    },
  ];
}

/** Images are sorted, so that their order in factory.yaml changes nothing. */
function manifestOf(images: readonly Buildable[]): RebuilderManifest {
  const byName = images.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return {
    version: REBUILDER_MANIFEST_VERSION,
    images: Object.fromEntries(byName.map(followingImage)),
  };
}

type Pattern = (name: string) => string;

function parentBuildsArn(
  { parent }: Buildable,
  at: AccountRegion,
  sharedAccount: string,
  pattern: Pattern,
): string[] {
  if (parent.kind === "golden")
    return [imageBuildsArn({ ...at, accountId: sharedAccount }, pattern(parent.name))];
  if (parent.kind !== "arn") return [];
  const [, owner = "", name = ""] =
    /^(.*):image\/([^/]+)\//.exec(arnIn(parent.arn, at.region)) ?? [];
  return [`${owner}:image/${pattern(name)}/*`];
}

function arnsOf(
  images: readonly Buildable[],
  at: AccountRegion,
  sharedAccount: string,
  pattern: Pattern,
): RebuilderArns {
  const all = (arns: (image: Buildable) => string[]): string[] => [
    ...new Set(images.flatMap(arns)),
  ];
  const recipes = (recipeKind: Buildable["kind"]): string[] =>
    all(({ kind, name }) => (kind === recipeKind ? [recipesArn(at, kind, pattern(name))] : []));
  return {
    parents: all((image) => parentBuildsArn(image, at, sharedAccount, pattern)),
    images: all(({ name }) => [imageBuildsArn(at, pattern(name))]),
    pipelines: all(({ name }) => [pipelineArn(at, pattern(name))]),
    imageRecipes: recipes("image"),
    containerRecipes: recipes("container"),
  };
}

/**
 * Returns patterns of ARNs with the names of the images, or with `*` if IAM couldn't take these.
 */
function limitedArns(
  images: readonly Buildable[],
  at: AccountRegion,
  sharedAccount: string,
): RebuilderArns {
  const named = arnsOf(images, at, sharedAccount, (name) => name);
  const isTooLong = JSON.stringify(named).length > MAX_ARNS_LENGTH;
  return isTooLong ? arnsOf(images, at, sharedAccount, () => "*") : named;
}

/** Returns whether another account shares the builds of a parent. */
function hasSharedParent(
  { parent }: Buildable,
  { accountId }: AccountRegion,
  sharedAccount: string,
): boolean {
  if (parent.kind === "golden") return sharedAccount !== accountId;
  return parent.kind === "arn" && parent.arn.split(":")[4] !== accountId;
}

function monitoredImage({ name: image, followParent }: Buildable): MonitoredImage[] {
  const { alarmAfterDays } = followParent ?? {};
  return alarmAfterDays === undefined
    ? []
    : [{ image, alarmName: behindAlarmName(image), alarmAfterDays }];
}

/**
 * Returns the minute of the hour in which the rebuilders of an account run. It differs between
 * accounts, so that not all of them start builds at the same time.
 */
export function startMinute(accountId: string): number {
  const hash = createHash("sha256").update(accountId).digest("hex");
  return Number(BigInt(`0x${hash}`) % 60n);
}

/**
 * Returns the props of the rebuilder, except those that depend on other resources of its stack;
 * `undefined` if no image of the account and Region follows its parent.
 */
export function rebuilderProps(
  at: AccountRegion,
  { shared }: VersionedFactory,
  account: Account,
): Omit<RebuilderProps, "codeDirectory" | "topicArn" | "dataKeyArn" | "bucket"> | undefined {
  const images = buildablesIn(account, at.region).filter(isFollowing);
  if (images.length === 0) return undefined;
  return {
    name: REBUILDER_NAME,
    roleName: rebuilderRoleName(at.region),
    logGroup: REBUILDER_LOG_GROUP,
    home: { ...at, partition: partitionOf(at.region) },
    manifest: manifestOf(images),
    arns: limitedArns(images, at, shared.id),
    monitored: images.flatMap(monitoredImage),
    minute: startMinute(at.accountId),
    followsSharedParents: images.some((image) => hasSharedParent(image, at, shared.id)),
  };
}
