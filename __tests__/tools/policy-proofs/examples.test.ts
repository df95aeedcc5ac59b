import { readdirSync, readFileSync } from "node:fs";
import { authorizationReference } from "../../../tools/iam/authorization-reference";
import { type Document, evaluate } from "../../../tools/iam/evaluate";
import { lintPolicies } from "../../../tools/iam/policy-lint";
import { ResolvedStacks } from "../../../tools/iam/resolved-stacks";
import { ALLOW_ALL, EMPTY_POLICY, principal } from "../../../tools/policy-proofs/policy-fixture";
import { calledActions } from "../../../tools/policy-proofs/proofs/support";

function examplePolicy(name: string): Document {
  return JSON.parse(readFileSync(`examples/policies/${name}.json`, "utf8"));
}
const ACCOUNT = { account: "111111111111", units: [] };
const BUILD = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/1";

test.each(["operator", "only-approvers-scp"])(
  "the example policy %s names only actions, resources and conditions that AWS documents",
  async (name) => {
    const policy = JSON.stringify(examplePolicy(name));
    const json = {
      terraform: {},
      provider: { aws: [{ region: "eu-west-1", allowed_account_ids: ["111111111111"] }] },
      resource: { aws_iam_role_policy: { example: { role: "r", policy } } },
    };
    const stacks = new ResolvedStacks({ stack: json });
    expect(lintPolicies(stacks, await authorizationReference())).toEqual([]);
  },
);

test("the example policy for operators allows exactly the actions that the commands call", () => {
  const changes = [
    "ram:AssociateResourceShare",
    "ram:DisassociateResourceShare",
    "ec2:ModifyImageAttribute",
  ];
  const reads = calledActions("lambda/share-updater/adapters.ts").filter(
    (action) => !changes.includes(action),
  );
  const called = readdirSync("cli/day-two")
    .flatMap((file) => calledActions(`cli/day-two/${file}`))
    // Needs no permission.
    .filter((action) => action !== "sts:GetCallerIdentity")
    .map((action) => action.replace("lambda:Invoke", "lambda:InvokeFunction"));
  const needed = new Set([...reads, ...called, "iam:PassRole"]);
  const allowed = examplePolicy("operator").Statement.flatMap(({ Action }) => Action);
  expect([...allowed].sort()).toEqual([...needed].sort());
});

test("the example service control policy lets only the approver set the tags that approve and revoke", () => {
  const denied = examplePolicy("only-approvers-scp");
  const canTag = (role: string, ...keys: string[]): boolean => {
    const arn = `arn:aws:iam::111111111111:role/${role}`;
    const isAllowed = evaluate({
      principal: principal(ACCOUNT, arn, ALLOW_ALL, denied),
      resource: BUILD,
      account: ACCOUNT.account,
      policy: EMPTY_POLICY,
      context: { "aws:TagKeys": keys },
    });
    return isAllowed("imagebuilder:TagResource");
  };
  for (const key of ["golden-image:approved-stable", "golden-image:revoked"]) {
    expect(canTag("golden-image-approver", key)).toBe(true);
    expect(canTag("administrator", "team", key)).toBe(false);
  }
  expect(canTag("administrator", "team")).toBe(true);
});
