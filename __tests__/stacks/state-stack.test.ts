import type { Raw } from "../../tools/fixtures/factory-file";
import { only, resources, statements, synth } from "../../tools/fixtures/synth";

function state(github?: Raw) {
  return synth((f) => {
    if (github) f.ci = { github };
  })["state-payments"];
}

test("a state stack contains no roles of GitHub Actions without ci", () => {
  expect(resources(state(), "aws_iam_role")).toEqual([]);
  expect(resources(state(), "aws_iam_openid_connect_provider")).toEqual([]);
  expect(Object.keys(state()?.output ?? {})).toEqual(["state_bucket"]);
});

test("a state stack with ci contains the account's OIDC provider for GitHub, without a thumbprint", () => {
  expect(
    only(state({ repository: "acme/images" }), "aws_iam_openid_connect_provider"),
  ).toMatchObject({
    url: "https://token.actions.githubusercontent.com",
    client_id_list: ["sts.amazonaws.com"],
  });
  expect(
    only(state({ repository: "acme/images" }), "aws_iam_openid_connect_provider").thumbprint_list,
  ).toBeUndefined();
});

test("a state stack with provider: existing contains no OIDC provider, and its roles trust the existing one", () => {
  const stack = state({ repository: "acme/images", provider: "existing" });
  expect(resources(stack, "aws_iam_openid_connect_provider")).toEqual([]);
  for (const { assume_role_policy: trust } of resources(stack, "aws_iam_role"))
    expect(statements(trust)["Assume"].Principal).toEqual({
      Federated: "arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com",
    });
});

test.each([
  ["acme/images", ["repo:acme/images:pull_request", "repo:acme@*/images@*:pull_request"]],
  ["acme@12/images@34", ["repo:acme@12/images@34:pull_request"]],
])(
  "the roles trust both forms of the subject of %s, or only the form with ids",
  (repository, expected) => {
    const plan = resources(state({ repository }), "aws_iam_role").find(
      ({ name }) => name === "golden-image-factory-plan",
    );
    const { StringLike } = statements(plan.assume_role_policy)["Assume"].Condition;
    const subjects: string[] = StringLike["token.actions.githubusercontent.com:sub"];
    expect(subjects.filter((subject) => subject.endsWith(":pull_request"))).toEqual(expected);
  },
);

test("the inline policies of the roles fit into IAM's limit of 10,240 characters with the longest names", () => {
  const stacks = synth((f) => {
    f.ci = { github: { repository: "acme/images" } };
    f.state = { backend: "s3", bucket: `{account}-${"b".repeat(50)}`, region: "us-gov-west-1" };
    f.sharedAccount.regions = { "us-gov-west-1": {} };
    f.appAccounts = {};
  });
  const lengths = resources(stacks["state-shared"], "aws_iam_role_policy").map(
    ({ policy }) => policy.length,
  );
  expect(lengths.filter((length) => length > 10_240)).toEqual([]);
});

test("a state stack with ci has outputs for the roles' ARNs", () => {
  expect(Object.keys(state({ repository: "acme/images" })?.output ?? {})).toEqual([
    "deploy_role_arn",
    "plan_role_arn",
    "state_bucket",
  ]);
});
