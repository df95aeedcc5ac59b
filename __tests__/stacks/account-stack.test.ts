import { loadFactory } from "../../config/load";
import { minimalFactory, type Raw, withFolder } from "../../tools/fixtures/factory-file";
import { synth, synthFactory } from "../../tools/fixtures/synth";

function shared(mutate?: (file: Raw) => unknown) {
  return synth(mutate)["shared-eu-west-1"];
}

test("every stack allows only its own account, for its provider and for its state", () => {
  const accounts = Object.entries(synth()).map(([id, { provider, terraform }]) => [
    id,
    provider["aws"]?.[0].allowed_account_ids,
    terraform.backend.s3.allowed_account_ids,
  ]);
  expect(accounts).toEqual([
    ["state-shared", ["111111111111"], ["111111111111"]],
    ["state-payments", ["222222222222"], ["222222222222"]],
    ["shared-eu-west-1", ["111111111111"], ["111111111111"]],
    ["shared-eu-west-1-web", ["111111111111"], ["111111111111"]],
    ["payments-eu-west-1", ["222222222222"], ["222222222222"]],
  ]);
});

test("every stack stores its state in its account's bucket under its own key, with S3 locking", () => {
  const backends = Object.entries(synth()).map(([id, { terraform }]) => [id, terraform.backend.s3]);
  for (const [id, backend] of backends) {
    expect(backend).toMatchObject({
      bucket: expect.stringMatching(/^acme-tfstate-\d{12}$/),
      key: `golden-image-factory/${id}.tfstate`,
      region: "eu-west-1",
      encrypt: true,
      use_lockfile: true,
    });
  }
});

test("every stack accepts the AWS provider from 5.100 up to the last 6.x", () => {
  expect(shared()?.terraform.required_providers.aws).toEqual({
    source: "hashicorp/aws",
    version: ">= 5.100.0, < 7.0.0",
  });
});

test("stacks assume the deploy role for resources and state, except the state stacks, which may create it", () => {
  const stacks = synth((f) => {
    f.sharedAccount.deployRole = "path/terraform";
    f.appAccounts.payments.deployRole = "deployer";
  });
  const roles = Object.entries(stacks).map(([id, { provider, terraform }]) => [
    id,
    provider["aws"]?.[0].assume_role?.[0].role_arn,
    terraform.backend.s3.assume_role?.role_arn,
  ]);
  const terraform = "arn:aws:iam::111111111111:role/path/terraform";
  const deployer = "arn:aws:iam::222222222222:role/deployer";
  expect(roles).toEqual([
    ["state-shared", undefined, undefined],
    ["state-payments", undefined, undefined],
    ["shared-eu-west-1", terraform, terraform],
    ["shared-eu-west-1-web", terraform, terraform],
    ["payments-eu-west-1", deployer, deployer],
  ]);
});

test("stacks use the caller's credentials without a deploy role, also with ci", () => {
  const withCi = (f: Raw) => (f.ci = { github: { repository: "acme/images" } });
  for (const stack of [shared(), shared(withCi)]) {
    expect(stack?.provider["aws"]?.[0].assume_role).toBeUndefined();
    expect(stack?.terraform.backend.s3.assume_role).toBeUndefined();
  }
});

test("the provider sets the factory's tags on every resource, and has no empty block without tags", () => {
  expect(shared((f) => (f.tags = { team: "platform" }))?.provider["aws"]?.[0].default_tags).toEqual(
    [{ tags: { team: "platform" } }],
  );
  expect(shared()?.provider["aws"]?.[0].default_tags).toBeUndefined();
});

describe("state", () => {
  const stacks = (state: Raw, bootstrap = false) => {
    const file = { ...minimalFactory(), state };
    return withFolder({ file }, (path) => synthFactory(loadFactory(path), { bootstrap }));
  };

  test("a stack with HCP Terraform has its own workspace, and there are no state buckets", () => {
    const all = stacks({ backend: "cloud", organization: "acme", project: "images" });
    expect(Object.keys(all)).toEqual([
      "shared-eu-west-1",
      "shared-eu-west-1-web",
      "payments-eu-west-1",
    ]);
    expect(all["payments-eu-west-1"]?.terraform).toMatchObject({
      cloud: {
        organization: "acme",
        workspaces: { name: "payments-eu-west-1", project: "images" },
      },
    });
    expect(all["payments-eu-west-1"]?.terraform.backend).toBeUndefined();
  });

  test("a stack with local state has a relative path, the same on every machine", () => {
    expect(stacks({ backend: "local" })["shared-eu-west-1"]?.terraform.backend).toEqual({
      local: { path: "../../../terraform.shared-eu-west-1.tfstate" },
    });
  });

  test("a state stack keeps its state in a file during the bootstrap, and then in its bucket", () => {
    const s3 = minimalFactory().state;
    expect(stacks(s3, true)["state-shared"]?.terraform.backend).toEqual({
      local: { path: "../../../terraform.state-shared.tfstate" },
    });
    expect(stacks(s3, true)["shared-eu-west-1"]?.terraform.backend.s3).toBeDefined();
    expect(stacks(s3)["state-shared"]?.terraform.backend.s3.key).toBe(
      "golden-image-factory/state-shared.tfstate",
    );
  });
});
