import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { renderInvocation, type UpdaterInvocation } from "../../../contract/invocation";
import { batchesOf } from "../batches";

/** Maximum number of messages in one call. */
const MESSAGES_PER_CALL = 10;

function toEntry(invocation: UpdaterInvocation, index: number): SendMessageBatchRequestEntry {
  return {
    Id: String(index),
    MessageBody: renderInvocation(invocation),
    // Makes the queue fair: an image with many messages doesn't delay the others.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    ...(invocation.image !== undefined && { MessageGroupId: invocation.image }),
  };
}

/**
 * Returns a function that sends messages to a queue. It throws an `Error` if one can't be sent; the
 * others are in the queue then, and are harmless.
 */
export function sender(
  client: SQSClient,
  queueUrl: string,
): (invocations: readonly UpdaterInvocation[]) => Promise<void> {
  return async (invocations) => {
    for (const batch of batchesOf(invocations, MESSAGES_PER_CALL)) {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: batch.map(toEntry) }),
      );
      const [failure] = Failed;
      if (failure)
        throw new Error(
          `${Failed.length} of ${batch.length} messages couldn't be sent to ${queueUrl}: ${failure.Message ?? failure.Code}`,
        );
    }
  };
}
