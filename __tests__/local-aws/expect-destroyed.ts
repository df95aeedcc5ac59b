/** Destroys the factory of the end-to-end test, and what the test expects to remain. */
import { runAll, type Scenario } from "./scenario";
import { ACCOUNTS, APPS, BILLING, ORDERS, PAYMENTS, REGION, SHARED } from "./scenario-factory";

export async function expectProtected(scenario: Scenario): Promise<void> {
  const protectedKey = /Instance cannot be destroyed.*aws_kms_key/s;
  const protectedBucket = /Instance cannot be destroyed.*aws_s3_bucket/s;
  await runAll([
    () => expect(scenario.destroy("shared-eu-west-1")).rejects.toThrow(protectedKey),
    () => expect(scenario.destroy("payments-eu-west-1")).rejects.toThrow(protectedKey),
    async () =>
      expect((await scenario.stateStack("shared")).destroy()).rejects.toThrow(protectedBucket),
  ]);
}

export async function destroyEverything(scenario: Scenario): Promise<void> {
  scenario.file.sharedAccount.protect = false;
  await scenario.synth();
  // Without protection a bucket is emptied before it is deleted, which a deployment records in
  // the state.
  const deployAndDestroy = (id: string) => async (): Promise<void> => {
    await scenario.deploy(id);
    await scenario.destroy(id);
  };
  await runAll([
    async () => {
      await scenario.deploy("shared-eu-west-1");
      await scenario.destroy("shared-eu-west-1-web");
      await scenario.destroy("shared-eu-west-1");
    },
    deployAndDestroy("shared-us-west-2"),
    ...APPS.map((name) => deployAndDestroy(`${name}-eu-west-1`)),
    () => scenario.destroy("shared-us-east-1"),
    ...Object.keys(ACCOUNTS).map((name) => async () => (await scenario.stateStack(name)).deploy()),
  ]);
  for (const id of [PAYMENTS, ORDERS, BILLING]) expect(await scenario.resolve(id)).toBeUndefined();
  await scenario.synth({ isBootstrap: true });
  await runAll(
    Object.keys(ACCOUNTS).map((name) => async () => (await scenario.stateStack(name)).destroy()),
  );
}

export async function expectNoResources(scenario: Scenario): Promise<void> {
  const shared = await scenario.account(SHARED);
  expect(await shared.shares()).toEqual([]);
  await expect(shared.build(scenario.pipelines["base"] ?? "")).rejects.toThrow(/doesn't exist/);
  for (const id of Object.values(ACCOUNTS)) {
    const key = await scenario.accessKeyOf(id);
    expect(await scenario.moto.hasBucket(key, `acme-tfstate-${id}`)).toBe(false);
    const keys = id === SHARED ? 3 : 2;
    expect(await scenario.moto.keyStates(key, REGION)).toEqual(Array(keys).fill("PendingDeletion"));
  }
  for (const id of [SHARED, PAYMENTS]) {
    const key = await scenario.accessKeyOf(id);
    const { repositories } = await scenario.moto.ecr(key, REGION, "DescribeRepositories", {});
    expect(repositories).toEqual([]);
  }
  const kinds = [
    "container-recipe",
    "distribution-configuration",
    "image-pipeline",
    "image-recipe",
    "infrastructure-configuration",
    "lifecycle-policy",
    "workflow",
  ];
  for (const kind of kinds) expect(scenario.local.imageBuilder.arns(kind)).toEqual([]);
}

export function expectBuildsAndComponentsRemain(
  scenario: Scenario,
  failedBuilds: readonly string[],
): void {
  const { builds, local } = scenario;
  expect(local.builds.arns().sort()).toEqual([...builds].sort());
  const containers = builds.filter((arn) => /:image\/(runtime|payments-api)\//.test(arn));
  const copies = builds.filter((arn) => arn.includes(":image/base/"));
  // The first try of payments-web with its three repetitions, and a build of web.
  expect(failedBuilds).toHaveLength(5);
  const withAmis = builds.length - containers.length - failedBuilds.length;
  expect(local.amis.ids()).toHaveLength(withAmis + copies.length);
  const components = local.imageBuilder.arns("component");
  expect(
    components.map((arn) => arn.replace(/.*imagebuilder:(.*?):.*:component/, "$1")).sort(),
  ).toEqual([
    "eu-west-1/agent/1.0.0/1",
    "eu-west-1/agent/1.0.1/1",
    "eu-west-1/agent/1.0.2/1",
    "us-west-2/agent/1.0.0/1",
    "us-west-2/agent/1.0.1/1",
    "us-west-2/agent/1.0.2/1",
  ]);
  const remaining = [...builds, ...local.amis.ids(), ...components];
  process.stderr.write(
    `  remaining, because Terraform doesn't manage them:\n${remaining.map((id) => `    ${id}\n`).join("")}`,
  );
}
