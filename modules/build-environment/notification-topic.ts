import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import { policy } from "../common/policy";

export interface NotificationTopicProps {
  readonly name: string;
  readonly accountId: string;
  /** Encrypts the messages; its policy must let both publishers use it. */
  readonly keyArn: string;
  /** Each has to confirm the subscription from its mailbox. */
  readonly emails: readonly string[];
}

/**
 * Where Image Builder and alarms publish, and nobody else from outside the account's own IAM policies. That of Image Builder's
 * service-linked role is one: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceRoleForImageBuilder.html
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
        {
          Sid: "RefusePlainHttp",
          Effect: "Deny",
          Principal: "*",
          Action: "sns:Publish",
          Resource: arn,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ),
    });
    for (const email of emails) {
      new SnsTopicSubscription(this, email, { topicArn: arn, protocol: "email", endpoint: email });
    }
  }
}
