/**
 * Receives the events of a function that is subscribed to a topic: moto delivers messages to queues
 * only.
 */
import type { Moto } from "./moto";

const SNS = { Version: "2010-03-31" };
const SQS = { Version: "2012-11-05" };

export class Topic {
  private constructor(
    private readonly moto: Moto,
    private readonly key: string,
    private readonly region: string,
    private readonly subscriptionArn: string,
    private readonly queueUrl: string,
  ) {}

  /** Subscribes a queue with the same filter as the function. */
  static async listen(moto: Moto, key: string, topicArn: string): Promise<Topic> {
    const [, , , region = "", account = ""] = topicArn.split(":");
    const sns = (action: string, parameters: Record<string, string>) =>
      moto.query(key, region, "sns", action, { ...SNS, ...parameters });
    const subscriptions = await sns("ListSubscriptionsByTopic", { TopicArn: topicArn });
    const index = subscriptions("Protocol").indexOf("lambda");
    const subscriptionArn = subscriptions("SubscriptionArn")[index];
    if (subscriptionArn === undefined)
      throw new Error(`${topicArn} must have a subscription of a function`);

    const attributes = await sns("GetSubscriptionAttributes", { SubscriptionArn: subscriptionArn });
    const value = (name: string): string =>
      attributes("value")[attributes("key").indexOf(name)] ?? "";
    const queue = await moto.query(key, region, "sqs", "CreateQueue", {
      ...SQS,
      QueueName: "deliveries",
    });
    const [queueUrl = ""] = queue("QueueUrl");
    await sns("Subscribe", {
      TopicArn: topicArn,
      Protocol: "sqs",
      Endpoint: `arn:aws:sqs:${region}:${account}:deliveries`,
      "Attributes.entry.1.key": "FilterPolicyScope",
      "Attributes.entry.1.value": value("FilterPolicyScope"),
      "Attributes.entry.2.key": "FilterPolicy",
      "Attributes.entry.2.value": value("FilterPolicy"),
    });
    return new Topic(moto, key, region, subscriptionArn, queueUrl);
  }

  /** The events since the last call, as Lambda passes them to the function. */
  async delivered(): Promise<object[]> {
    const events: object[] = [];
    for (;;) {
      const messages = await this.moto.query(this.key, this.region, "sqs", "ReceiveMessage", {
        ...SQS,
        QueueUrl: this.queueUrl,
        MaxNumberOfMessages: "1",
      });
      const [body] = messages("Body");
      const [receipt = ""] = messages("ReceiptHandle");
      if (body === undefined) return events;
      await this.moto.query(this.key, this.region, "sqs", "DeleteMessage", {
        ...SQS,
        QueueUrl: this.queueUrl,
        ReceiptHandle: receipt,
      });
      const Sns = { ...JSON.parse(body), MessageAttributes: {} };
      const EventSubscriptionArn = this.subscriptionArn;
      events.push({
        Records: [{ EventSource: "aws:sns", EventVersion: "1.0", EventSubscriptionArn, Sns }],
      });
    }
  }
}
