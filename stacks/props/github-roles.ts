/** What GitHub Actions may do in an account, as the configuration says. */

import { imageLogGroup, oidcProviderArn, partitionOf } from "../../config/aws/arns";
import { accountsOf, buildablesOf, type VersionedFactory } from "../../config/model";
import {
  ALARM_PREFIX,
  ALL_ALIASES,
  buildLogBucket,
  buildRoleName,
  componentBucket,
  DEPLOY_ENVIRONMENT,
  DEPLOY_ROLE_NAME,
  executionRoleName,
  GITHUB_ISSUER,
  githubSubjects,
  lifecycleRoleName,
  NAME_PREFIX,
  PLAN_ROLE_NAME,
  repositoryName,
  stateKey,
  UPDATER_LOG_GROUP,
  updaterRoleName,
} from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import type { CiScope } from "../../modules/github/ci-permissions";
import { deployStatements, planStatements } from "../../modules/github/ci-policy";
import { deployAdditions } from "../../modules/github/container-permissions";
import type { GithubRolesProps } from "../../modules/github/github-roles";
import { needsExecutionRole } from "./execution-role";

function ciScope(
  { accountId, region }: AccountRegion,
  factory: VersionedFactory,
  bucket: string,
  ownStack: string,
): CiScope {
  const { shared } = factory;
  const anywhere = { accountId, region: "*" };
  const baked = accountsOf(factory).flatMap((account) =>
    account.id === accountId ? buildablesOf(account) : [],
  );
  return {
    partition: partitionOf(region),
    accountId,
    sharedAccountId: shared.id,
    prefix: NAME_PREFIX,
    alarmPrefix: ALARM_PREFIX,
    roles: {
      ec2: buildRoleName("*"),
      imagebuilder: lifecycleRoleName("*"),
      lambda: updaterRoleName("*"),
    },
    hasContainers: baked.some(({ kind }) => kind === "container"),
    repositories: repositoryName("*"),
    ...(baked.some(needsExecutionRole) && { executionRoles: executionRoleName("*") }),
    componentBuckets: componentBucket(anywhere),
    logBuckets: buildLogBucket(anywhere),
    logGroups: [imageLogGroup("*"), UPDATER_LOG_GROUP],
    aliases: ALL_ALIASES,
    stateBucket: bucket,
    stateKeys: stateKey("*"),
    ownStateKey: stateKey(ownStack),
    ownRoles: [PLAN_ROLE_NAME, DEPLOY_ROLE_NAME],
    deployRole: DEPLOY_ROLE_NAME,
  };
}

/** Roles for the workflows of the factory's repository; `undefined` where it has none. */
export function githubRolesProps(
  place: AccountRegion,
  factory: VersionedFactory,
  bucket: string,
  ownStack: string,
): GithubRolesProps | undefined {
  if (!factory.ci) return undefined;
  const { repository, provider } = factory.ci.github;
  const scope = ciScope(place, factory, bucket, ownStack);
  return {
    issuer: GITHUB_ISSUER,
    ...(provider === "existing" && { providerArn: oidcProviderArn(place, GITHUB_ISSUER) }),
    repository: repository.replace(/@\d+/g, ""),
    subjects: githubSubjects(repository),
    environment: DEPLOY_ENVIRONMENT,
    planRole: { name: PLAN_ROLE_NAME, statements: planStatements(scope) },
    deployRole: {
      name: DEPLOY_ROLE_NAME,
      statements: deployStatements(scope),
      additions: deployAdditions(scope),
    },
  };
}
