import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { denyInsecureTransport, policy, type Statement } from "../common/policy";
import { addQueue, type QueueProps } from "./add-queue";

export interface WorkQueueProps extends Omit<QueueProps, "collectSeconds"> {
  /** Topic that the alarm is published to. */
  readonly topicArn: string;
  /**
   * Whether SNS sends the topic's messages to the queue.
   * @default false: only roles with an IAM policy send messages
   */
  readonly receivesTopic?: boolean;
  /** Description of the alarm for a message that waits too long. */
  readonly delayedDescription: string;
}

/** Seconds after which a message is overdue: after its three deliveries. */
const OVERDUE_SECONDS = 2 * 60 * 60;

function topicSends(topicArn: string, queueArn: string): Statement {
  return {
    Sid: "TopicSends",
    Principal: { Service: "sns.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queueArn,
    Condition: { ArnEquals: { "aws:SourceArn": topicArn } },
  };
}

/**
 * The queue of a function's work, with an alarm for messages that wait too long. Of all topics,
 * only the factory's can send messages.
 */
export class WorkQueue extends Construct {
  readonly arn: string;
  readonly url: string;
  /** Dependency of the topic's subscription. */
  readonly policy: ITerraformDependable;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const { name, topicArn, receivesTopic = false } = props;
    const queue = addQueue(this, props);
    this.arn = queue.arn;
    this.url = queue.url;
    this.policy = new SqsQueuePolicy(this, "policy", {
      queueUrl: queue.url,
      policy: policy(
        ...(receivesTopic ? [topicSends(topicArn, queue.arn)] : []),
        denyInsecureTransport("sqs:*", queue.arn),
      ),
    });
    new CloudwatchMetricAlarm(this, "delayed", {
      alarmName: `${name}-delayed`,
      alarmDescription: props.delayedDescription,
      namespace: "AWS/SQS",
      metricName: "ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: queue.name },
      statistic: "Maximum",
      period: 300,
      evaluationPeriods: 1,
      threshold: OVERDUE_SECONDS,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      treatMissingData: "notBreaching",
      alarmActions: [topicArn],
      okActions: [topicArn],
    });
  }
}
