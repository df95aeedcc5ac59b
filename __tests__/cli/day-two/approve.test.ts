import { StartResourceStateUpdateCommand } from "@aws-sdk/client-imagebuilder";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { SharedAccount } from "./shared-account";

const APPROVE = "approve base 1.0.0/1 --channel stable --reason CHG-1 --yes";

describe("factory approve", () => {
  let account: SharedAccount;
  beforeEach(async () => {
    account = await SharedAccount.start();
  });
  afterEach(() => account.stop());

  test("approves a build, runs the updater, and prints what each audience gets", async () => {
    const arn = await account.build();
    expect(await account.command(APPROVE)).toEqual({
      status: 0,
      stdout: `base 1.0.0/1 is approved for stable: CHG-1
canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
stable: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
`,
      stderr: "",
    });
    expect(await account.ordersResolves()).toBe(arn);
  });

  test("--json prints what was done and the shares", async () => {
    const arn = await account.build();
    const { stdout } = await account.command(`${APPROVE} --json`);
    expect(JSON.parse(stdout)).toMatchObject({
      changed: true,
      regions: [
        {
          region: "eu-west-1",
          done: ["base 1.0.0/1 is approved for stable: CHG-1"],
          shares: [
            { channel: "canary", shared: [arn] },
            { channel: "stable", shared: [arn] },
          ],
          problems: [],
          hints: [],
        },
      ],
    });
  });

  test("reports a build that is approved but isn't among the newest of the channel", async () => {
    await account.build();
    for (const newer of [await account.build(), await account.build()])
      await account.factory.as("shared").tag(newer, "golden-image:approved-stable", "ok");
    expect(await account.command(APPROVE)).toEqual({
      status: 1,
      stdout: `base 1.0.0/1 is approved for stable: CHG-1
canary: x.x.x resolves to 1.0.0/3 (shared: 1.0.0/3)
stable: x.x.x resolves to 1.0.0/3 (shared: 1.0.0/3 1.0.0/2)
1.0.0/1 isn't shared in stable: see \`npx --no factory explain base --account ID\`
`,
      stderr: "",
    });
  });

  test("rejects a revoked build", async () => {
    await account.factory.as("shared").tag(await account.build(), "golden-image:revoked", "INC-7");
    expect((await account.command(APPROVE)).stderr).toBe("BUILD: 1.0.0/1 is revoked: INC-7\n");
  });

  test("rejects a build that isn't AVAILABLE", async () => {
    const resourceArn = await account.build();
    await account.factory.as("shared").imageBuilder.send(
      new StartResourceStateUpdateCommand({
        resourceArn,
        state: { status: "DISABLED" },
        executionRole: "arn:aws:iam::111111111111:role/lifecycle",
      }),
    );
    expect((await account.command(APPROVE)).stderr).toBe(
      "BUILD: must be AVAILABLE to be approved, got: DISABLED\n",
    );
  });

  test("keeps the approval and suggests an update if the updater fails", async () => {
    await account.build();
    const busy = new Fault("ResourceConflictException", "busy", 409);
    account.factory.aws.emulator.fail("Invoke", busy);
    expect(await account.command(APPROVE)).toEqual({
      status: 1,
      stdout: `base 1.0.0/1 is approved for stable: CHG-1
the updater failed: busy
the updater retries on its schedule; to retry now: \`npx --no factory update base\`
`,
      stderr: "",
    });
  });
});

test("factory approve prints when the bake time ends if the build is too young", async () => {
  const account = await SharedAccount.start();
  const slow = { name: "slow", keep: 1, bakeHours: 24, approval: "required" } as const;
  await account.factory.share("account", slow);
  try {
    await account.build();
    const { stdout } = await account.command(APPROVE.replace("stable", "slow"));
    expect(stdout.split("\n")[1]).toMatch(
      /^slow shares it when its bake time ends: \d{4}-\d\d-\d\dT[\d:.]+Z$/,
    );
  } finally {
    account.stop();
  }
});

test("factory approve accepts a build that Image Builder's lists don't contain yet", async () => {
  const account = await SharedAccount.start({ phase: 5, association: 30, listLag: 60_000 });
  try {
    await account.build();
    expect((await account.command(APPROVE)).stdout).toContain(
      "stable: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)",
    );
  } finally {
    account.stop();
  }
});

test("factory approve rejects a channel that is only in the factory file", async () => {
  const account = await SharedAccount.start({}, (file) => {
    file.images.base.share.channels.partners = {
      principals: { accounts: ["333333333333"] },
      approval: "required",
    };
  });
  try {
    await account.build();
    expect(await account.command(APPROVE.replace("stable", "partners"))).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "--channel: must be a channel that is deployed in eu-west-1, got: partners, which is only in the factory file\n",
    });
  } finally {
    account.stop();
  }
});
