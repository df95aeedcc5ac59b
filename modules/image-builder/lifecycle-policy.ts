import { ImagebuilderLifecyclePolicy } from "@cdktf/provider-aws/lib/imagebuilder-lifecycle-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";

export interface LifecyclePolicyProps {
  /** Name of the policy and of the recipe whose builds it deletes. */
  readonly name: string;
  /** Kind of the recipe. */
  readonly kind: "image" | "container";
  /**
   * Versions of the recipe, newest first. The policy covers the first 50, the service's maximum.
   */
  readonly recipeVersions: readonly string[];
  /** Number of builds to keep, per recipe version. */
  readonly keepBuilds: number;
  readonly roleArn: string;
  /**
   * The recipe. Its newest version must exist before the policy. Assumed: older versions needn't
   * exist any more.
   */
  readonly recipe: ITerraformDependable;
  /** Permissions of the role. @default - they are in another stack */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Maximum number of recipes in a lifecycle policy. */
const MAX_RECIPES = 50;

/** Outputs that are deleted together with a build. */
const OUTPUTS = {
  image: {
    resourceType: "AMI_IMAGE",
    includeResources: [{ amis: true, snapshots: true }],
    // If left out, the provider reads `false` after apply and reports an inconsistent result:
    // hashicorp/terraform-provider-aws#43752.
    exclusionRules: [{ amis: [{ isPublic: false }] }],
  },
  container: { resourceType: "CONTAINER_IMAGE", includeResources: [{ containers: true }] },
};

/**
 * Deletes all but the newest builds of an image, with their AMIs and snapshots or container images.
 * The service counts builds per recipe version:
 * https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/master/lifecycle
 */
export class LifecyclePolicy extends Construct {
  constructor(scope: Construct, id: string, props: LifecyclePolicyProps) {
    super(scope, id);
    const { name, kind, recipeVersions, keepBuilds, roleArn, recipe, dependsOn = [] } = props;
    const { resourceType, includeResources, ...exclusions } = OUTPUTS[kind];
    new ImagebuilderLifecyclePolicy(this, "Resource", {
      name,
      status: "ENABLED",
      executionRole: roleArn,
      resourceType,
      dependsOn: [recipe, ...dependsOn],
      policyDetail: [
        {
          action: [{ type: "DELETE", includeResources }],
          ...exclusions,
          filter: [{ type: "COUNT", value: keepBuilds }],
        },
      ],
      resourceSelection: [
        {
          // The provider rejects wildcards in versions.
          recipe: recipeVersions
            .slice(0, MAX_RECIPES)
            .map((semanticVersion) => ({ name, semanticVersion })),
        },
      ],
    });
  }
}
