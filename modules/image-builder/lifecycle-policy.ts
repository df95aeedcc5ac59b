import { ImagebuilderLifecyclePolicy } from "@cdktf/provider-aws/lib/imagebuilder-lifecycle-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";

export interface LifecyclePolicyProps {
  /** Also of the recipe whose builds it deletes. */
  readonly name: string;
  /** What its recipe makes. */
  readonly kind: "image" | "container";
  /** Newest first. Only the first 50 are looked after, as many as the service takes. */
  readonly recipeVersions: readonly string[];
  /** How many builds of each recipe version stay. */
  readonly keepBuilds: number;
  readonly roleArn: string;
  /** The recipe, which has to be there before it is named. Whether older ones still have to be isn't documented; it is assumed not. */
  readonly recipe: ITerraformDependable;
}

/** What goes with a build. */
const OUTPUT = {
  image: {
    resourceType: "AMI_IMAGE",
    includeResources: [{ amis: true, snapshots: true }],
    // Left out, the provider finds it false after apply and fails: hashicorp/terraform-provider-aws#43752.
    exclusionRules: [{ amis: [{ isPublic: false }] }],
  },
  container: { resourceType: "CONTAINER_IMAGE", includeResources: [{ containers: true }] },
};

/**
 * Deletes all but the newest builds of an image, with what came of them. The service counts for every recipe version by
 * itself: https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/master/lifecycle
 */
export class LifecyclePolicy extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { name, kind, recipeVersions, keepBuilds, roleArn, recipe }: LifecyclePolicyProps,
  ) {
    super(scope, id);
    const { resourceType, includeResources, ...exclusions } = OUTPUT[kind];
    new ImagebuilderLifecyclePolicy(this, "Resource", {
      name,
      status: "ENABLED",
      executionRole: roleArn,
      resourceType,
      dependsOn: [recipe],
      policyDetail: [
        {
          action: [{ type: "DELETE", includeResources }],
          ...exclusions,
          filter: [{ type: "COUNT", value: keepBuilds }],
        },
      ],
      resourceSelection: [
        {
          // The provider refuses a wildcard for a version.
          recipe: recipeVersions.slice(0, 50).map((semanticVersion) => ({ name, semanticVersion })),
        },
      ],
    });
  }
}
