import { readdirSync, readFileSync } from "node:fs";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { createInfrastructure } from "../../../../cli/proof/assumptions/image-builder";
import { Lab } from "../../../../cli/proof/assumptions/lab";
import { ASSUMPTIONS_POLICY, sessionFor } from "../../../../cli/proof/assumptions/policy";
import type { Site } from "../../../../cli/proof/assumptions/site";
import { PROVE_TAG } from "../../../../cli/proof/leftovers";
import { type Context, evaluate } from "../../../../tools/iam/evaluate";
import { EMPTY_POLICY, principal } from "../../../../tools/policy-proofs/policy-fixture";
import { calledActions } from "../../../../tools/policy-proofs/proofs/support";
import { ASSUMPTIONS_POLICY_FILE, renderPolicy } from "../../../../tools/reference/doctor";

const ACCOUNT = { account: "222222222222", units: [] };
const FOLDER = "cli/proof/assumptions";

function isAllowed(action: string, resource: string, context: Context = {}): boolean {
  return evaluate({
    principal: principal(ACCOUNT, "arn:aws:iam::222222222222:role/admin", ASSUMPTIONS_POLICY),
    resource,
    account: ACCOUNT.account,
    policy: EMPTY_POLICY,
    context,
  })(action);
}

test("the policy of experiments allows exactly the actions that they call, and those that they need", () => {
  const called = readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => calledActions(`${FOLDER}/${file}`));
  const needed = [
    ...called,
    // An experiment finds the step in which a build failed as the recorder does.
    ...calledActions("lambda/recorder/adapters/failed-step.ts"),
    // What Image Builder, RAM and EC2 check in addition.
    "ec2:DeleteSnapshot",
    "iam:CreateServiceLinkedRole",
    "iam:GetInstanceProfile",
    "iam:GetRole",
    "iam:PassRole",
    "iam:TagInstanceProfile",
    "iam:TagRole",
    "imagebuilder:GetComponent",
    "imagebuilder:GetDistributionConfiguration",
    "imagebuilder:GetInfrastructureConfiguration",
    "imagebuilder:GetWorkflow",
    "imagebuilder:PutImagePolicy",
    "imagebuilder:TagResource",
    "ram:TagResource",
  ];
  const allowed = ASSUMPTIONS_POLICY.Statement.flatMap(({ Action }) => Action);
  expect([...new Set(allowed)].sort()).toEqual([...new Set(needed)].sort());
});

test.each([
  ["iam:DeleteRole", "arn:aws:iam::222222222222:role/"],
  ["iam:PassRole", "arn:aws:iam::222222222222:role/"],
  ["imagebuilder:DeleteImage", "arn:aws:imagebuilder:eu-west-1:222222222222:image/"],
  ["imagebuilder:DeleteWorkflow", "arn:aws:imagebuilder:eu-west-1:222222222222:workflow/test/"],
])("the policy of experiments allows %s only for names of experiments", (action, prefix) => {
  const context = { "iam:PassedToService": "ec2.amazonaws.com" };
  expect(isAllowed(action, `${prefix}golden-image-factory-prove-1-golden`, context)).toBe(true);
  expect(isAllowed(action, `${prefix}golden-image-factory-build`, context)).toBe(false);
});

test.each([
  ["ec2:DeregisterImage", "arn:aws:ec2:eu-west-1::image/ami-1"],
  ["ram:DeleteResourceShare", "arn:aws:ram:eu-west-1:222222222222:resource-share/1"],
])("the policy of experiments allows %s only for what has the tag", (action, resource) => {
  expect(isAllowed(action, resource)).toBe(false);
  const tagged = { [`aws:ResourceTag/${PROVE_TAG}`]: "2026-11-28T12:30:00Z" };
  expect(isAllowed(action, resource, tagged)).toBe(true);
});

test("the policy of experiments allows only the service-linked role of Image Builder", () => {
  const roles = "arn:aws:iam::222222222222:role/aws-service-role";
  const create = (role: string): boolean =>
    isAllowed("iam:CreateServiceLinkedRole", `${roles}/${role}`);
  expect(create("imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder")).toBe(true);
  expect(create("spot.amazonaws.com/AWSServiceRoleForEC2Spot")).toBe(false);
});

test("the policy of experiments allows new shares only with the tag", () => {
  const create = (context: Context): boolean => isAllowed("ram:CreateResourceShare", "*", context);
  expect(create({})).toBe(false);
  expect(create({ [`aws:RequestTag/${PROVE_TAG}`]: "2026-11-28T12:30:00Z" })).toBe(true);
});

test.each([
  ["aws", "ec2.amazonaws.com"],
  ["aws-us-gov", "ec2.amazonaws.com"],
  ["aws-cn", "ec2.amazonaws.com.cn"],
])("the policy of assumed roles in %s passes roles to %s", (partition, service) => {
  expect(sessionFor(partition).policy).toContain(
    `{"StringEquals":{"iam:PassedToService":["${service}","imagebuilder.amazonaws.com"]}}`,
  );
});

test("in China, the role of build instances trusts the principal that EC2 has there", async () => {
  const sent: unknown[] = [];
  const client = { send: async (command: unknown) => sent.push(command) };
  const site = {
    accountId: "222222222222",
    region: "cn-north-1",
    network: {},
    iam: client,
    imageBuilder: client,
  } as unknown as Site;
  const clock = { now: () => 0, sleep: async () => undefined };
  await createInfrastructure(new Lab({ id: "1", clock, owner: site, tags: {} }), site, "build");
  const [role] = sent.filter((command) => command instanceof CreateRoleCommand);
  expect(JSON.parse(role?.input.AssumeRolePolicyDocument ?? "").Statement).toEqual([
    {
      Effect: "Allow",
      Principal: { Service: "ec2.amazonaws.com.cn" },
      Action: "sts:AssumeRole",
    },
  ]);
});

test.each(["aws", "aws-cn", "aws-us-gov"])(
  "the policy of assumed roles in %s fits into a request of STS",
  (partition) => {
    const { policy, seconds } = sessionFor(partition);
    expect(policy.length).toBeLessThanOrEqual(2_048);
    expect(seconds).toBe(3_600);
  },
);

test(`${ASSUMPTIONS_POLICY_FILE} is what \`npm run reference\` writes`, () => {
  expect(readFileSync(ASSUMPTIONS_POLICY_FILE, "utf8")).toBe(renderPolicy(ASSUMPTIONS_POLICY));
});
