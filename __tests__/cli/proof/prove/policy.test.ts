import { readdirSync, readFileSync } from "node:fs";
import { PROVE_TAG } from "../../../../cli/proof/leftovers";
import { PROVE_POLICY, sessionFor } from "../../../../cli/proof/prove/policy";
import { type Context, evaluate } from "../../../../tools/iam/evaluate";
import { EMPTY_POLICY, principal } from "../../../../tools/policy-proofs/policy-fixture";
import { calledActions } from "../../../../tools/policy-proofs/proofs/support";
import { PROVE_POLICY_FILE, renderPolicy } from "../../../../tools/reference/doctor";

const ACCOUNT = { account: "222222222222", units: [] };
const RECIPE =
  "arn:aws:imagebuilder:eu-west-1:222222222222:image-recipe/golden-image-factory-prove-1/1.0.0";
const TAGGED = "2026-11-28T12:30:00Z";

function isAllowed(action: string, resource: string, context: Context = {}): boolean {
  return evaluate({
    principal: principal(ACCOUNT, "arn:aws:iam::222222222222:role/app", PROVE_POLICY),
    resource,
    account: ACCOUNT.account,
    policy: EMPTY_POLICY,
    context,
  })(action);
}

test("the policy of prove allows exactly the actions that it calls, and those that they need", () => {
  const called = readdirSync("cli/proof/prove").flatMap((file) =>
    calledActions(`cli/proof/prove/${file}`),
  );
  const needed = [
    ...called,
    "ec2:CreateTags",
    "imagebuilder:GetComponent",
    "imagebuilder:TagResource",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncrypt*",
  ];
  const allowed = PROVE_POLICY.Statement.flatMap(({ Action }) => Action);
  expect([...new Set(allowed)].sort()).toEqual([...new Set(needed)].sort());
});

test.each([
  ["ec2:RunInstances", "arn:aws:ec2:eu-west-1:222222222222:instance/*"],
  ["ec2:RunInstances", "arn:aws:ec2:eu-west-1:222222222222:volume/*"],
  ["ec2:RunInstances", "arn:aws:ec2:eu-west-1:222222222222:network-interface/*"],
  ["ec2:CreateSecurityGroup", "arn:aws:ec2:eu-west-1:222222222222:security-group/*"],
  ["imagebuilder:CreateImageRecipe", RECIPE],
])("the policy of prove allows %s of %s only with the tag", (action, resource) => {
  expect(isAllowed(action, resource)).toBe(false);
  expect(isAllowed(action, resource, { [`aws:RequestTag/${PROVE_TAG}`]: TAGGED })).toBe(true);
});

test.each([
  ["ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:222222222222:instance/i-1"],
  ["ec2:DeleteSecurityGroup", "arn:aws:ec2:eu-west-1:222222222222:security-group/sg-1"],
])("the policy of prove allows %s only for what has the tag", (action, resource) => {
  expect(isAllowed(action, resource)).toBe(false);
  expect(isAllowed(action, resource, { [`aws:ResourceTag/${PROVE_TAG}`]: TAGGED })).toBe(true);
});

test("the policy of prove allows the deletion of recipes only by its name", () => {
  const other = RECIPE.replace("golden-image-factory-prove-1", "base");
  expect(isAllowed("imagebuilder:DeleteImageRecipe", other)).toBe(false);
  expect(isAllowed("imagebuilder:DeleteImageRecipe", RECIPE)).toBe(true);
});

test("the policy of prove allows tags only when something is created", () => {
  const instance = "arn:aws:ec2:eu-west-1:222222222222:instance/i-1";
  expect(isAllowed("ec2:CreateTags", instance)).toBe(false);
  expect(isAllowed("ec2:CreateTags", instance, { "ec2:CreateAction": "RunInstances" })).toBe(true);
});

test.each([
  [{ recipe: false, launch: false }, undefined],
  [{ recipe: true, launch: false }, undefined],
  [{ recipe: false, launch: true }, 3_600],
  [{ recipe: true, launch: true }, 3_600],
])("the policy of assumed roles with %j fits into a request of STS", (changes, seconds) => {
  const session = sessionFor(changes, "aws-us-gov");
  expect(session.policy.length).toBeLessThanOrEqual(2_048);
  expect(session.seconds).toBe(seconds);
  const { Statement } = JSON.parse(session.policy);
  const actions = Statement.flatMap(({ Action }: { Action: string[] }) => Action);
  expect(actions.includes("imagebuilder:CreateImageRecipe")).toBe(changes.recipe);
  expect(actions.includes("ec2:CreateSecurityGroup")).toBe(changes.launch);
  expect(actions.includes("ec2:TerminateInstances")).toBe(changes.recipe || changes.launch);
});

test(`${PROVE_POLICY_FILE} is what \`npm run reference\` writes`, () => {
  expect(readFileSync(PROVE_POLICY_FILE, "utf8")).toBe(renderPolicy(PROVE_POLICY));
});
