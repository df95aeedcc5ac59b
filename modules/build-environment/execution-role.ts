import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { policy, type Statement, trust } from "../common/policy";

export interface ExecutionRoleProps {
  readonly name: string;
  readonly partition: string;
  /** ARN of the key that encrypts the topic. Image Builder and workflow steps publish to it. */
  readonly dataKeyArn: string;
  /** ARNs of the Systems Manager documents that workflow steps run. */
  readonly documents: readonly string[];
  /** ARNs of the Lambda functions that workflow steps invoke. */
  readonly functions: readonly string[];
  /** ARNs of the state machines that workflow steps start. */
  readonly stateMachines: readonly string[];
  /** ARNs of the SSM parameters that AMI IDs are written to. */
  readonly parameters: readonly string[];
  /** ARNs of the SSM parameters that contain the IDs of parents and of build instances' AMIs. */
  readonly parentParameters: readonly string[];
}

/** AWS managed policy of execution roles. */
export const EXECUTION_POLICY = "EC2ImageBuilderExecutionPolicy";

/** Returns no statement if there are no resources: IAM rejects an empty list. */
function allow(sid: string, action: string, resources: readonly string[]): Statement[] {
  return resources.length > 0 ? [{ Sid: sid, Action: action, Resource: resources }] : [];
}

/**
 * Returns the pattern of the ARNs of a state machine's executions. They contain its name, but
 * neither alias nor version.
 */
function executionsOf(stateMachine: string): string {
  return stateMachine.replace(/:stateMachine:([^:]+).*$/, ":execution:$1:*");
}

/**
 * Role that Image Builder assumes when it runs workflows, or when it writes or reads an SSM
 * parameter that its service-linked role has no permission for. It has AWS's managed policy, and
 * permissions for the resources that the workflows use.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderExecutionPolicy.html
 */
export class ExecutionRole extends Construct {
  readonly arn: string;
  /** Dependencies of the pipelines that use the role. */
  readonly permissions: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: ExecutionRoleProps) {
    super(scope, id);
    const { name, partition, dataKeyArn, documents, functions, stateMachines } = props;
    const role = new IamRole(this, "Resource", {
      name,
      assumeRolePolicy: trust("imagebuilder.amazonaws.com"),
    });
    this.arn = role.arn;
    const managed = new IamRolePolicyAttachment(this, "managed", {
      role: role.name,
      policyArn: `arn:${partition}:iam::aws:policy/${EXECUTION_POLICY}`,
    });
    const workflows = new IamRolePolicy(this, "policy", {
      name: "workflows",
      role: role.name,
      policy: policy(
        { Sid: "Publish", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: dataKeyArn },
        ...allow("RunDocuments", "ssm:SendCommand", documents),
        ...allow("CallFunctions", "lambda:InvokeFunction", functions),
        ...allow("StartStateMachines", "states:StartExecution", stateMachines),
        ...allow(
          "FollowStateMachines",
          "states:DescribeExecution",
          stateMachines.map(executionsOf),
        ),
        ...allow("WriteParameters", "ssm:PutParameter", props.parameters),
        ...allow("ReadParentParameters", "ssm:GetParameter", props.parentParameters),
      ),
    });
    this.permissions = [managed, workflows];
  }
}
