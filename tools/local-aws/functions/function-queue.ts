/**
 * Delivers the messages of a queue to a function, as Lambda's event source mapping does: moto would
 * run the function in Docker.
 */

import type { Moto } from "../moto/moto";
import type { Invocation } from "./function";

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes: Readonly<Record<string, string>>;
}

/** One delivery of a message, with the result of the function. */
export interface Delivery<Result> extends Invocation<Result> {
  /** The event that the function was invoked with. */
  readonly event: object;
  readonly body: string;
}

export class FunctionQueue {
  private constructor(
    private readonly moto: Moto,
    private readonly key: string,
    private readonly region: string,
    private readonly url: string,
    private readonly arn: string,
    private readonly deadLetterUrl: string,
  ) {}

  /** Finds a queue that has a dead-letter queue. `key` is the access key of its account. */
  static async find(moto: Moto, key: string, region: string, name: string): Promise<FunctionQueue> {
    const urlOf = async (QueueName: string): Promise<string> =>
      String((await moto.sqs(key, region, "GetQueueUrl", { QueueName }))["QueueUrl"]);
    const url = await urlOf(name);
    const { Attributes } = await moto.sqs(key, region, "GetQueueAttributes", {
      QueueUrl: url,
      AttributeNames: ["All"],
    });
    const { QueueArn = "", RedrivePolicy = "{}" } = Attributes as Record<string, string>;
    const { deadLetterTargetArn } = JSON.parse(RedrivePolicy);
    const deadLetterUrl = await urlOf(String(deadLetterTargetArn).replace(/.*:/, ""));
    return new FunctionQueue(moto, key, region, url, QueueArn, deadLetterUrl);
  }

  /**
   * Delivers messages one by one until the queue is empty. A message is deleted if the function
   * succeeds. Otherwise it is delivered again, as if its visibility timeout were over, until SQS
   * moves it to the dead-letter queue.
   */
  async deliver<Result>(
    run: (event: object) => Promise<Invocation<Result>>,
  ): Promise<Delivery<Result>[]> {
    const deliveries: Delivery<Result>[] = [];
    for (;;) {
      const message = await this.receive(this.url);
      if (!message) return deliveries;
      const event = this.eventOf(message);
      const invocation = await run(event);
      deliveries.push({ ...invocation, event, body: message.Body });
      if (invocation.error) await this.makeVisible(message);
      else await this.delete(this.url, message);
    }
  }

  async countDeadLetters(): Promise<number> {
    const { Attributes } = await this.call("GetQueueAttributes", this.deadLetterUrl, {
      AttributeNames: ["ApproximateNumberOfMessages"],
    });
    return Number((Attributes as Record<string, string>)["ApproximateNumberOfMessages"]);
  }

  /**
   * Moves the messages of the dead-letter queue back as new messages, as `StartMessageMoveTask`
   * does, which moto lacks.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
   *
   * Assumed: a message keeps its group.
   */
  async redrive(): Promise<void> {
    for (;;) {
      const message = await this.receive(this.deadLetterUrl);
      if (!message) return;
      const { MessageGroupId } = message.Attributes;
      await this.call("SendMessage", this.url, {
        MessageBody: message.Body,
        ...(MessageGroupId !== undefined && { MessageGroupId }),
      });
      await this.delete(this.deadLetterUrl, message);
    }
  }

  private call(action: string, QueueUrl: string, input: object): Promise<Record<string, unknown>> {
    return this.moto.sqs(this.key, this.region, action, { QueueUrl, ...input });
  }

  private async receive(url: string): Promise<Message | undefined> {
    const { Messages = [] } = await this.call("ReceiveMessage", url, {
      MaxNumberOfMessages: 1,
      AttributeNames: ["All"],
    });
    return (Messages as Message[])[0];
  }

  private async makeVisible({ ReceiptHandle }: Message): Promise<void> {
    const input = { ReceiptHandle, VisibilityTimeout: 0 };
    await this.call("ChangeMessageVisibility", this.url, input);
  }

  private async delete(url: string, { ReceiptHandle }: Message): Promise<void> {
    await this.call("DeleteMessage", url, { ReceiptHandle });
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
  private eventOf(message: Message): object {
    const record = {
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes,
      messageAttributes: {},
      md5OfBody: message.MD5OfBody,
      eventSource: "aws:sqs",
      eventSourceARN: this.arn,
      awsRegion: this.region,
    };
    return { Records: [record] };
  }
}
