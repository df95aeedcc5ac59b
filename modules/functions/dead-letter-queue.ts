import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { Construct } from "constructs";
import { denyInsecureTransport, policy } from "../common/policy";

export interface DeadLetterQueueProps {
  /** Name of the queue and of its alarm. */
  readonly name: string;
  /** ARN of the key that encrypts the events. */
  readonly keyArn: string;
  /** Topic that is notified when the queue contains events, and when it is empty again. */
  readonly topicArn: string;
  readonly alarmDescription: string;
}

/** Keeps failed events for 14 days, the maximum, and raises an alarm. */
export class DeadLetterQueue extends Construct {
  readonly arn: string;
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    { name, keyArn, topicArn, alarmDescription }: DeadLetterQueueProps,
  ) {
    super(scope, id);
    const queue = new SqsQueue(this, "Resource", {
      name,
      kmsMasterKeyId: keyArn,
      messageRetentionSeconds: 14 * 24 * 60 * 60,
    });
    this.arn = queue.arn;
    this.url = queue.url;
    new SqsQueuePolicy(this, "policy", {
      queueUrl: queue.url,
      policy: policy(denyInsecureTransport("sqs:*", queue.arn)),
    });
    new CloudwatchMetricAlarm(this, "alarm", {
      alarmName: name,
      alarmDescription,
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: queue.name },
      statistic: "Maximum",
      period: 300,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      treatMissingData: "notBreaching",
      alarmActions: [topicArn],
      okActions: [topicArn],
    });
  }
}
