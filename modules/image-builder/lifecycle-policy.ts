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
  /** Builds to keep, per recipe version. */
  readonly retain: Retention;
  readonly roleArn: string;
  /**
   * The recipe. Its newest version must exist before the policy. Assumed: older versions needn't
   * exist any more.
   */
  readonly recipe: ITerraformDependable;
  /** Permissions of the role. @default - they are in another stack */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** The newest builds, or the builds up to an age and `minBuilds` of any age, at most 10. */
export type Retention =
  | { readonly kind: "count"; readonly builds: number }
  | { readonly kind: "age"; readonly days: number; readonly minBuilds: number };

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
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailFilter.html
 * Assumed: the builds that an age rule retains are the newest ones, as with a count rule.
 */
function filterOf(retain: Retention) {
  switch (retain.kind) {
    case "count":
      return { type: "COUNT", value: retain.builds };
    case "age":
      return { type: "AGE", value: retain.days, unit: "DAYS", retainAtLeast: retain.minBuilds };
  }
}

/**
 * Deletes the older builds of an image, with their AMIs and snapshots or container images.
 * The service counts builds per recipe version:
 * https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/master/lifecycle
 */
export class LifecyclePolicy extends Construct {
  constructor(scope: Construct, id: string, props: LifecyclePolicyProps) {
    super(scope, id);
    const { name, kind, recipeVersions, retain, roleArn, recipe, dependsOn = [] } = props;
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
          filter: [filterOf(retain)],
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
