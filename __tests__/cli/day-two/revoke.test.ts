import { readFileSync } from "node:fs";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { addContainer, SharedAccount, withoutTimes } from "./shared-account";

const REPOSITORY = "golden-image-factory/runtime";

/** Returns the input of the call that changes a build's state. */
function stateUpdateOf(account: SharedAccount): unknown {
  return account.factory.aws.emulator.calls.find(
    ({ operation }) => operation === "StartResourceStateUpdate",
  )?.input;
}

describe("factory revoke of an image", () => {
  let account: SharedAccount;
  beforeEach(async () => {
    account = await SharedAccount.start();
  });
  afterEach(() => account.stop());

  test("removes a build from all shares, revokes its launch permissions, disables it, and prints the builds that are still shared", async () => {
    const good = await account.build();
    const bad = await account.build();
    for (const version of ["1.0.0/1", "1.0.0/2"])
      await account.command(`approve base ${version} --channel stable --reason ok --yes`);
    const [ami = ""] = (await account.factory.as("shared").resolve(bad))?.amis ?? [];
    expect(await account.ordersResolves()).toBe(bad);

    expect(await account.command("revoke base 1.0.0/2 --reason INC-7 --yes")).toEqual({
      status: 0,
      stdout: `base 1.0.0/2 is revoked: INC-7
canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
stable: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
Image Builder is disabling the build and its AMIs
`,
      stderr: "",
    });
    expect(await account.ordersResolves()).toBe(good);
    expect(await account.factory.as("orders").canLaunch(ami)).toBe(false);
    expect(await account.factory.as("shared").resolve(bad)).toMatchObject({ status: "DISABLED" });
    expect(stateUpdateOf(account)).toMatchObject({
      executionRole: "arn:aws:iam::111111111111:role/golden-image-factory-lifecycle-eu-west-1",
    });
  });

  test("prints what was done and how to retry if the updater and the state update fail", async () => {
    await account.build();
    const { emulator } = account.factory.aws;
    emulator.fail("Invoke", new Fault("ResourceConflictException", "busy", 409));
    emulator.fail("StartResourceStateUpdate", new Fault("ForbiddenException", "no PassRole", 403));
    expect(await account.command("revoke base 1.0.0/1 --reason INC-7 --yes")).toEqual({
      status: 1,
      stdout: `base 1.0.0/1 is revoked: INC-7
the updater failed: busy
the updater retries on its schedule; to retry now: \`npx --no factory update base\`
disabling the build failed: no PassRole
the build is revoked; to try again: \`npx --no factory revoke base 1.0.0/1 --reason REASON\`
`,
      stderr: "",
    });
  });

  test("reports a share from which RAM refused to remove the build", async () => {
    const bad = await account.build();
    await account.command("update base");
    account.factory.aws.ram.setInUse(bad, true);
    expect(await account.command("revoke base 1.0.0/1 --reason INC-7 --yes")).toEqual({
      status: 1,
      stdout: `base 1.0.0/1 is revoked: INC-7
canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1); RAM refused to remove 1.0.0/1, because a consumer depends on it
stable: no build is shared
1.0.0/1 is still shared in canary: its audience can see it but can't launch it
the updater retries on its schedule; to retry now: \`npx --no factory update base\`
Image Builder is disabling the build and its AMIs
`,
      stderr: "",
    });
    expect((await account.command("status")).stdout).toContain(`
Region     image  build    revoked
eu-west-1  base   1.0.0/1  INC-7
`);
  });

  test("rejects --delete", async () => {
    await account.build();
    expect(await account.command("revoke base 1.0.0/1 --delete --reason INC-7 --yes")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "--delete: must be used with containers only, got: base; AMIs of a revoked build are disabled, and `retain` deletes them\n",
    });
  });
});

/** Each test continues with the build as the test before left it. */
describe("factory revoke of a container", () => {
  let account: SharedAccount;
  let pipeline: string;
  let arn: string;

  /** Builds and shares the container; returns the build's ARN. */
  const share = async (build: string): Promise<string> => {
    const { arn: built } = await account.factory.build("shared", pipeline);
    await account.command(`resume runtime ${build} --reason ok --yes`);
    await account.factory.aws.runs.idle();
    await account.command("update runtime");
    return built;
  };

  beforeAll(async () => {
    account = await SharedAccount.start(undefined, addContainer);
    const { factory } = account;
    await factory.share(
      "organization",
      { name: "stable", keep: 1, bakeHours: 0, approval: "automatic" },
      "runtime",
    );
    const gate = readFileSync("workflows/wait-for-approval.yaml", "utf8");
    pipeline = await factory.containerPipeline("runtime", gate);
    arn = await share("1.0.0/1");
  });
  afterAll(() => account.stop());

  test.each([
    [
      "",
      "Other accounts can't build on it any more. The shared account still can, and the container image can still be pulled by its tag.",
    ],
    ["--delete ", "The build and its container images are deleted permanently."],
  ])("%sasks with the consequences", async (option, consequences) => {
    const { stderr } = await account.command(`revoke runtime 1.0.0/1 ${option}--reason x`);
    const repository = `111111111111.dkr.ecr.eu-west-1.amazonaws.com/${REPOSITORY}`;
    expect(
      withoutTimes(stderr),
    ).toBe(`Region     build    created (UTC)     parent                                       AMIs or containers
eu-west-1  1.0.0/1  2026-01-02 03:04  public.ecr.aws/amazonlinux/amazonlinux:2023  ${repository}:1.0.0-1 ${repository}:runtime-1.0.0-1

These channels are left without an eligible build:
Region     image    channel  stays shared
eu-west-1  runtime  stable   none

Revoke runtime 1.0.0/1 in eu-west-1? ${consequences}
stdin is not a terminal: pass --yes to confirm
`);
  });

  test("removes a build from all shares, and prints who can still use it and how to delete it", async () => {
    expect(await account.factory.as("orders").resolve(arn)).toMatchObject({ status: "AVAILABLE" });
    const registry = `111111111111.dkr.ecr.eu-west-1.amazonaws.com/${REPOSITORY}`;
    expect(await account.command("revoke runtime 1.0.0/1 --reason INC-7 --yes")).toEqual({
      status: 0,
      stdout: `runtime 1.0.0/1 is revoked: INC-7
stable: no build is shared
${registry}:1.0.0-1 can still be pulled by the accounts of its channels
${registry}:runtime-1.0.0-1 can still be pulled by the accounts of its channels
containers in the shared account can still be built on it; to delete it: \`npx --no factory revoke runtime 1.0.0/1 --delete --reason REASON\`
`,
      stderr: "",
    });
    expect(await account.factory.as("orders").resolve(arn)).toBeUndefined();
    expect(account.factory.pushed.size).toBe(2);
  });

  test("--json prints who can still use the build", async () => {
    const { stdout } = await account.command("revoke runtime 1.0.0/1 --reason INC-7 --yes --json");
    expect(JSON.parse(stdout)).toMatchObject({
      changed: true,
      regions: [
        {
          region: "eu-west-1",
          done: ["runtime 1.0.0/1 is revoked: INC-7"],
          problems: [],
          hints: [
            expect.stringContaining(":1.0.0-1 can still be pulled"),
            expect.stringContaining(":runtime-1.0.0-1 can still be pulled"),
            expect.stringContaining("containers in the shared account can still be built on it"),
          ],
        },
      ],
    });
  });

  test("--delete prints how to retry if the deletion fails", async () => {
    const forbidden = new Fault("ForbiddenException", "no PassRole", 403);
    account.factory.aws.emulator.fail("StartResourceStateUpdate", forbidden);
    expect(await account.command("revoke runtime 1.0.0/1 --delete --reason INC-7 --yes")).toEqual({
      status: 1,
      stdout: `runtime 1.0.0/1 is revoked: INC-7
stable: no build is shared
deleting the build failed: no PassRole
the build is revoked; to try again: \`npx --no factory revoke runtime 1.0.0/1 --delete --reason REASON\`
`,
      stderr: "",
    });
  });

  test("--delete removes a build from all shares, then deletes it and its container images", async () => {
    const other = await share("1.0.0/2");
    expect(await account.factory.as("orders").resolve(other)).toMatchObject({
      status: "AVAILABLE",
    });
    expect(await account.command("revoke runtime 1.0.0/2 --delete --reason INC-7 --yes")).toEqual({
      status: 0,
      stdout: `runtime 1.0.0/2 is revoked: INC-7
stable: no build is shared
Image Builder is deleting the build and its container images
`,
      stderr: "",
    });
    expect([...account.factory.pushed]).toEqual([
      `${REPOSITORY}:1.0.0-1`,
      `${REPOSITORY}:runtime-1.0.0-1`,
    ]);
    expect(await account.factory.as("shared").resolve(other)).toMatchObject({ status: "DELETED" });
    expect(stateUpdateOf(account)).toMatchObject({
      state: { status: "DELETED" },
      includeResources: { containers: true },
    });
  });
});
