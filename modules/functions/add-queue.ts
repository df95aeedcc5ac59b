import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueueRedriveAllowPolicy } from "@cdktf/provider-aws/lib/sqs-queue-redrive-allow-policy";
import type { Construct } from "constructs";
import type { DeadLetterQueue } from "./dead-letter-queue";

/**
 * AWS's minimum of a queue's visibility timeout, as a multiple of the function's timeout.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_FACTOR = 6;

/** Deliveries of a message. */
const MAX_RECEIVE_COUNT = 3;

export interface QueueProps {
  readonly name: string;
  /** ARN of the key that encrypts the messages. */
  readonly keyArn: string;
  /** Timeout of the function that processes the messages, in seconds. */
  readonly functionTimeout: number;
  /**
   * Seconds for which Lambda collects messages for one run.
   * @default 0
   */
  readonly collectSeconds?: number;
  /** Gets messages that the function couldn't process. */
  readonly deadLetters: DeadLetterQueue;
}

/** Adds a queue that a function processes, whose failed messages can be sent to it again. */
export function addQueue(scope: Construct, props: QueueProps): SqsQueue {
  const { name, keyArn, functionTimeout, collectSeconds = 0, deadLetters } = props;
  const queue = new SqsQueue(scope, "Resource", {
    name,
    kmsMasterKeyId: keyArn,
    visibilityTimeoutSeconds: VISIBILITY_FACTOR * functionTimeout + collectSeconds,
    redrivePolicy: JSON.stringify({
      deadLetterTargetArn: deadLetters.arn,
      maxReceiveCount: MAX_RECEIVE_COUNT,
    }),
  });
  new SqsQueueRedriveAllowPolicy(scope, "redrive", {
    queueUrl: deadLetters.url,
    redriveAllowPolicy: JSON.stringify({
      redrivePermission: "byQueue",
      sourceQueueArns: [queue.arn],
    }),
  });
  return queue;
}
