import { readdirSync, readFileSync } from "node:fs";
import { type Document, evaluate } from "../../../tools/iam/evaluate";
import { iam } from "../../../tools/iam/iam";
import { spellingProblems } from "../../../tools/iam/spelling";
import { Policies } from "../../../tools/iam/world";
import { ANYTHING, NOTHING, principal } from "../../../tools/policy-proofs/policy-fixture";
import { calledIn } from "../../../tools/policy-proofs/proofs/support";

function example(name: string): Document {
  return JSON.parse(readFileSync(`examples/policies/${name}.json`, "utf8"));
}
const ACCOUNT = { account: "111111111111", units: [] };
const BUILD = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/1";

test.each(["operator", "only-approvers-scp"])("%s is spelled right", async (name) => {
  const json = {
    terraform: {},
    provider: { aws: [{ region: "eu-west-1", allowed_account_ids: ["111111111111"] }] },
    resource: {
      aws_iam_role_policy: { example: { role: "r", policy: JSON.stringify(example(name)) } },
    },
  };
  expect(spellingProblems(new Policies({ stack: json }), await iam())).toEqual([]);
});

test("an operator may do what the commands call, and nothing else", () => {
  const changes = [
    "ram:AssociateResourceShare",
    "ram:DisassociateResourceShare",
    "ec2:ModifyImageAttribute",
  ];
  const looked = calledIn("lambda/share-updater/adapters.ts").filter(
    (action) => !changes.includes(action),
  );
  // Everybody may ask who they are.
  const called = readdirSync("cli/day-two")
    .flatMap((file) => calledIn(`cli/day-two/${file}`))
    .filter((action) => action !== "sts:GetCallerIdentity");
  const needed = new Set([
    ...looked,
    ...called.map((action) => action.replace("lambda:Invoke", "lambda:InvokeFunction")),
    "iam:PassRole",
  ]);
  const allowed = example("operator").Statement.flatMap(({ Action }) => Action);
  expect([...allowed].sort()).toEqual([...needed].sort());
});

test("with the service control policy only the approver tags what approves and revokes", () => {
  const denied = example("only-approvers-scp");
  const may = (role: string, ...keys: string[]): boolean => {
    const who = principal(ACCOUNT, `arn:aws:iam::111111111111:role/${role}`, ANYTHING, denied);
    const request = { principal: who, resource: BUILD, account: ACCOUNT.account, policy: NOTHING };
    return evaluate({ ...request, context: { "aws:TagKeys": keys } })("imagebuilder:TagResource");
  };
  for (const key of ["golden-image:approved-stable", "golden-image:revoked"]) {
    expect(may("golden-image-approver", key)).toBe(true);
    expect(may("administrator", "team", key)).toBe(false);
  }
  expect(may("administrator", "team")).toBe(true);
});
