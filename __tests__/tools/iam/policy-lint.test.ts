import { authorizationReference } from "../../../tools/iam/authorization-reference";
import type { Statement } from "../../../tools/iam/evaluate";
import { lintPolicies } from "../../../tools/iam/policy-lint";
import { ResolvedStacks } from "../../../tools/iam/resolved-stacks";

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
  const found = lintPolicies(new ResolvedStacks({ stack: json }), await authorizationReference());
  return found.map((problem) => problem.replace(/^.*, S: /, ""));
}
const TOPIC = "arn:aws:sns:eu-west-1:111111111111:topic";

test.each<[string, Partial<Statement>, string]>([
  [
    "an action that doesn't exist",
    { Action: "sns:Publsh", Resource: TOPIC },
    "the action sns:Publsh doesn't exist",
  ],
  [
    "a service that doesn't exist",
    { Action: "snss:Publish", Resource: TOPIC },
    "the action snss:Publish doesn't exist",
  ],
  [
    "an action in the wrong case",
    { Action: "sns:publish", Resource: TOPIC },
    "the action sns:publish must be spelled sns:Publish",
  ],
  [
    "an action with a wildcard",
    { Action: "sns:*", Resource: TOPIC },
    "the action sns:* must not contain a wildcard",
  ],
  [
    "a statement without actions",
    { Resource: TOPIC },
    "a statement must contain exactly one of Action, NotAction",
  ],
  [
    "NotAction in a statement that allows",
    { NotAction: "sns:Publish", Resource: TOPIC },
    "only a statement that denies may contain NotAction",
  ],
  [
    "an action in NotAction that doesn't exist",
    { Effect: "Deny", NotAction: "sns:Publsh", Resource: TOPIC },
    "the action sns:Publsh doesn't exist",
  ],
  [
    "an action for any resource",
    { Action: "sns:Publish", Resource: "*" },
    "the action sns:Publish must be limited to resources, got: *",
  ],
  [
    "a resource of another service",
    { Action: "sns:Publish", Resource: "arn:aws:s3:::b" },
    "the action sns:Publish can't be limited to arn:aws:s3:::b",
  ],
  [
    "a resource for an action that supports none",
    {
      Action: "imagebuilder:ListImages",
      Resource: "arn:aws:imagebuilder:eu-west-1:111111111111:image/x/*",
    },
    "the action imagebuilder:ListImages can't be limited to arn:aws:imagebuilder:eu-west-1:111111111111:image/x/*",
  ],
  [
    "an operator that doesn't exist",
    {
      Action: "sns:Publish",
      Resource: TOPIC,
      Condition: { StringEqual: { "aws:SourceAccount": "1" } },
    },
    "the operator StringEqual doesn't exist",
  ],
  [
    "a condition key that doesn't exist",
    {
      Action: "sns:Publish",
      Resource: TOPIC,
      Condition: { StringEquals: { "aws:SourceAcount": "1" } },
    },
    "the action sns:Publish doesn't support the condition key aws:SourceAcount",
  ],
  [
    "a condition key of another action",
    {
      Action: "kms:DescribeKey",
      Resource: "arn:aws:kms:eu-west-1:1:key/1",
      Condition: { StringEquals: { "kms:EncryptionContext:x": "1" } },
    },
    "the action kms:DescribeKey doesn't support the condition key kms:EncryptionContext:x",
  ],
])("lintPolicies reports %s", async (_name, statement, problem) => {
  expect(await problems(statement)).toEqual([problem]);
});

test("lintPolicies reports nothing for a valid policy", async () => {
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
