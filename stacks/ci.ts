/** What GitHub Actions may do in an account, as the configuration says. */

import { accountsOf, bakedBy, type VersionedFactory } from "../config/factory";
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
  imageLogGroup,
  lifecycleRoleName,
  NAME_PREFIX,
  oidcProviderArn,
  PLAN_ROLE_NAME,
  type Place,
  partitionOf,
  repositoryName,
  stateKey,
  UPDATER_LOG_GROUP,
  updaterRoleName,
} from "../config/names";
import { deployAdditions } from "../modules/ci-additions";
import { deployStatements, planStatements } from "../modules/ci-policy";
import type { CiScope } from "../modules/ci-rights";
import type { GithubRolesProps } from "../modules/github-roles";
import { needsExecutionRole } from "./execution";

const ciScope = ({ accountId, region }: Place, factory: VersionedFactory, bucket: string, ownStack: string): CiScope => {
  const { shared } = factory;
  const anywhere = { accountId, region: "*" };
  const baked = accountsOf(factory).flatMap((account) => (account.id === accountId ? bakedBy(account) : []));
  return {
    partition: partitionOf(region),
    accountId,
    sharedAccountId: shared.id,
    prefix: NAME_PREFIX,
    alarmPrefix: ALARM_PREFIX,
    roles: { ec2: buildRoleName("*"), imagebuilder: lifecycleRoleName("*"), lambda: updaterRoleName("*") },
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
};

/** Roles for the workflows of the factory's repository; `undefined` where it has none. */
export const githubRolesProps = (
  place: Place,
  factory: VersionedFactory,
  bucket: string,
  ownStack: string,
): GithubRolesProps | undefined => {
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
    deployRole: { name: DEPLOY_ROLE_NAME, statements: deployStatements(scope), additions: deployAdditions(scope) },
  };
};
