import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { policy } from "../common/policy";

export interface FleetRoleProps {
  readonly name: string;
  /** ARNs of the roles and users that may assume the role. */
  readonly operators: readonly string[];
}

/**
 * Role with which operators see the AMI of each instance in the account, and nothing else.
 *
 * Its trust policy names principals and not their accounts. So no other principal of these accounts
 * can assume it, whatever its IAM policies allow. IAM rejects the trust policy while one of the
 * principals doesn't exist.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export class FleetRole extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, operators }: FleetRoleProps) {
    super(scope, id);
    const role = new IamRole(this, "Resource", {
      name,
      description: "Lets operators of the golden image factory see the AMIs of instances",
      assumeRolePolicy: policy({
        Sid: "Assume",
        Principal: { AWS: [...operators].sort() },
        Action: "sts:AssumeRole",
      }),
    });
    this.arn = role.arn;
    new IamRolePolicy(this, "policy", {
      name: "fleet",
      role: role.name,
      policy: policy({
        // The action can't be limited to a resource.
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
        Sid: "SeeAmisOfInstances",
        Action: "ec2:DescribeInstanceImageMetadata",
        Resource: "*",
      }),
    });
  }
}
