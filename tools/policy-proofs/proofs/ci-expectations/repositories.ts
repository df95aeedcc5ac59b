/** The repositories of containers. */
import { words } from "../support";
import { actionsIf, type Expectation, expectation } from "./expectation";
import { PREFIX, type Scope } from "./scope";

const REPOSITORY_WRITES = words(`
  CreateRepository DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy
  PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy
  TagResource UntagResource
`);

/** The roles have these permissions only in accounts with containers. */
export function repositoryExpectations(scope: Scope): Expectation[] {
  const { hasContainers, region, isShared, sharedAccount, arn } = scope;
  const repository = `repository/${PREFIX}/base`;
  return [
    expectation("ecr", arn("ecr", repository), {
      writes: actionsIf(hasContainers, REPOSITORY_WRITES),
      reads: actionsIf(hasContainers, [
        "DescribeRepositories",
        "GetLifecyclePolicy",
        "GetRepositoryPolicy",
        "ListTagsForResource",
      ]),
    }),
    expectation("ecr", `arn:aws:ecr:${region}:${sharedAccount}:${repository}`, {
      writes: actionsIf(isShared && hasContainers, REPOSITORY_WRITES),
      reads: actionsIf(hasContainers, ["DescribeImages"]),
      isDeployOnly: true,
    }),
    expectation("ecr", arn("ecr", "repository/else")),
  ];
}
