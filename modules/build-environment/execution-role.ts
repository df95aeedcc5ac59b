import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import { policy, type Statement, trust } from "../common/policy";

export interface ExecutionRoleProps {
  readonly name: string;
  readonly partition: string;
  /** Encrypts the topic that builds tell of themselves and of what they wait for. */
  readonly dataKeyArn: string;
  /** ARNs of what the steps of workflows use, and of the SSM parameters that get an AMI's id. */
  readonly documents: readonly string[];
  readonly functions: readonly string[];
  readonly stateMachines: readonly string[];
  readonly parameters: readonly string[];
}

/** AWS's own policy for these roles. */
export const EXECUTION_POLICY = "EC2ImageBuilderExecutionPolicy";

function use(sid: string, action: string, resources: readonly string[]): Statement[] {
  return resources.length > 0 ? [{ Sid: sid, Action: action, Resource: resources }] : [];
}

/** An execution's ARN has its state machine's name, without the alias or version that it was started by. */
function executions(stateMachine: string): string {
  return stateMachine.replace(/:stateMachine:([^:]+).*$/, ":execution:$1:*");
}

/**
 * What Image Builder may do while it builds with workflows, or for an SSM parameter that its service-linked role may not write: what AWS's
 * own policy gives for it, and what the workflows need beside.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderExecutionPolicy.html
 */
export class ExecutionRole extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: ExecutionRoleProps) {
    super(scope, id);
    const { name, partition, dataKeyArn, documents, functions, stateMachines, parameters } = props;
    const role = new IamRole(this, "Resource", {
      name,
      assumeRolePolicy: trust("imagebuilder.amazonaws.com"),
    });
    this.arn = role.arn;
    new IamRolePolicyAttachment(this, "managed", {
      role: role.name,
      policyArn: `arn:${partition}:iam::aws:policy/${EXECUTION_POLICY}`,
    });
    new IamRolePolicy(this, "policy", {
      name: "workflows",
      role: role.name,
      policy: policy(
        { Sid: "Publish", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: dataKeyArn },
        ...use("RunDocuments", "ssm:SendCommand", documents),
        ...use("CallFunctions", "lambda:InvokeFunction", functions),
        ...use("StartStateMachines", "states:StartExecution", stateMachines),
        ...use("FollowStateMachines", "states:DescribeExecution", stateMachines.map(executions)),
        ...use("WriteParameters", "ssm:PutParameter", parameters),
      ),
    });
  }
}
