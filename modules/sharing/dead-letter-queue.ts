import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { Construct } from "constructs";
import { policy } from "../common/policy";

export interface DeadLetterQueueProps {
  readonly name: string;
  readonly keyArn: string;
  /** Hears when something lies in the queue, and when it is empty again. */
  readonly topicArn: string;
}

/** Keeps failed events for 14 days, the longest SQS offers, and raises an alarm. */
export class DeadLetterQueue extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, keyArn, topicArn }: DeadLetterQueueProps) {
    super(scope, id);
    const queue = new SqsQueue(this, "Resource", {
      name,
      kmsMasterKeyId: keyArn,
      messageRetentionSeconds: 14 * 24 * 60 * 60,
    });
    this.arn = queue.arn;
    new SqsQueuePolicy(this, "policy", {
      queueUrl: queue.url,
      policy: policy({
        Sid: "RefusePlainHttp",
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:*",
        Resource: queue.arn,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    });
    new CloudwatchMetricAlarm(this, "alarm", {
      alarmName: name,
      alarmDescription: "Events that the share updater failed on lie in its dead-letter queue",
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
