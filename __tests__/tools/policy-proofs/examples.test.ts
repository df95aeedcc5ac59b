import { readdirSync, readFileSync } from "node:fs";
import type { Session } from "../../../cli/account-credentials";
import {
  ASSUMPTIONS_POLICY,
  sessionFor as assumptionsSession,
} from "../../../cli/proof/assumptions/policy";
import { DOCTOR_POLICY, READ_ONLY } from "../../../cli/proof/policy";
import { PROVE_POLICY, sessionFor as proveSession } from "../../../cli/proof/prove/policy";
import { authorizationReference } from "../../../tools/iam/authorization-reference";
import { type Context, type Document, evaluate, type Statement } from "../../../tools/iam/evaluate";
import { lintPolicies } from "../../../tools/iam/policy-lint";
import { ResolvedStacks } from "../../../tools/iam/resolved-stacks";
import { ALLOW_ALL, EMPTY_POLICY, principal } from "../../../tools/policy-proofs/policy-fixture";
import { calledActions, functionActions } from "../../../tools/policy-proofs/proofs/support";

function examplePolicy(name: string): Document {
  return JSON.parse(readFileSync(`examples/policies/${name}.json`, "utf8"));
}
const ACCOUNT = { account: "111111111111", units: [] };
const PIPELINE = "arn:aws:imagebuilder:eu-west-1:111111111111:image-pipeline/base";
const BUILD = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/1";

/** Returns what is wrong with a policy according to AWS's Service Authorization Reference. */
async function problemsOf(policy: object): Promise<string[]> {
  const json = {
    terraform: {},
    provider: { aws: [{ region: "eu-west-1", allowed_account_ids: ["111111111111"] }] },
    resource: { aws_iam_role_policy: { it: { role: "r", policy: JSON.stringify(policy) } } },
  };
  const problems = lintPolicies(
    new ResolvedStacks({ stack: json }),
    await authorizationReference(),
  );
  return problems.map((problem) => problem.replace("stack: aws_iam_role_policy.it, ", ""));
}

/** Problems that are accepted: broad reads, and sessions, whose length is limited. */
const IS_BROAD = / must be limited to resources, | must not contain a wildcard$/;

test.each(readdirSync("examples/policies"))(
  "the example policy %s names only actions, resources and conditions that AWS documents",
  async (file) => {
    const problems = await problemsOf(examplePolicy(file.replace(".json", "")));
    const isRead = file === "doctor.json";
    expect(problems.filter((problem) => !(isRead && IS_BROAD.test(problem)))).toEqual([]);
  },
);

/** Lets the account's IAM policies decide, as key policies do by default. */
const BY_IAM: Document = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111111111111:root" },
      Action: "*",
      Resource: "*",
    },
  ],
};

const SESSIONS: readonly (readonly [string, Document, Session])[] = [
  ["doctor", DOCTOR_POLICY, READ_ONLY],
  ["prove", PROVE_POLICY, proveSession({ recipe: true, launch: true }, "aws")],
  ["prove --assumptions", ASSUMPTIONS_POLICY, assumptionsSession("aws")],
];

test.each(SESSIONS)(
  "the policy of assumed roles of %s names only actions, resources and conditions that AWS documents",
  async (_name, _policy, session) => {
    const { Version, Statement }: Document = JSON.parse(session.policy);
    const named = Statement.map((statement, index) => ({ Sid: `S${index}`, ...statement }));
    const problems = await problemsOf({ Version, Statement: named });
    expect(
      problems
        .filter((problem) => !IS_BROAD.test(problem))
        // The names of what experiments create are limited, not its kinds.
        .filter((problem) => !problem.includes("the action imagebuilder:* can't be limited to")),
    ).toEqual([]);
  },
);

test.each(SESSIONS)(
  "the policy of assumed roles of %s allows everything that the example policy allows",
  (_name, policy, session) => {
    const limited = principal(
      ACCOUNT,
      "arn:aws:iam::111111111111:role/deploy",
      JSON.parse(session.policy),
    );
    const denied = policy.Statement.flatMap(({ Action = [], Resource = [], Condition }) =>
      [Resource].flat().flatMap((resource) =>
        contextsOf(Condition).flatMap((context) => {
          const request = {
            principal: limited,
            // AWS compares actions without resources with `*`.
            resource: resource === "*" ? "*" : resource.replaceAll("*", "x"),
            account: ACCOUNT.account,
            policy: BY_IAM,
            context,
          };
          return [Action].flat().filter((action) => !evaluate(request)(action.replace("*", "x")));
        }),
      ),
    );
    expect(denied).toEqual([]);
  },
);

/** Returns requests that a condition matches, one for each of its values. */
function contextsOf(condition: Statement["Condition"] = {}): Context[] {
  const [[operator = "", keys = {}] = []] = Object.entries(condition);
  const [[key, values] = []] = Object.entries(keys);
  if (key === undefined || values === undefined) return [{}];
  if (operator === "Null") return [{ [key]: "x" }];
  return [values].flat().map((value) => ({ [key]: value.replaceAll("*", "x") }));
}

test("the example policy for operators allows exactly the actions that the commands call", () => {
  const changes = [
    "ram:AssociateResourceShare",
    "ram:DisassociateResourceShare",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "ec2:ModifyImageAttribute",
    "sqs:SendMessage",
  ];
  const reads = functionActions("share-updater").filter((action) => !changes.includes(action));
  const files = ["cli/deployed", "cli/day-two", "cli/trust"].flatMap((folder) =>
    readdirSync(folder).map((file) => `${folder}/${file}`),
  );
  // Commands list packages of builds and read digests of containers as the recorder does.
  files.push("lambda/recorder/adapters/image-builder.ts", "lambda/recorder/adapters/ecr.ts");
  const called = [...files, "cli/account-credentials.ts", "cli/organization.ts"]
    .flatMap(calledActions)
    // Needs no permission.
    .filter((action) => action !== "sts:GetCallerIdentity")
    .map((action) => action.replace("lambda:Invoke", "lambda:InvokeFunction"));
  // S3 decrypts the manifest with the permissions of the operator.
  const needed = new Set([...reads, ...called, "iam:PassRole", "kms:Decrypt", "s3:ListBucket"]);
  const allowed = examplePolicy("operator").Statement.flatMap(({ Action }) => Action);
  expect([...new Set(allowed)].sort()).toEqual([...needed].sort());
});

test("the example policy for the catalogue allows only what operators may read, and to publish the two files", () => {
  const actionsOf = (name: string): Set<string> =>
    new Set(examplePolicy(name).Statement.flatMap(({ Action }) => Action ?? []));
  const others = [...actionsOf("catalogue")].filter((one) => !actionsOf("operator").has(one));
  expect(others).toEqual(["s3:PutObject"]);
  const changes = [...actionsOf("catalogue")].filter(
    (one) => !/:(Get|List|Describe|Decrypt|AssumeRole)/.test(one),
  );
  expect(changes).toEqual(["s3:PutObject"]);
  const assumed = examplePolicy("catalogue").Statement.filter(({ Action }) =>
    [Action].flat().includes("sts:AssumeRole"),
  );
  expect(assumed.map(({ Resource }) => Resource)).toEqual([
    "arn:aws:iam::*:role/golden-image-factory-fleet",
  ]);
});

test("the example service control policy lets only the approver set the tags that approve and revoke", () => {
  const denied = examplePolicy("only-approvers-scp");
  const isAllowed = (action: string, role: string, keys: readonly string[]): boolean =>
    evaluate({
      principal: principal(ACCOUNT, `arn:aws:iam::111111111111:role/${role}`, ALLOW_ALL, denied),
      resource: BUILD,
      account: ACCOUNT.account,
      policy: EMPTY_POLICY,
      context: { "aws:TagKeys": keys },
    })(action);
  const canTag = (role: string, ...keys: string[]): boolean =>
    isAllowed("imagebuilder:TagResource", role, keys);
  const canUntag = (role: string, ...keys: string[]): boolean =>
    isAllowed("imagebuilder:UntagResource", role, keys);
  for (const key of [
    "golden-image:approved-stable",
    "golden-image:revoked",
    "golden-image:revoked-only",
    "golden-image:revoke-at",
  ]) {
    expect(canTag("golden-image-approver", key)).toBe(true);
    for (const role of ["administrator", "golden-image-factory-share-updater-eu-west-1"])
      expect(canTag(role, "team", key)).toBe(false);
  }
  for (const key of ["golden-image:parent", "golden-image:revoked-by"]) {
    for (const name of ["share-updater", "rebuilder"])
      expect(canTag(`golden-image-factory-${name}-eu-west-1`, key)).toBe(true);
    expect(canTag("administrator", "team", key)).toBe(false);
  }
  expect(canTag("administrator", "team")).toBe(true);
  expect(canUntag("golden-image-approver", "golden-image:revoked", "golden-image:revoked-by")).toBe(
    true,
  );
  for (const key of ["golden-image:revoked", "golden-image:revoked-by"])
    expect(canUntag("administrator", key)).toBe(false);
});

test("the example service control policy lets no role but the approver's start a build with an approval", () => {
  const denied = examplePolicy("only-approvers-scp");
  const canStart = (role: string, ...keys: string[]): boolean =>
    evaluate({
      principal: principal(ACCOUNT, `arn:aws:iam::111111111111:role/${role}`, ALLOW_ALL, denied),
      resource: PIPELINE,
      account: ACCOUNT.account,
      policy: EMPTY_POLICY,
      context: { "aws:TagKeys": keys },
    })("imagebuilder:StartImagePipelineExecution");
  expect(canStart("administrator", "golden-image:approved-stable")).toBe(false);
  expect(canStart("administrator", "golden-image:parent", "golden-image:revoked")).toBe(false);
  expect(canStart("golden-image-approver", "golden-image:revoked-by")).toBe(false);
  expect(canStart("administrator", "golden-image:parent")).toBe(true);
  expect(canStart("administrator")).toBe(true);
});

test("the operator policy sets and removes the tags of commands only, and never sets the updater's mark", () => {
  const policy = examplePolicy("operator");
  const isAllowed = (action: string, ...keys: string[]): boolean =>
    evaluate({
      principal: principal(ACCOUNT, "arn:aws:iam::111111111111:role/operator", policy),
      resource: BUILD,
      account: ACCOUNT.account,
      policy: EMPTY_POLICY,
      context: { "aws:TagKeys": keys },
    })(`imagebuilder:${action}`);
  for (const key of [
    "golden-image:approved-stable",
    "golden-image:revoke-at",
    "golden-image:revoked",
    "golden-image:revoked-only",
  ]) {
    expect(isAllowed("TagResource", key)).toBe(true);
    expect(isAllowed("UntagResource", key)).toBe(true);
    expect(isAllowed("UntagResource", key, "golden-image:parent")).toBe(false);
  }
  expect(isAllowed("UntagResource", "golden-image:revoked-by")).toBe(true);
  expect(isAllowed("TagResource", "golden-image:revoked-by")).toBe(false);
  expect(isAllowed("UntagResource", "golden-image:parent")).toBe(false);
});

test("the operator policy reads evidence and the public keys that sign it, and can't sign or write evidence", () => {
  const policy = examplePolicy("operator");
  const isAllowed = (action: string, resource: string, context: Context = {}): boolean =>
    evaluate({
      principal: principal(ACCOUNT, "arn:aws:iam::111111111111:role/operator", policy),
      resource,
      account: "999999999999",
      policy: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }],
      },
      context,
    })(action);
  const bucket = "arn:aws:s3:::golden-image-factory-evidence-111111111111-eu-west-1";
  const statement = `${bucket}/base/1.0.0/1/provenance.dsse.json`;
  expect(isAllowed("s3:GetObject", statement)).toBe(true);
  expect(isAllowed("s3:ListBucket", bucket)).toBe(true);
  expect(isAllowed("s3:PutObject", statement)).toBe(false);
  const key = "arn:aws:kms:eu-west-1:111111111111:key/1";
  const alias = { "kms:RequestAlias": "alias/golden-image-factory/evidence" };
  expect(isAllowed("kms:GetPublicKey", key, alias)).toBe(true);
  expect(isAllowed("kms:GetPublicKey", key)).toBe(false);
  expect(isAllowed("kms:Sign", key, alias)).toBe(false);
  const recorder = "arn:aws:lambda:eu-west-1:111111111111:function:golden-image-factory-recorder";
  expect(isAllowed("lambda:InvokeFunction", recorder)).toBe(true);
});

test("the operator policy starts builds with no other tag than that of the parent", () => {
  const policy = examplePolicy("operator");
  const canStart = (...keys: string[]): boolean =>
    evaluate({
      principal: principal(ACCOUNT, "arn:aws:iam::111111111111:role/operator", policy),
      resource: PIPELINE,
      account: ACCOUNT.account,
      policy: EMPTY_POLICY,
      context: { "aws:TagKeys": keys },
    })("imagebuilder:StartImagePipelineExecution");
  expect(canStart()).toBe(true);
  expect(canStart("golden-image:parent")).toBe(true);
  expect(canStart("golden-image:parent", "golden-image:approved-stable")).toBe(false);
  expect(canStart("golden-image:approved-stable")).toBe(false);
});

test("the example service control policy lets only the updater and the deploy role change the factory's shares and tag shares like them", () => {
  const denied = examplePolicy("only-approvers-scp");
  const isAllowed = (role: string, action: string, context: Context): boolean =>
    evaluate({
      principal: principal(ACCOUNT, `arn:aws:iam::111111111111:role/${role}`, ALLOW_ALL, denied),
      resource: "arn:aws:ram:eu-west-1:111111111111:resource-share/1",
      account: ACCOUNT.account,
      policy: EMPTY_POLICY,
      context,
    })(action);
  const ofFactory = { "aws:ResourceTag/golden-image:image": "base" };
  const newTag = { "aws:TagKeys": ["team", "golden-image:approval"] };
  const changes: [string, Context][] = [
    ["ram:AssociateResourceShare", ofFactory],
    ["ram:DisassociateResourceShare", ofFactory],
    ["ram:UpdateResourceShare", ofFactory],
    ["ram:DeleteResourceShare", ofFactory],
    ["ram:CreateResourceShare", newTag],
    ["ram:TagResource", newTag],
    ["ram:UntagResource", newTag],
  ];
  for (const [action, context] of changes) {
    for (const role of [
      "golden-image-factory-share-updater-eu-west-1",
      "golden-image-factory-deploy",
    ])
      expect([action, isAllowed(role, action, context)]).toEqual([action, true]);
    for (const role of ["administrator", "golden-image-approver", "golden-image-factory-plan"])
      expect([action, isAllowed(role, action, context)]).toEqual([action, false]);
    // Shares that aren't the factory's.
    expect(isAllowed("administrator", action, { "aws:TagKeys": ["team"] })).toBe(true);
  }
  expect(isAllowed("administrator", "ram:GetResourceShares", ofFactory)).toBe(true);
});
