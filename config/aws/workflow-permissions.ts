/** The resources that workflow steps name, and the permissions that their execution role needs. */

export type ResourceKind = "document" | "function" | "stateMachine" | "parameter";

/** A permission that an execution role needs in addition to AWS's managed policy. */
export interface Permission {
  readonly kind: ResourceKind;
  /** Name or ARN of the resource. */
  readonly target: string;
}

interface Resource {
  /** Names and ARNs that are accepted. Wildcards aren't: a permission must be for one resource. */
  readonly pattern: RegExp;
  /** Completes `must be …`. */
  readonly description: string;
  /** Names that the managed policy covers. @default - none */
  readonly covered?: RegExp;
}

/**
 * As of 2026-11-27. Names: the API references of AWS Systems Manager, AWS Lambda and AWS Step
 * Functions. Covered names:
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderExecutionPolicy.html
 */
export const RESOURCES: Readonly<Record<ResourceKind, Resource>> = {
  document: {
    pattern: /^((?!arn:)[\w.-]{3,128}|arn:[\w-]+:ssm:[a-z0-9-]+:\d*:document\/[\w./-]+)$/,
    description: "the name or ARN of a Systems Manager document",
    covered: /^(AWS-RunShellScript|AWS-RunPowerShellScript|AWSEC2-RunSysprep)$/,
  },
  function: {
    pattern: /^([\w-]{1,140}|arn:[\w-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+)(:[\w$-]+)?$/,
    description: "the name or ARN of a Lambda function",
  },
  stateMachine: {
    pattern: /^arn:[\w-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[\w.+@()='-]{1,80}(:[\w.-]+)?$/,
    description: "the ARN of a Step Functions state machine",
  },
  parameter: {
    pattern: /^\/?[\w.-]+(\/[\w.-]+)*$/,
    description: "the name of an SSM parameter",
    covered: /^\/imagebuilder\//,
  },
};
