import {
  type Context,
  type Document,
  evaluate,
  type Principal,
  type Statement,
} from "../../../tools/iam/evaluate";

// The evaluator's own judge: cases that AWS documents, one for each rule that it knows.

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
  readonly who: Principal;
  readonly policy?: Document;
  readonly action?: string;
  readonly resource?: string;
  readonly context?: Context;
}
function allows({
  who,
  policy,
  action = "s3:GetObject",
  resource = BUCKET,
  context,
}: Case): boolean {
  return evaluate({
    principal: who,
    resource,
    account: OWN,
    ...(policy && { policy }),
    ...(context && { context }),
  })(action);
}

const all = document({});
const everybody = document({ Principal: "*" });
function root(account: string) {
  return document({ Principal: { AWS: `arn:aws:iam::${account}:root` } });
}
const deny = document({ Effect: "Deny", Principal: "*" });

test.each<[string, boolean, Case]>([
  ["nothing says anything", false, { who: role(OWN) }],
  ["an identity policy allows, in its own account", true, { who: role(OWN, all) }],
  [
    "a resource policy allows everybody, in its own account",
    true,
    { who: role(OWN), policy: everybody },
  ],
  [
    "a resource policy hands on to the account, whose identity policy doesn't",
    false,
    { who: role(OWN), policy: root(OWN) },
  ],
  [
    "a resource policy hands on to the account, whose identity policy does",
    true,
    { who: role(OWN, all), policy: root(OWN) },
  ],
  ["only an identity policy allows, across accounts", false, { who: role(OTHER, all) }],
  [
    "only a resource policy allows, across accounts",
    false,
    { who: role(OTHER), policy: everybody },
  ],
  ["both allow, across accounts", true, { who: role(OTHER, all), policy: everybody }],
  [
    "both allow, and the resource policy names another account",
    false,
    { who: role(OTHER, all), policy: root("333333333333") },
  ],
  [
    "a deny stands against any allow",
    false,
    { who: role(OWN, all), policy: document({ Principal: "*" }, deny.Statement[0]!) },
  ],
  [
    "an identity policy denies",
    false,
    { who: role(OWN, all, document({ Effect: "Deny" })), policy: everybody },
  ],
  [
    "an identity policy alone, of a key",
    false,
    { who: role(OWN, all), action: "kms:Decrypt", resource: KEY },
  ],
  [
    "an identity policy alone, of a role",
    false,
    { who: role(OWN, all), action: "sts:AssumeRole", resource: "arn:aws:iam::111111111111:role/x" },
  ],
  [
    "a key's policy hands on to the account",
    true,
    { who: role(OWN, all), policy: root(OWN), action: "kms:Decrypt", resource: KEY },
  ],
  [
    "a service that the policy names",
    true,
    {
      who: { service: "sns.amazonaws.com" },
      policy: document({ Principal: { Service: "sns.amazonaws.com" } }),
    },
  ],
  [
    "a service that the policy doesn't name",
    false,
    {
      who: { service: "sqs.amazonaws.com" },
      policy: document({ Principal: { Service: "sns.amazonaws.com" } }),
    },
  ],
])("%s: %s", (_name, expected, one) => {
  expect(allows(one)).toBe(expected);
});

function conditional(Condition: NonNullable<Statement["Condition"]>): Document {
  return document({ Condition });
}

test.each<[string, boolean, NonNullable<Statement["Condition"]>, Context]>([
  ["a value that is equal", true, { StringEquals: { "aws:x": "a" } }, { "AWS:X": "a" }],
  ["one of several values", true, { StringEquals: { "aws:x": ["a", "b"] } }, { "aws:x": "b" }],
  ["a value in another case", false, { StringEquals: { "aws:x": "a" } }, { "aws:x": "A" }],
  ["a wildcard where none is read", false, { StringEquals: { "aws:x": "a*" } }, { "aws:x": "ab" }],
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
    "an ARN by its segments",
    true,
    { ArnLike: { "aws:x": "arn:aws:iam::*:role/a*" } },
    { "aws:x": "arn:aws:iam::1:role/a/b" },
  ],
  [
    "an ARN's wildcard over segments",
    false,
    { ArnEquals: { "aws:x": "arn:*:role/a" } },
    { "aws:x": "arn:aws:iam::1:role/a" },
  ],
  [
    "an ARN that isn't like one",
    true,
    { ArnNotLike: { "aws:x": "arn:aws:iam::1:role/a" } },
    { "aws:x": "arn:aws:iam::1:role/b" },
  ],
  [
    "an ARN that is like one that it mustn't be",
    false,
    { ArnNotLike: { "aws:x": "arn:aws:iam::1:*" } },
    { "aws:x": "arn:aws:iam::1:role/a" },
  ],
  ["a boolean, in any case", true, { Bool: { "aws:x": "TRUE" } }, { "aws:x": "true" }],
  ["a key that must be there", false, { Null: { "aws:x": "false" } }, {}],
  ["a key that mustn't be there", true, { Null: { "aws:x": "true" } }, {}],
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
])("a condition on %s: %s", (_name, expected, Condition, context) => {
  expect(allows({ who: role(OWN, conditional(Condition)), context })).toBe(expected);
});

test("what isn't understood is an error, and never an answer", () => {
  const ask = (statement: object) => () =>
    allows({ who: role(OWN, document(statement as Statement)), context: { "aws:x": ["1", "2"] } });
  expect(ask({ NotAction: "s3:*" })).toThrow("the element NotAction isn't understood");
  expect(ask({ Condition: { NumericEquals: { "aws:x": "1" } } })).toThrow(
    "the operator NumericEquals isn't understood",
  );
  expect(ask({ Condition: { StringEqualsIfExists: { "aws:x": "1" } } })).toThrow(
    "isn't understood",
  );
  expect(ask({ Condition: { StringEquals: { "aws:x": "1" } } })).toThrow(
    "StringEquals on a key of several values",
  );
  const federated = document({ Principal: { CanonicalUser: "x" } });
  expect(() => allows({ who: role(OWN), policy: federated })).toThrow(
    "the principal CanonicalUser isn't understood",
  );
});
