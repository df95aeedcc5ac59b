import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { trust } from "../common/policy";

export interface LifecycleRoleProps {
  readonly name: string;
  readonly partition: string;
}

/** AWS managed policy of lifecycle roles. */
export const LIFECYCLE_POLICY = "service-role/EC2ImageBuilderLifecycleExecutionPolicy";

/**
 * Role of Image Builder's lifecycle policies. AWS's managed policy lets it delete old builds, and
 * only what Image Builder created.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderLifecycleExecutionPolicy.html
 */
export class LifecycleRole extends Construct {
  readonly arn: string;
  /** Dependencies of the lifecycle policies that use the role. */
  readonly permissions: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, { name, partition }: LifecycleRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "Resource", {
      name,
      assumeRolePolicy: trust("imagebuilder.amazonaws.com"),
    });
    this.arn = role.arn;
    this.permissions = [
      new IamRolePolicyAttachment(this, "policy", {
        role: role.name,
        policyArn: `arn:${partition}:iam::aws:policy/${LIFECYCLE_POLICY}`,
      }),
    ];
  }
}
