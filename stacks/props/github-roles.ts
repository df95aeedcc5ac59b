/** The roles of GitHub Actions in an account. */

import { oidcProviderArn, parameterArn, partitionOf } from "../../config/aws/arns";
import {
  accountsOf,
  type BuildAccess,
  buildablesOf,
  type Container,
  type Image,
  isFollowing,
  type VersionedFactory,
} from "../../config/model";
import {
  ALARM_PREFIX,
  ALL_ALIASES,
  buildLogBucket,
  buildRoleName,
  componentBucket,
  DEPLOY_ENVIRONMENT,
  DEPLOY_ROLE_NAME,
  evidenceBucket,
  executionRoleName,
  FLEET_ROLE_NAME,
  GITHUB_ISSUER,
  githubSubjects,
  lifecycleRoleName,
  NAME_PREFIX,
  PLAN_ROLE_NAME,
  REBUILDER_LOG_GROUP,
  REBUILDER_NAME,
  RECORDER_LOG_GROUP,
  rebuilderRoleName,
  recorderRoleName,
  repositoryName,
  stateKey,
  UPDATER_LOG_GROUP,
  updaterRoleName,
} from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import { imageLogGroup } from "../../contract/build-log";
import { deployPolicies, deployStatements, planStatements } from "../../modules/github/ci-policy";
import type { CiScope } from "../../modules/github/ci-scope";
import type { GithubRolesProps } from "../../modules/github/github-roles";
import { amiParameters, needsExecutionRole } from "./execution-role";
import { hasRecorder } from "./recording";

/**
 * ARNs of the SSM parameters that contain the IDs of parents and of build instances' AMIs, in every
 * Region.
 */
function parentParameterArns(images: readonly (Image | Container)[], at: AccountRegion): string[] {
  const paths = images.flatMap(amiParameters);
  return [...new Set(paths)].sort().map((path) => parameterArn(at, path, "*"));
}

/** ARNs of the customer managed policies of build roles. */
function buildPolicyArns(of: readonly { readonly buildAccess: BuildAccess }[]): string[] {
  return [...new Set(of.flatMap(({ buildAccess }) => buildAccess.policies))].sort();
}

function ciScope(
  { accountId, region }: AccountRegion,
  factory: VersionedFactory,
  bucket: string,
  stateStack: string,
): CiScope {
  const anyRegion = { accountId, region: "*" };
  const accounts = accountsOf(factory).filter(({ id }) => id === accountId);
  const images = accounts.flatMap(buildablesOf);
  const hasRebuilder = images.some(isFollowing);
  const recordsBuilds = accountId === factory.shared.id && hasRecorder(factory);
  return {
    partition: partitionOf(region),
    accountId,
    sharedAccountId: factory.shared.id,
    prefix: NAME_PREFIX,
    alarmPrefix: ALARM_PREFIX,
    roles: {
      ec2: buildRoleName("*"),
      imagebuilder: lifecycleRoleName("*"),
      lambda: updaterRoleName("*"),
    },
    rebuilder: hasRebuilder
      ? { resources: `${REBUILDER_NAME}*`, roles: rebuilderRoleName("*") }
      : undefined,
    fleetRole: factory.apps.some((app) => app.id === accountId && app.fleet)
      ? FLEET_ROLE_NAME
      : undefined,
    recorder: recordsBuilds
      ? {
          roles: recorderRoleName("*"),
          buckets: factory.evidence ? evidenceBucket(anyRegion) : undefined,
          emptiesBuckets: !factory.protect,
        }
      : undefined,
    hasContainers: images.some(({ kind }) => kind === "container"),
    repositories: repositoryName("*"),
    executionRoles: images.some(needsExecutionRole) ? executionRoleName("*") : undefined,
    parentParameters: parentParameterArns(images, { accountId, region }),
    buildPolicies: buildPolicyArns([...accounts, ...images]),
    componentBuckets: componentBucket(anyRegion),
    logBuckets: buildLogBucket(anyRegion),
    logGroups: [
      imageLogGroup("*"),
      UPDATER_LOG_GROUP,
      ...(hasRebuilder ? [REBUILDER_LOG_GROUP] : []),
      ...(recordsBuilds ? [RECORDER_LOG_GROUP] : []),
    ],
    aliases: ALL_ALIASES,
    stateBucket: bucket,
    stateKeys: stateKey("*"),
    ownStateKey: stateKey(stateStack),
    ciRoles: [PLAN_ROLE_NAME, DEPLOY_ROLE_NAME],
    deployRole: DEPLOY_ROLE_NAME,
  };
}

/**
 * Returns `undefined` if no workflows deploy the factory. `stateStack` is the ID of the stack that
 * contains the roles.
 */
export function githubRolesProps(
  at: AccountRegion,
  factory: VersionedFactory,
  bucket: string,
  stateStack: string,
): GithubRolesProps | undefined {
  if (!factory.ci) return undefined;
  const { repository, provider } = factory.ci.github;
  const scope = ciScope(at, factory, bucket, stateStack);
  return {
    issuer: GITHUB_ISSUER,
    providerArn: provider === "existing" ? oidcProviderArn(at, GITHUB_ISSUER) : undefined,
    // The `repository` claim contains no ids.
    repository: repository.replace(/@\d+/g, ""),
    subjects: githubSubjects(repository),
    environment: DEPLOY_ENVIRONMENT,
    planRole: { name: PLAN_ROLE_NAME, statements: planStatements(scope) },
    deployRole: {
      name: DEPLOY_ROLE_NAME,
      statements: deployStatements(scope),
      managedPolicies: deployPolicies(scope),
    },
  };
}
