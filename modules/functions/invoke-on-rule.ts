import {
  CloudwatchEventRule,
  type CloudwatchEventRuleConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import type { Construct } from "constructs";

export interface InvokingRule
  extends Pick<CloudwatchEventRuleConfig, "scheduleExpression" | "eventPattern"> {
  readonly name: string;
  readonly description: string;
  /** Event that the function gets, as JSON. @default - the event of the rule */
  readonly input?: string;
}

/** Adds an EventBridge rule that invokes a function: on a schedule, or on events. */
export function invokeOnRule(
  scope: Construct,
  id: string,
  { functionName, arn }: LambdaFunction,
  { input, ...config }: InvokingRule,
): void {
  const rule = new CloudwatchEventRule(scope, id, config);
  const permission = new LambdaPermission(scope, `${id}-permission`, {
    functionName,
    action: "lambda:InvokeFunction",
    principal: "events.amazonaws.com",
    sourceArn: rule.arn,
  });
  new CloudwatchEventTarget(scope, `${id}-target`, {
    rule: rule.name,
    arn,
    ...(input !== undefined && { input }),
    dependsOn: [permission],
  });
}
