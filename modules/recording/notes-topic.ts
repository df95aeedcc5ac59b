import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import { denyInsecureTransport, policy } from "../common/policy";

export interface NotesTopicProps {
  readonly name: string;
  /** Addresses to subscribe. Each recipient must confirm the subscription. */
  readonly emails: readonly string[];
  /** ARN of the key that encrypts the messages. */
  readonly keyArn: string;
}

/**
 * Topic for release notes. Only roles of its account with an IAM policy can publish, and no
 * service.
 */
export class NotesTopic extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, emails, keyArn }: NotesTopicProps) {
    super(scope, id);
    const { arn } = new SnsTopic(this, "Resource", { name, kmsMasterKeyId: keyArn });
    this.arn = arn;
    new SnsTopicPolicy(this, "policy", {
      arn,
      policy: policy(denyInsecureTransport("sns:Publish", arn)),
    });
    for (const email of emails)
      new SnsTopicSubscription(this, email, { topicArn: arn, protocol: "email", endpoint: email });
  }
}
