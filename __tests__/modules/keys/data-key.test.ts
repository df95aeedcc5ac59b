import { DataKey, type DataKeyProps } from "../../../modules/keys/data-key";
import { ADMINISTRATION } from "../../../modules/keys/key";
import { only, statements, synthModule } from "../../../tools/fixtures/synth";

function keyPolicy(props: Partial<DataKeyProps> = {}) {
  const key = synthModule((stack) => {
    new DataKey(stack, "key", {
      alias: "alias/data",
      accountId: "111111111111",
      region: "eu-west-1",
      partition: "aws",
      rootArn: "arn:aws:iam::111111111111:root",
      imageBuilderRoleArn: "arn:aws:iam::111111111111:role/image-builder",
      ...props,
    });
  });
  return statements(only(key, "aws_kms_key").policy);
}
const policy = keyPolicy();

test("the data key's users are IAM policies of the account, Image Builder, alarms and CloudWatch Logs", () => {
  expect(Object.keys(policy)).toEqual([
    "Administer",
    "UseThroughIamPolicies",
    "ImageBuilderPublishes",
    "AlarmsPublish",
    "CloudWatchLogsEncrypts",
  ]);
});

test("the data key lets the account's IAM policies use it, without administering it and without grants", () => {
  expect(policy["UseThroughIamPolicies"]).toMatchObject({
    Principal: { AWS: "arn:aws:iam::111111111111:root" },
    Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
  });
  expect(policy["Administer"].Action).toEqual(ADMINISTRATION);
});

test("the data key lets Image Builder's role publish encrypted messages, by a condition because the role may not exist yet", () => {
  expect(policy["ImageBuilderPublishes"]).toMatchObject({
    Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
    Condition: {
      ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::111111111111:role/image-builder" },
    },
  });
});

test("the data key lets only alarms of the account publish encrypted messages", () => {
  expect(policy["AlarmsPublish"]).toMatchObject({
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
    Condition: { StringEquals: { "aws:SourceAccount": "111111111111" } },
  });
});

test("the data key lets CloudWatch Logs encrypt log groups of the account only", () => {
  expect(policy["CloudWatchLogsEncrypts"]).toMatchObject({
    Principal: { Service: "logs.eu-west-1.amazonaws.com" },
    Condition: {
      ArnLike: {
        "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111111111111:log-group:*",
      },
    },
  });
});

test("the data key lets EventBridge encrypt the messages of the rules that send to a queue", () => {
  const queueRuleArns = ["arn:aws:events:eu-west-1:111111111111:rule/builds"];
  expect(keyPolicy({ queueRuleArns })).toMatchObject({
    RulesSend: {
      Principal: { Service: "events.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Condition: { ArnEquals: { "aws:SourceArn": queueRuleArns } },
    },
  });
  expect(keyPolicy({ queueRuleArns: [] })).not.toHaveProperty("RulesSend");
});

test("the data key lets SNS encrypt the messages of one topic that it sends to a queue", () => {
  expect(keyPolicy({ queueTopicArn: "arn:aws:sns:eu-west-1:111111111111:topic" })).toMatchObject({
    TopicSends: {
      Principal: { Service: "sns.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Condition: {
        ArnEquals: { "aws:SourceArn": "arn:aws:sns:eu-west-1:111111111111:topic" },
      },
    },
  });
});
