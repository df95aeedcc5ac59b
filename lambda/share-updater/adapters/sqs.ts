import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { renderInvocation, type UpdaterInvocation } from "../../../contract/invocation";
import { batchesOf } from "../../common/batches";
import type { Aws } from "../ports";

/** Maximum number of messages in one call. */
const MESSAGES_PER_CALL = 10;

function toEntry(
  invocation: UpdaterInvocation,
  index: number,
  delaySeconds: number,
): SendMessageBatchRequestEntry {
  return {
    Id: String(index),
    MessageBody: renderInvocation(invocation),
    // Makes the queue fair: an image with many messages doesn't delay the others.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    ...(invocation.image !== undefined && { MessageGroupId: invocation.image }),
    ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
  };
}

/** Sends the messages of one call. Returns why some can't be sent. */
async function sendBatch(
  client: SQSClient,
  queueUrl: string,
  batch: readonly UpdaterInvocation[],
  delaySeconds: number,
): Promise<string[]> {
  try {
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: batch.map((invocation, index) => toEntry(invocation, index, delaySeconds)),
      }),
    );
    const [failure] = Failed;
    if (!failure) return [];
    return [`${Failed.length} of ${batch.length}: ${failure.Message ?? failure.Code}`];
  } catch (error) {
    return [`${batch.length} of ${batch.length}: ${(error as Error).message}`];
  }
}

/**
 * Returns a function that sends messages to a queue. It throws an `Error` if some can't be sent,
 * after it has sent the others. A message that is sent twice is harmless.
 */
export function sender(client: SQSClient, queueUrl: string): Aws["send"] {
  return async (invocations, delaySeconds = 0) => {
    const failures: string[] = [];
    for (const batch of batchesOf(invocations, MESSAGES_PER_CALL))
      failures.push(...(await sendBatch(client, queueUrl, batch, delaySeconds)));
    if (failures.length > 0)
      throw new Error(`messages couldn't be sent to ${queueUrl}: ${failures.join("; ")}`);
  };
}
