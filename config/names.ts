/**
 * Names that stacks, accounts and functions must agree on, as pure functions. No ARN is copied by
 * hand, and no stack reads the state of another.
 */

import { createHash } from "node:crypto";
import type { AccountRegion } from "../contract/account-region";
import { IMAGE_TAG } from "../contract/tags";
import type { Factory } from "./model";

const FACTORY = "golden-image-factory";

/** Prefix of the names of resources that don't belong to one image. */
export const NAME_PREFIX = `${FACTORY}-`;

/** Name of the grant that lets an app account's Auto Scaling use the image key. */
export const AUTO_SCALING_GRANT_NAME = FACTORY;

/**
 * Name of the shared account in stack ids and in the version lock file. An app account can't have
 * this name.
 */
export const SHARED_ACCOUNT = "shared";

// Images

/**
 * Default name of an image's AMIs. Image Builder replaces the placeholder with the build's time, so
 * names are unique.
 */
export function defaultAmiName(image: string): string {
  return `${image}-{{ imagebuilder:buildDate }}`;
}

/** Tags of an image's AMIs and of the instances that build them. */
export function imageTags(image: string): Record<string, string> {
  return { [IMAGE_TAG]: image };
}

/**
 * Name of an image's workflow. Each image has its own workflows: the provider can't keep an old
 * version, so a workflow that another stack still used couldn't be replaced.
 */
export function workflowName(image: string, document: string): string {
  return `${image}--${document}`;
}

/** Name of a container's ECR repository. `container` may be `*`. */
export function repositoryName(container: string): string {
  return `${FACTORY}/${container}`;
}

// Sharing

export const ALARM_PREFIX = "golden-image-";

/**
 * Name of a channel's resource share. Names never contain two hyphens in a row, so each pair has
 * its own share name.
 */
export function shareName(image: string, channel: string): string {
  return `golden-image-${image}--${channel}`;
}

/** Name of the alarm that watches the age of a channel's newest shared build. */
export function ageAlarmName(image: string, channel: string): string {
  return `${ALARM_PREFIX}${image}--${channel}-age`;
}

export const TOPIC_NAME = `${FACTORY}-notifications`;

/** Name of the topic for release notes. */
export const NOTES_TOPIC_NAME = `${FACTORY}-notes`;

export const UPDATER_NAME = `${FACTORY}-share-updater`;

/** Name of the rule that starts full runs of the updater. */
export const FULL_RUN_RULE_NAME = `${UPDATER_NAME}-full`;

export const UPDATER_LOG_GROUP = `/aws/lambda/${UPDATER_NAME}`;

export const RECORDER_NAME = `${FACTORY}-recorder`;

export const RECORDER_LOG_GROUP = `/aws/lambda/${RECORDER_NAME}`;

/** Name of the recorder's role. IAM is global, so the name contains the Region. */
export function recorderRoleName(region: string): string {
  return `${RECORDER_NAME}-${region}`;
}

/** Name of the updater's role. IAM is global, so the name contains the Region. */
export function updaterRoleName(region: string): string {
  return `${UPDATER_NAME}-${region}`;
}

export const REBUILDER_NAME = `${FACTORY}-rebuilder`;

export const REBUILDER_LOG_GROUP = `/aws/lambda/${REBUILDER_NAME}`;

/** Name of the rebuilder's role. IAM is global, so the name contains the Region. */
export function rebuilderRoleName(region: string): string {
  return `${REBUILDER_NAME}-${region}`;
}

/** Name of the alarm for an image that isn't on the newest build of its parent. */
export function behindAlarmName(image: string): string {
  return `${ALARM_PREFIX}${image}-behind-parent`;
}

/** Name of the dashboard. CloudWatch dashboards are global, so the name contains the Region. */
export function dashboardName(region: string): string {
  return `${FACTORY}-${region}`;
}

// Keys

/** Alias of the key that encrypts an account's images. */
export const IMAGE_KEY_ALIAS = `alias/${FACTORY}/images`;

/**
 * Alias of the key that encrypts the factory's own data: topic, queue, logs, components. It is
 * never shared.
 */
export const DATA_KEY_ALIAS = `alias/${FACTORY}/data`;

/** Alias of the key that signs evidence about builds. It can't encrypt anything. */
export const SIGNING_KEY_ALIAS = `alias/${FACTORY}/evidence`;

export const ALL_ALIASES = `alias/${FACTORY}/*`;

// Roles and buckets. IAM roles and bucket names are global, so these names contain the Region.

/** Name of the instance profile and role of the instances that build and test images. */
export function buildRoleName(region: string): string {
  return `${FACTORY}-build-${region}`;
}

/** Maximum length of a role's name. */
const MAX_ROLE_NAME = 64;

/**
 * Name of the instance profile and role of the instances that build an image or container with
 * additional permissions. Names of images and Regions never contain two hyphens in a row, so each
 * pair has its own name. A name that is too long for IAM ends with a hash.
 */
export function imageBuildRoleName(region: string, image: string): string {
  const name = `${buildRoleName(region)}--${image}`;
  if (name.length <= MAX_ROLE_NAME) return name;
  const suffix = `-${createHash("sha256").update(image).digest("hex").slice(0, 8)}`;
  return `${name.slice(0, MAX_ROLE_NAME - suffix.length)}${suffix}`;
}

/** Name of the instance profile and role of the instances that build containers. */
export function containerBuildRoleName(region: string): string {
  return `${FACTORY}-build-containers-${region}`;
}

/** Name of the role that Image Builder assumes where its service-linked role isn't enough. */
export function executionRoleName(region: string): string {
  return `${FACTORY}-execution-${region}`;
}

/** Name of the role that lifecycle policies and revocations use. */
export function lifecycleRoleName(region: string): string {
  return `${FACTORY}-lifecycle-${region}`;
}

/**
 * Name of the role with which operators look at the instances of an app account. IAM is global: an
 * account has one.
 */
export const FLEET_ROLE_NAME = `${FACTORY}-fleet`;

/**
 * Pattern of the names of the state buckets of all accounts. Each `?` stands for one character, as
 * in IAM policies: these can't express digits.
 */
export function stateBuckets(pattern: string): string {
  return stateBucket(pattern, "?".repeat(12));
}

const ALL_COMPONENT_BUCKETS = `${FACTORY}-components-*`;

export const ALL_LOG_BUCKETS = `${FACTORY}-logs-*`;

/** Pattern of the names of all buckets with evidence about builds. */
const ALL_EVIDENCE_BUCKETS = `${FACTORY}-evidence-*`;

/**
 * Patterns of the names of the factory's own buckets to which build instances have no access, in
 * every account and Region.
 */
export function closedBuckets({ state, evidence }: Pick<Factory, "state" | "evidence">): string[] {
  return [
    ALL_COMPONENT_BUCKETS,
    ...(state.backend === "s3" ? [stateBuckets(state.bucket)] : []),
    ...(evidence ? [ALL_EVIDENCE_BUCKETS] : []),
  ];
}

/** Name of the bucket that stores component documents. */
export function componentBucket({ accountId, region }: AccountRegion): string {
  return `${FACTORY}-components-${accountId}-${region}`;
}

/** Name of the bucket that Image Builder writes build logs to. */
export function buildLogBucket({ accountId, region }: AccountRegion): string {
  return `${FACTORY}-logs-${accountId}-${region}`;
}

/** Name of the bucket that stores evidence about builds. */
export function evidenceBucket({ accountId, region }: AccountRegion): string {
  return `${FACTORY}-evidence-${accountId}-${region}`;
}

// GitHub Actions

/** Issuer of the tokens that the roles of GitHub Actions trust. */
export const GITHUB_ISSUER = "token.actions.githubusercontent.com";

/** GitHub environment whose reviewers release a deployment. */
export const DEPLOY_ENVIRONMENT = "production";

/** Name of the role that plans. IAM is global: an account has one. */
export const PLAN_ROLE_NAME = `${FACTORY}-plan`;

export const DEPLOY_ROLE_NAME = `${FACTORY}-deploy`;

/**
 * Prefixes of the `sub` claim in the tokens of a repository's workflows. Repositories that were
 * created, renamed or transferred since July 2026 have ids in the claim, as `OWNER@ID/NAME@ID`; a
 * name can't contain `@`. A repository given without ids matches both forms.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export function githubSubjects(repository: string): string[] {
  if (repository.includes("@")) return [`repo:${repository}`];
  return [`repo:${repository}`, `repo:${repository.replace("/", "@*/")}@*`];
}

// Stacks and their state

export function stateStackId(account: string): string {
  return `state-${account}`;
}

export function sharedStackId(region: string): string {
  return `shared-${region}`;
}

/** Id of the stack of one image whose parent is a golden image. */
export function childStackId(region: string, image: string): string {
  return `shared-${region}-${image}`;
}

export function appStackId(app: string, region: string): string {
  return `${app}-${region}`;
}

/** Returns whether an app account's name could collide with the stack ids above. */
export function isReservedAppName(name: string): boolean {
  return /^(shared|state)(-|$)/.test(name);
}

/** Key of a stack's state in its account's state bucket. `stackId` may be `*`. */
export function stateKey(stackId: string): string {
  return `${FACTORY}/${stackId}.tfstate`;
}

/** Name of an account's state bucket: `pattern` with `{account}` replaced. */
export function stateBucket(pattern: string, accountId: string): string {
  return pattern.replaceAll("{account}", accountId);
}
