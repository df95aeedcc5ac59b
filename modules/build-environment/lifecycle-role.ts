import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import { trust } from "../common/policy";

export interface LifecycleRoleProps {
  readonly name: string;
  readonly partition: string;
}

/** AWS's own policy for lifecycle policies. */
export const LIFECYCLE_POLICY = "service-role/EC2ImageBuilderLifecycleExecutionPolicy";

/**
 * What Image Builder's lifecycle policies may do: delete old builds, by AWS's own policy, which is limited to what Image Builder
 * made. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderLifecycleExecutionPolicy.html
 */
export class LifecycleRole extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, partition }: LifecycleRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "Resource", {
      name,
      assumeRolePolicy: trust("imagebuilder.amazonaws.com"),
    });
    this.arn = role.arn;
    new IamRolePolicyAttachment(this, "policy", {
      role: role.name,
      policyArn: `arn:${partition}:iam::aws:policy/${LIFECYCLE_POLICY}`,
    });
  }
}
