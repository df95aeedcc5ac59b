import type { Raw } from "../../tools/fixtures/factory-file";
import { only, resources, statements, synth } from "../../tools/fixtures/synth";

const OPERATORS = [
  "arn:aws:iam::111111111111:role/operators",
  "arn:aws:iam::111111111111:role/auditors",
];

function withFleet(change: (app: Raw) => unknown = () => undefined) {
  return (file: Raw) => {
    file.sharedAccount.operators = OPERATORS;
    file.sharedAccount.regions["us-east-1"] = {};
    file.appAccounts.payments.regions = { "us-east-1": {}, "eu-west-1": {} };
    file.appAccounts.payments.fleet = true;
    change(file.appAccounts.payments);
  };
}

test("the stack of an app account's first Region has the fleet role, which operators may assume", () => {
  const stacks = synth(withFleet());
  const roles = Object.entries(stacks).flatMap(([id, stack]) =>
    resources(stack, "aws_iam_role")
      .filter(({ name }) => name === "golden-image-factory-fleet")
      .map((role) => [id, role]),
  );
  expect(roles.map(([id]) => id)).toEqual(["payments-us-east-1"]);
  expect(JSON.parse(roles[0]?.[1].assume_role_policy)).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Assume",
        Effect: "Allow",
        Principal: { AWS: OPERATORS.toSorted() },
        Action: "sts:AssumeRole",
      },
    ],
  });
  const stack = stacks["payments-us-east-1"];
  expect(stack?.output?.["fleet_role_arn"]).toMatchObject({
    value: expect.stringMatching(/^\$\{aws_iam_role\.fleet_\w+\.arn\}$/),
  });
});

test("the fleet role may see the AMIs of instances, and nothing else", () => {
  const { "payments-us-east-1": stack } = synth(withFleet());
  const policies = resources(stack, "aws_iam_role_policy").filter(({ name }) => name === "fleet");
  expect(policies.map(({ policy }) => statements(policy))).toEqual([
    {
      SeeAmisOfInstances: {
        Sid: "SeeAmisOfInstances",
        Effect: "Allow",
        Action: "ec2:DescribeInstanceImageMetadata",
        Resource: "*",
      },
    },
  ]);
});

test("an account that only lets operators look at its instances has a stack with the role only", () => {
  const stacks = synth(withFleet((app) => (app.images = {})));
  const own = Object.keys(stacks).filter((id) => id.startsWith("payments-"));
  expect(own).toEqual(["payments-us-east-1"]);
  const types = Object.keys(stacks["payments-us-east-1"]?.resource ?? {});
  expect(types).toEqual(["aws_iam_role", "aws_iam_role_policy"]);
  expect(only(stacks["payments-us-east-1"], "aws_iam_role").name).toBe(
    "golden-image-factory-fleet",
  );
});

test("an account without fleet has no fleet role", () => {
  const stacks = synth(withFleet((app) => (app.fleet = false)));
  expect(JSON.stringify(stacks)).not.toContain("golden-image-factory-fleet");
});

test("the CI roles manage the fleet role only in accounts that have it", () => {
  const named = (fleet: boolean): string[] => {
    const stacks = synth((file) => {
      withFleet((app) => (app.fleet = fleet))(file);
      file.ci = { github: { repository: "acme/golden-images" } };
    });
    return Object.entries(stacks).flatMap(([id, stack]) =>
      id.startsWith("state-") && JSON.stringify(stack).includes("role/golden-image-factory-fleet")
        ? [id]
        : [],
    );
  };
  expect(named(true)).toEqual(["state-payments"]);
  expect(named(false)).toEqual([]);
});
