import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import { denyInsecureTransport, policy } from "../common/policy";

export interface NotificationTopicProps {
  readonly name: string;
  /** 12 digits. Only alarms of this account may publish. */
  readonly accountId: string;
  /**
   * ARN of the key that encrypts the messages. Its policy must let Image Builder and CloudWatch use
   * it.
   */
  readonly keyArn: string;
  /** Addresses to subscribe. Each recipient must confirm the subscription. */
  readonly emails: readonly string[];
}

/**
 * Topic that Image Builder and CloudWatch alarms publish to. No other account can publish. Image
 * Builder's permission is in the policy of its service-linked role:
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceRoleForImageBuilder.html
 */
export class NotificationTopic extends Construct {
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    { name, accountId, keyArn, emails }: NotificationTopicProps,
  ) {
    super(scope, id);
    const { arn } = new SnsTopic(this, "Resource", { name, kmsMasterKeyId: keyArn });
    this.arn = arn;

    new SnsTopicPolicy(this, "policy", {
      arn,
      policy: policy(
        {
          Sid: "AlarmsPublish",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: arn,
          Condition: { StringEquals: { "aws:SourceAccount": accountId } },
        },
        denyInsecureTransport("sns:Publish", arn),
      ),
    });
    for (const email of emails)
      new SnsTopicSubscription(this, email, { topicArn: arn, protocol: "email", endpoint: email });
  }
}
