import { loadFactory } from "../../config/load";
import { minimalFactory, type Raw, withFolder } from "../../tools/fixtures/factory-file";
import { synth, synthFactory } from "../../tools/fixtures/synth";

function shared(bend?: (file: Raw) => unknown) {
  return synth(bend)["shared-eu-west-1"];
}

test("every stack refuses to run in another account, with its provider and with its state", () => {
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

test("every stack keeps its state in its account's bucket under its own key, with a native lock", () => {
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

test("takes any provider from 5.100 to the last 6", () => {
  expect(shared()?.terraform.required_providers.aws).toEqual({
    source: "hashicorp/aws",
    version: ">= 5.100.0, < 7.0.0",
  });
});

test("assumes the deploy role for resources and state, except in the state stacks, which may make it", () => {
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

test("without a deploy role, and with ci, the caller's own credentials are used", () => {
  const withCi = (f: Raw) => (f.ci = { github: { repository: "acme/images" } });
  for (const stack of [shared(), shared(withCi)]) {
    expect(stack?.provider["aws"]?.[0].assume_role).toBeUndefined();
    expect(stack?.terraform.backend.s3.assume_role).toBeUndefined();
  }
});

test("the factory's tags are on everything, and there is no empty block without them", () => {
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

  test("in HCP Terraform: a workspace a stack, rendered without running terraform, and no state buckets", () => {
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

  test("local: a relative path, the same on every machine", () => {
    expect(stacks({ backend: "local" })["shared-eu-west-1"]?.terraform.backend).toEqual({
      local: { path: "../../../terraform.shared-eu-west-1.tfstate" },
    });
  });

  test("of the state stacks: local while their buckets are made, then in them", () => {
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
