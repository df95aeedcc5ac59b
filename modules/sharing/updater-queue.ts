import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { SqsQueueRedriveAllowPolicy } from "@cdktf/provider-aws/lib/sqs-queue-redrive-allow-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { denyInsecureTransport, policy } from "../common/policy";
import { alarmDescription } from "../functions/alarms";
import type { DeadLetterQueue } from "../functions/dead-letter-queue";

export interface UpdaterQueueProps {
  readonly name: string;
  /** ARN of the key that encrypts the messages. */
  readonly keyArn: string;
  /** ARN of the topic whose messages SNS sends to the queue. Alarms are published to it as well. */
  readonly topicArn: string;
  /** Timeout of the function that processes the messages, in seconds. */
  readonly functionTimeout: number;
  /** Gets messages that the function couldn't process. */
  readonly deadLetters: DeadLetterQueue;
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

/**
 * The queue of the updater's work. Only the factory's topic can send messages through SNS. The
 * updater's role sends the others.
 */
export class UpdaterQueue extends Construct {
  readonly arn: string;
  readonly url: string;
  /** Dependency of the topic's subscription. */
  readonly policy: ITerraformDependable;

  constructor(scope: Construct, id: string, props: UpdaterQueueProps) {
    super(scope, id);
    const { name, keyArn, topicArn, functionTimeout, deadLetters } = props;
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
        {
          Sid: "TopicSends",
          Principal: { Service: "sns.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: queue.arn,
          Condition: { ArnEquals: { "aws:SourceArn": topicArn } },
        },
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
    this.addAlarm(name, queue.name, topicArn);
  }

  private addAlarm(name: string, queueName: string, topicArn: string): void {
    new CloudwatchMetricAlarm(this, "delayed", {
      alarmName: `${name}-delayed`,
      alarmDescription: alarmDescription(
        "A message for the share updater has waited for more than 2 hours.",
        "New builds aren't shared, and revoked builds are still shared.",
        `First check that the event source mapping of the function ${name} is enabled, and that Lambda doesn't throttle the function.`,
        "If there are too many images for its concurrency, raise updater.concurrency in factory.yaml.",
      ),
      namespace: "AWS/SQS",
      metricName: "ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: queueName },
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
