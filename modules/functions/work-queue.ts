import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { SqsQueueRedriveAllowPolicy } from "@cdktf/provider-aws/lib/sqs-queue-redrive-allow-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { denyInsecureTransport, policy, type Statement } from "../common/policy";
import type { DeadLetterQueue } from "./dead-letter-queue";

export interface WorkQueueProps {
  readonly name: string;
  /** ARN of the key that encrypts the messages. */
  readonly keyArn: string;
  /** Topic that the alarm is published to. */
  readonly topicArn: string;
  /**
   * Whether SNS sends the topic's messages to the queue.
   * @default false: only roles with an IAM policy send messages
   */
  readonly receivesTopic?: boolean;
  /** Timeout of the function that processes the messages, in seconds. */
  readonly functionTimeout: number;
  /** Gets messages that the function couldn't process. */
  readonly deadLetters: DeadLetterQueue;
  /** Description of the alarm for a message that waits too long. */
  readonly delayedDescription: string;
}

/**
 * AWS's minimum of a queue's visibility timeout, as a multiple of the function's timeout.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_FACTOR = 6;

/** Deliveries of a message. */
const MAX_RECEIVE_COUNT = 3;

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
 * The queue of a function's work, with an alarm for messages that wait too long. Of all topics, only
 * the factory's can send messages.
 */
export class WorkQueue extends Construct {
  readonly arn: string;
  readonly url: string;
  /** Dependency of the topic's subscription. */
  readonly policy: ITerraformDependable;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const { name, keyArn, topicArn, receivesTopic = false, functionTimeout, deadLetters } = props;
    const queue = new SqsQueue(this, "Resource", {
      name,
      kmsMasterKeyId: keyArn,
      visibilityTimeoutSeconds: VISIBILITY_FACTOR * functionTimeout,
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetters.arn,
        maxReceiveCount: MAX_RECEIVE_COUNT,
      }),
    });
    this.arn = queue.arn;
    this.url = queue.url;
    this.policy = new SqsQueuePolicy(this, "policy", {
      queueUrl: queue.url,
      policy: policy(
        ...(receivesTopic ? [topicSends(topicArn, queue.arn)] : []),
        denyInsecureTransport("sqs:*", queue.arn),
      ),
    });
    new SqsQueueRedriveAllowPolicy(this, "redrive", {
      queueUrl: deadLetters.url,
      redriveAllowPolicy: JSON.stringify({
        redrivePermission: "byQueue",
        sourceQueueArns: [queue.arn],
      }),
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
