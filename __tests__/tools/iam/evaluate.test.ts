import {
  allowedActions,
  type Context,
  type Document,
  evaluate,
  type Principal,
  type Statement,
} from "../../../tools/iam/evaluate";

// Cases from AWS's documentation, one for each rule that the evaluation implements.

const [OWN, OTHER] = ["111111111111", "222222222222"];
const BUCKET = "arn:aws:s3:::bucket/key";
const KEY = "arn:aws:kms:eu-west-1:111111111111:key/1";

function document(...statements: Partial<Statement>[]): Document {
  return {
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({
      Effect: "Allow",
      Action: "*",
      Resource: "*",
      ...statement,
    })),
  };
}
function role(account: string, ...identity: Document[]): Principal {
  return {
    arn: `arn:aws:iam::${account}:role/r`,
    account,
    identity,
  };
}

interface Case {
  readonly by: Principal;
  readonly policy?: Document;
  readonly action?: string;
  readonly resource?: string;
  readonly context?: Context;
}
function allows({
  by,
  policy,
  action = "s3:GetObject",
  resource = BUCKET,
  context,
}: Case): boolean {
  const request = {
    principal: by,
    resource,
    account: OWN,
    ...(policy && { policy }),
    ...(context && { context }),
  };
  const isAllowed = evaluate(request)(action);
  expect(allowedActions(request, new Map([[action.toLowerCase(), action]]))).toEqual(
    isAllowed ? [action] : [],
  );
  return isAllowed;
}

const all = document({});
const everyone = document({ Principal: "*" });
function root(account: string) {
  return document({ Principal: { AWS: `arn:aws:iam::${account}:root` } });
}
const deny = document({ Effect: "Deny", Principal: "*" });

test.each<[string, boolean, Case]>([
  ["no policy contains a statement", false, { by: role(OWN) }],
  ["an identity policy allows it, in the same account", true, { by: role(OWN, all) }],
  [
    "a resource policy allows everyone, in the same account",
    true,
    { by: role(OWN), policy: everyone },
  ],
  [
    "a resource policy allows the account, and the identity policy doesn't allow it",
    false,
    { by: role(OWN), policy: root(OWN) },
  ],
  [
    "a resource policy allows the account, and the identity policy allows it",
    true,
    { by: role(OWN, all), policy: root(OWN) },
  ],
  ["only an identity policy allows it, across accounts", false, { by: role(OTHER, all) }],
  [
    "only a resource policy allows it, across accounts",
    false,
    { by: role(OTHER), policy: everyone },
  ],
  ["both policies allow it, across accounts", true, { by: role(OTHER, all), policy: everyone }],
  [
    "both policies allow it, but the resource policy names another account",
    false,
    { by: role(OTHER, all), policy: root("333333333333") },
  ],
  [
    "a resource policy denies it",
    false,
    { by: role(OWN, all), policy: document({ Principal: "*" }, deny.Statement[0]!) },
  ],
  [
    "an identity policy denies it",
    false,
    { by: role(OWN, all, document({ Effect: "Deny" })), policy: everyone },
  ],
  [
    "only an identity policy allows it, for a key",
    false,
    { by: role(OWN, all), action: "kms:Decrypt", resource: KEY },
  ],
  [
    "only an identity policy allows it, for a role",
    false,
    { by: role(OWN, all), action: "sts:AssumeRole", resource: "arn:aws:iam::111111111111:role/x" },
  ],
  [
    "a key policy allows the account, and the identity policy allows it",
    true,
    { by: role(OWN, all), policy: root(OWN), action: "kms:Decrypt", resource: KEY },
  ],
  [
    "the resource policy names the service",
    true,
    {
      by: { service: "sns.amazonaws.com" },
      policy: document({ Principal: { Service: "sns.amazonaws.com" } }),
    },
  ],
  [
    "the resource policy names another service",
    false,
    {
      by: { service: "sqs.amazonaws.com" },
      policy: document({ Principal: { Service: "sns.amazonaws.com" } }),
    },
  ],
])("evaluate: %s: %s", (_name, expected, one) => {
  expect(allows(one)).toBe(expected);
});

function conditional(Condition: NonNullable<Statement["Condition"]>): Document {
  return document({ Condition });
}

test.each<[string, boolean, NonNullable<Statement["Condition"]>, Context]>([
  ["an equal value", true, { StringEquals: { "aws:x": "a" } }, { "AWS:X": "a" }],
  ["one of several values", true, { StringEquals: { "aws:x": ["a", "b"] } }, { "aws:x": "b" }],
  ["a value in another case", false, { StringEquals: { "aws:x": "a" } }, { "aws:x": "A" }],
  [
    "a wildcard with an operator that ignores wildcards",
    false,
    { StringEquals: { "aws:x": "a*" } },
    { "aws:x": "ab" },
  ],
  ["a wildcard", true, { StringLike: { "aws:x": "a*c?" } }, { "aws:x": "abbcd" }],
  ["a key that isn't in the request", false, { StringLike: { "aws:x": "*" } }, {}],
  [
    "all of several keys",
    false,
    { StringEquals: { "aws:x": "a", "aws:y": "b" } },
    { "aws:x": "a" },
  ],
  [
    "any of several values of the request",
    true,
    { "ForAnyValue:StringLike": { "aws:x": "o/*/u/*" } },
    { "aws:x": ["z", "o/r/u/"] },
  ],
  [
    "every one of several values",
    false,
    { "ForAllValues:StringEquals": { "aws:x": ["a", "b"] } },
    { "aws:x": ["a", "c"] },
  ],
  ["every one of no values", true, { "ForAllValues:StringEquals": { "aws:x": ["a"] } }, {}],
  [
    "an ARN pattern within one segment",
    true,
    { ArnLike: { "aws:x": "arn:aws:iam::*:role/a*" } },
    { "aws:x": "arn:aws:iam::1:role/a/b" },
  ],
  [
    "an ARN pattern across segments",
    false,
    { ArnEquals: { "aws:x": "arn:*:role/a" } },
    { "aws:x": "arn:aws:iam::1:role/a" },
  ],
  [
    "an ARN that must not match, and doesn't",
    true,
    { ArnNotLike: { "aws:x": "arn:aws:iam::1:role/a" } },
    { "aws:x": "arn:aws:iam::1:role/b" },
  ],
  [
    "an ARN that must not match, and does",
    false,
    { ArnNotLike: { "aws:x": "arn:aws:iam::1:*" } },
    { "aws:x": "arn:aws:iam::1:role/a" },
  ],
  ["a boolean, in any case", true, { Bool: { "aws:x": "TRUE" } }, { "aws:x": "true" }],
  ["a key that must be in the request, and isn't", false, { Null: { "aws:x": "false" } }, {}],
  ["a key that must not be in the request, and isn't", true, { Null: { "aws:x": "true" } }, {}],
  [
    "a variable",
    true,
    { StringEquals: { "aws:x": "of-${aws:PrincipalAccount}" } },
    { "aws:x": `of-${OWN}` },
  ],
  [
    "a variable that isn't in the request",
    false,
    { StringLike: { "aws:x": "${aws:nothing}" } },
    { "aws:x": "" },
  ],
])("evaluate: a condition with %s: %s", (_name, expected, Condition, context) => {
  expect(allows({ by: role(OWN, conditional(Condition)), context })).toBe(expected);
});

test("evaluate applies a statement with NotAction to every other action", () => {
  const by = role(
    OWN,
    document({ Action: "*" }),
    document({ Effect: "Deny", Action: undefined, NotAction: "s3:PutObject" } as Statement),
  );
  const allowed = (action: string) => allows({ by, action });
  expect(["s3:PutObject", "s3:GetObject", "sns:Publish"].map(allowed)).toEqual([
    true,
    false,
    false,
  ]);
});

test("evaluate throws for elements, operators and principals that it doesn't support", () => {
  const ask = (statement: object) => () =>
    allows({ by: role(OWN, document(statement as Statement)), context: { "aws:x": ["1", "2"] } });
  expect(ask({ NotResource: "*" })).toThrow("the policy element NotResource isn't supported");
  expect(ask({ Condition: { NumericEquals: { "aws:x": "1" } } })).toThrow(
    "the condition operator NumericEquals isn't supported",
  );
  expect(ask({ Condition: { StringEqualsIfExists: { "aws:x": "1" } } })).toThrow(
    "the condition operator StringEqualsIfExists isn't supported",
  );
  expect(ask({ Condition: { StringEquals: { "aws:x": "1" } } })).toThrow(
    "StringEquals compares one value, but the condition key has 2",
  );
  const federated = document({ Principal: { CanonicalUser: "x" } });
  expect(() => allows({ by: role(OWN), policy: federated })).toThrow(
    "the principal type CanonicalUser isn't supported",
  );
});
