import { DataKey } from "../../../modules/keys/data-key";
import { ADMINISTRATION } from "../../../modules/keys/key";
import { only, statements, synthModule } from "../../../tools/fixtures/synth";

const key = synthModule((stack) => {
  new DataKey(stack, "key", {
    alias: "alias/data",
    accountId: "111111111111",
    region: "eu-west-1",
    partition: "aws",
    rootArn: "arn:aws:iam::111111111111:root",
    imageBuilderRoleArn: "arn:aws:iam::111111111111:role/image-builder",
  });
});
const policy = statements(only(key, "aws_kms_key").policy);

test("is used through the account's own IAM policies, by Image Builder, by alarms and by the logs of the account", () => {
  expect(Object.keys(policy)).toEqual([
    "Administer",
    "UseThroughIamPolicies",
    "ImageBuilderPublishes",
    "AlarmsPublish",
    "LogsAreWritten",
  ]);
});

test("lets the account's IAM policies use it, without managing it and without handing it on", () => {
  expect(policy["UseThroughIamPolicies"]).toMatchObject({
    Principal: { AWS: "arn:aws:iam::111111111111:root" },
    Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
  });
  expect(policy["Administer"].Action).toEqual(ADMINISTRATION);
});

test("lets Image Builder's role encrypt what it publishes, matched by a condition because it may not exist yet", () => {
  expect(policy["ImageBuilderPublishes"]).toMatchObject({
    Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
    Condition: {
      ArnEquals: { "aws:PrincipalArn": "arn:aws:iam::111111111111:role/image-builder" },
    },
  });
});

test("lets alarms of this account publish, and no other account's", () => {
  expect(policy["AlarmsPublish"]).toMatchObject({
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
    Condition: { StringEquals: { "aws:SourceAccount": "111111111111" } },
  });
});

test("encrypts log groups of this account only", () => {
  expect(policy["LogsAreWritten"]).toMatchObject({
    Principal: { Service: "logs.eu-west-1.amazonaws.com" },
    Condition: {
      ArnLike: {
        "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111111111111:log-group:*",
      },
    },
  });
});
