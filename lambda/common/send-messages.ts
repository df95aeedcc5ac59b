import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { batchesOf } from "./batches";

/** Maximum number of messages in one call. */
const MESSAGES_PER_CALL = 10;

export interface QueueMessage {
  readonly body: string;
  /**
   * Messages of one group don't delay those of others: that makes the queue fair.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
   * @default - no group
   */
  readonly group?: string | undefined;
}

function toEntry(
  { body, group }: QueueMessage,
  index: number,
  delaySeconds: number,
): SendMessageBatchRequestEntry {
  return {
    Id: String(index),
    MessageBody: body,
    ...(group !== undefined && { MessageGroupId: group }),
    ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
  };
}

/** Sends the messages of one call. Returns why some can't be sent. */
async function sendBatch(
  client: SQSClient,
  queueUrl: string,
  batch: readonly QueueMessage[],
  delaySeconds: number,
): Promise<string[]> {
  try {
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: batch.map((message, index) => toEntry(message, index, delaySeconds)),
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
 * Sends messages to a queue. Throws an `Error` if some can't be sent, after it has sent the others.
 * A message that is sent twice must be harmless.
 */
export async function sendMessages(
  client: SQSClient,
  queueUrl: string,
  messages: readonly QueueMessage[],
  delaySeconds = 0,
): Promise<void> {
  const failures: string[] = [];
  for (const batch of batchesOf(messages, MESSAGES_PER_CALL))
    failures.push(...(await sendBatch(client, queueUrl, batch, delaySeconds)));
  if (failures.length > 0)
    throw new Error(`messages couldn't be sent to ${queueUrl}: ${failures.join("; ")}`);
}
