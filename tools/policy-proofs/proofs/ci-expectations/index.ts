/**
 * The permissions that the roles for GitHub Actions must have, resource by resource. The lists of
 * writes are complete: they prove that the deploy role can do nothing else. The end-to-end test
 * proves the opposite, that Terraform needs no more than the roles allow.
 */
import type { Resource } from "../../../iam/resolved-stacks";
import type { PolicyFixture } from "../../policy-fixture";
import { bucketExpectations } from "./buckets";
import type { Expectation } from "./expectation";
import { functionExpectations } from "./functions";
import { githubRoleExpectations } from "./github-roles";
import { imageBuilderExpectations } from "./image-builder";
import { keyExpectations } from "./keys";
import { alarmExpectations, logGroupExpectations, topicExpectations } from "./monitoring";
import { parameterExpectations } from "./parameters";
import { repositoryExpectations } from "./repositories";
import { roleExpectations } from "./roles";
import { scopeOf } from "./scope";
import { shareExpectations } from "./shares";

/** All expectations for the account of a plan or deploy role. */
export function expectationsFor(fixture: PolicyFixture, role: Resource): Expectation[] {
  const scope = scopeOf(fixture, role);
  return [
    ...bucketExpectations(scope),
    ...keyExpectations(scope),
    ...roleExpectations(scope),
    ...githubRoleExpectations(scope),
    ...topicExpectations(scope),
    ...logGroupExpectations(scope),
    ...imageBuilderExpectations(scope),
    ...functionExpectations(scope),
    ...alarmExpectations(scope),
    ...shareExpectations(scope),
    ...repositoryExpectations(scope),
    ...parameterExpectations(scope),
  ];
}
