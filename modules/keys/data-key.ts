import { Construct } from "constructs";
import type { Statement } from "../common/policy";
import { Key } from "./key";

export interface DataKeyProps {
  /** Starts with `alias/`. */
  readonly alias: string;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** ARN of the root of the account that owns the key. */
  readonly rootArn: string;
  /** ARN of Image Builder's service-linked role in that account. It needn't exist yet. */
  readonly imageBuilderRoleArn: string;
  /**
   * ARN of the topic whose messages SNS sends to an encrypted queue.
   * @default - SNS sends messages to no queue
   */
  readonly queueTopicArn?: string;
  /**
   * ARNs of the EventBridge rules that send messages to an encrypted queue.
   * @default - EventBridge sends messages to no queue
   */
  readonly queueRuleArns?: readonly string[];
}

/** Lets a service encrypt the messages that one of its resources sends to a queue. */
function sendStatement(
  sid: string,
  service: string,
  sourceArns: string | readonly string[],
): Statement {
  return {
    Sid: sid,
    Principal: { Service: service },
    Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
    Resource: "*",
    Condition: { ArnEquals: { "aws:SourceArn": sourceArns } },
  };
}

/**
 * https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
 */
function queueStatements({ queueTopicArn, queueRuleArns = [] }: DataKeyProps): Statement[] {
  const statements: Statement[] = [];
  if (queueTopicArn !== undefined)
    statements.push(sendStatement("TopicSends", "sns.amazonaws.com", queueTopicArn));
  if (queueRuleArns.length > 0)
    statements.push(sendStatement("RulesSend", "events.amazonaws.com", queueRuleArns));
  return statements;
}

function userStatements(props: DataKeyProps): Statement[] {
  const { accountId, region, partition, rootArn, imageBuilderRoleArn } = props;
  const logsDomain = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return [
    {
      Sid: "UseThroughIamPolicies",
      Principal: { AWS: rootArn },
      Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      Resource: "*",
    },
    {
      // https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-sns.html
      Sid: "ImageBuilderPublishes",
      Principal: "*",
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { ArnEquals: { "aws:PrincipalArn": imageBuilderRoleArn } },
    },
    {
      // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
      Sid: "AlarmsPublish",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": accountId } },
    },
    {
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
      Sid: "CloudWatchLogsEncrypts",
      Principal: { Service: `logs.${region}.${logsDomain}` },
      // kms:DescribeKey is left out: it has no encryption context, so the condition would never
      // be met.
      Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      Resource: "*",
      Condition: {
        ArnLike: {
          "kms:EncryptionContext:aws:logs:arn": `arn:${partition}:logs:${region}:${accountId}:log-group:*`,
        },
      },
    },
    ...queueStatements(props),
  ];
}

/**
 * The key that encrypts the factory's own data: topic, queues, logs, components and the manifest.
 * No other account can use it.
 */
export class DataKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: DataKeyProps) {
    super(scope, id);
    const key = new Key(this, "Resource", {
      alias: props.alias,
      description: "Data of the golden image factory",
      rootArn: props.rootArn,
      statements: userStatements(props),
    });
    this.arn = key.arn;
  }
}
