import type { Statement } from "../../../tools/iam/evaluate";
import { iam } from "../../../tools/iam/iam";
import { spellingProblems } from "../../../tools/iam/spelling";
import { Policies } from "../../../tools/iam/world";

async function problems(statement: Partial<Statement>): Promise<string[]> {
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid: "S", Effect: "Allow", ...statement }],
  });
  const json = {
    terraform: {},
    provider: { aws: [{ region: "eu-west-1", allowed_account_ids: ["111111111111"] }] },
    resource: { aws_iam_role_policy: { p: { role: "r", policy } } },
  };
  return (await spellingProblems(new Policies({ stack: json }), await iam())).map((text) =>
    text.replace(/^.*, S: /, ""),
  );
}
const TOPIC = "arn:aws:sns:eu-west-1:111111111111:topic";

test.each<[string, Partial<Statement>, string]>([
  [
    "an action that there isn't",
    { Action: "sns:Publsh", Resource: TOPIC },
    "there is no action sns:Publsh",
  ],
  [
    "a service that there isn't",
    { Action: "snss:Publish", Resource: TOPIC },
    "there is no action snss:Publish",
  ],
  [
    "an action in another case",
    { Action: "sns:publish", Resource: TOPIC },
    "sns:publish is spelled sns:Publish",
  ],
  [
    "an action wider than needed",
    { Action: "sns:*", Resource: TOPIC },
    "sns:* is wide without a reason",
  ],
  [
    "any resource",
    { Action: "sns:Publish", Resource: "*" },
    "S is for any resource without a reason",
  ],
  [
    "another service's resource",
    { Action: "sns:Publish", Resource: "arn:aws:s3:::b" },
    "sns:Publish can't be limited to arn:aws:s3:::b",
  ],
  [
    "a resource for an action that takes none",
    {
      Action: "imagebuilder:ListImages",
      Resource: "arn:aws:imagebuilder:eu-west-1:111111111111:image/x/*",
    },
    "imagebuilder:ListImages can't be limited to arn:aws:imagebuilder:eu-west-1:111111111111:image/x/*",
  ],
  [
    "an operator that there isn't",
    {
      Action: "sns:Publish",
      Resource: TOPIC,
      Condition: { StringEqual: { "aws:SourceAccount": "1" } },
    },
    "there is no operator StringEqual",
  ],
  [
    "a condition key that there isn't",
    {
      Action: "sns:Publish",
      Resource: TOPIC,
      Condition: { StringEquals: { "aws:SourceAcount": "1" } },
    },
    "sns:Publish knows no condition key aws:SourceAcount",
  ],
  [
    "another action's condition key",
    {
      Action: "kms:DescribeKey",
      Resource: "arn:aws:kms:eu-west-1:1:key/1",
      Condition: { StringEquals: { "kms:EncryptionContext:x": "1" } },
    },
    "kms:DescribeKey knows no condition key kms:EncryptionContext:x",
  ],
])("%s is told", async (_name, statement, problem) => {
  expect(await problems(statement)).toEqual([problem]);
});

test("what is right is told nothing of", async () => {
  const Condition = {
    ArnLike: { "aws:SourceArn": "arn:aws:s3:::b" },
    Bool: { "aws:SecureTransport": "true" },
  };
  expect(
    await problems({
      Action: ["sns:Publish", "sns:GetTopicAttributes"],
      Resource: TOPIC,
      Condition,
    }),
  ).toEqual([]);
});
