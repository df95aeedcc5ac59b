import type { Raw } from "../../tools/fixtures/factory-file";
import { only, resources, statements, synth } from "../../tools/fixtures/synth";

function state(github?: Raw) {
  return synth((f) => {
    if (github) f.ci = { github };
  })["state-payments"];
}

test("a state stack is a bucket, and nothing of GitHub unless asked for", () => {
  expect(resources(state(), "aws_iam_role")).toEqual([]);
  expect(resources(state(), "aws_iam_openid_connect_provider")).toEqual([]);
  expect(Object.keys(state()?.output ?? {})).toEqual(["state_bucket"]);
});

test("with ci it makes the account's provider for GitHub's tokens, which needs no thumbprint", () => {
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

test("where there is a provider already it makes none, and trusts that one", () => {
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
  "of %s both forms are trusted that GitHub may call it by, or just the one with ids",
  (repository, expected) => {
    const plan = resources(state({ repository }), "aws_iam_role").find(
      ({ name }) => name === "golden-image-factory-plan",
    );
    const { StringLike } = statements(plan.assume_role_policy)["Assume"].Condition;
    const subjects: string[] = StringLike["token.actions.githubusercontent.com:sub"];
    expect(subjects.filter((subject) => subject.endsWith(":pull_request"))).toEqual(expected);
  },
);

test("its policies are as short as IAM takes them, with the longest names there are", () => {
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

test("it says which roles to take on", () => {
  expect(Object.keys(state({ repository: "acme/images" })?.output ?? {})).toEqual([
    "deploy_role_arn",
    "plan_role_arn",
    "state_bucket",
  ]);
});
