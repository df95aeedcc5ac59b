/** The resources of Image Builder, and what it reads with the permissions of the deploy role. */
import { words } from "../support";
import { actionsIf, type Expectation, expectation, TAG_ACTIONS } from "./expectation";
import type { Scope } from "./scope";

const CONFIGURATION_WRITES = words(`
  CreateComponent CreateDistributionConfiguration CreateImagePipeline CreateImageRecipe
  CreateInfrastructureConfiguration CreateLifecyclePolicy DeleteDistributionConfiguration
  DeleteImagePipeline DeleteImageRecipe DeleteInfrastructureConfiguration DeleteLifecyclePolicy
  TagResource UntagResource UpdateDistributionConfiguration UpdateImagePipeline
  UpdateInfrastructureConfiguration UpdateLifecyclePolicy
`);

const CONFIGURATIONS = [
  "component/agent/1.0.0/1",
  "distribution-configuration/base",
  "image-pipeline/base",
  "image-recipe/base/1.0.0",
  "infrastructure-configuration/base",
  "lifecycle-policy/base",
];

/** Only accounts with containers, or with an execution role, have these resources. */
function additionalExpectations(scope: Scope): Expectation[] {
  const { hasContainers, hasExecutionRole, arn } = scope;
  return [
    expectation("imagebuilder", arn("imagebuilder", "container-recipe/base/1.0.0"), {
      writes: actionsIf(hasContainers, [
        "CreateContainerRecipe",
        "DeleteContainerRecipe",
        ...TAG_ACTIONS,
      ]),
      reads: actionsIf(hasContainers, ["GetContainerRecipe", "ListTagsForResource"]),
    }),
    expectation("imagebuilder", arn("imagebuilder", "workflow/test/base--gate/1.0.0/1"), {
      writes: actionsIf(hasExecutionRole, ["CreateWorkflow", "DeleteWorkflow", ...TAG_ACTIONS]),
      reads: ["GetWorkflow", ...actionsIf(hasExecutionRole, ["ListTagsForResource"])],
    }),
  ];
}

export function imageBuilderExpectations(scope: Scope): Expectation[] {
  const { account, region, arn } = scope;
  const owned = (owner: string, resource: string): string =>
    `arn:aws:imagebuilder:${region}:${owner}:${resource}`;
  return [
    ...CONFIGURATIONS.map((resource) =>
      expectation("imagebuilder", arn("imagebuilder", resource), {
        writes: CONFIGURATION_WRITES,
        reads: words("GetComponent GetImagePipeline GetImageRecipe ListTagsForResource"),
      }),
    ),
    ...additionalExpectations(scope),
    // Tags of a build approve and revoke it, and its policy shares it.
    ...[account, "aws", "888888888888"].map((owner) =>
      expectation("imagebuilder", owned(owner, "image/base/1.0.0/1"), { reads: ["GetImage"] }),
    ),
    expectation("imagebuilder", owned("aws", "component/update-linux/1.0.0/1"), {
      reads: ["GetComponent"],
    }),
    expectation("inspector2", "*", { reads: ["BatchGetAccountStatus"], isDeployOnly: true }),
    expectation("ec2", `arn:aws:ec2:${region}::image/ami-1`, {
      context: { "aws:ResourceTag/Ec2ImageBuilderArn": "x" },
      reads: ["DescribeImages"],
      isDeployOnly: true,
    }),
  ];
}
