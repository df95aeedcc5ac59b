import { reasonsOf } from "../../../cli/day-two/explain";
import type { Build } from "../../../lambda/share-updater/build";
import type { Channel } from "../../../lambda/share-updater/channel";
import { noExclusions } from "../../../lambda/share-updater/list-builds";
import type { SharedBy } from "../../../lambda/share-updater/observe";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { SharedAccount } from "./shared-account";

const EXPLAIN = "explain base --account 333333333333";

describe("factory explain", () => {
  let account: SharedAccount;
  beforeAll(async () => {
    account = await SharedAccount.start();
    await account.build();
    await account.command("approve base 1.0.0/1 --channel stable --reason ok --yes");
  });
  afterAll(() => account.stop());

  test("prints which build an account gets from each channel, and exits with 0", async () => {
    expect(await account.command(EXPLAIN)).toEqual({
      status: 0,
      stdout: `canary: gets 1.0.0/1, if the account is in ou-abcd-11111111 or an OU below
stable: gets 1.0.0/1, if the account is in the organization o-abcdefghij

If 333333333333 is in several audiences, x.x.x resolves to the newest of these builds.
`,
      stderr: "",
    });
  });

  test("knows which OUs contain the account if the shared account is a delegated administrator", async () => {
    const { administrators } = account.factory.organization;
    administrators.add("111111111111");
    const explain = async (id: string): Promise<string[]> =>
      (await account.command(`explain base --account ${id}`)).stdout.split("\n").slice(0, 2);
    expect(await explain("222222222222")).toEqual(["canary: gets 1.0.0/1", "stable: gets 1.0.0/1"]);
    expect(await explain("333333333333")).toEqual([
      "canary: not for 333333333333",
      "stable: gets 1.0.0/1",
    ]);
    expect(await explain("888888888888")).toEqual([
      "canary: not for 888888888888",
      "stable: not for 888888888888",
    ]);
    administrators.delete("111111111111");
  });

  test("--json prints the build of each channel", async () => {
    const arn = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/1";
    expect(JSON.parse((await account.command(`${EXPLAIN} --json`)).stdout)).toMatchObject({
      account: "333333333333",
      channels: [
        { region: "eu-west-1", channel: "canary", build: arn, differs: false },
        { region: "eu-west-1", channel: "stable", build: arn, differs: false },
      ],
      problems: [],
    });
  });

  test("exits with 1 if a share can't be read", async () => {
    account.factory.aws.emulator.fail(
      "GetResourceShareAssociations",
      new Fault("AccessDeniedException", "not allowed", 403),
    );
    expect(await account.command(EXPLAIN)).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("not allowed"),
    });
  });

  test("prints why the account doesn't get a newer build, and exits with 2 if that build should be shared", async () => {
    await account.build();
    expect(await account.command(EXPLAIN)).toEqual({
      status: 2,
      stdout: `canary: gets 1.0.0/1, if the account is in ou-abcd-11111111 or an OU below
  1.0.0/2 will be shared at the updater's next run
stable: gets 1.0.0/1, if the account is in the organization o-abcdefghij
  1.0.0/2 isn't approved for stable

If 333333333333 is in several audiences, x.x.x resolves to the newest of these builds.
`,
      stderr: "",
    });
  });
});

test("factory explain names channels that aren't for the account, and channels that aren't deployed as in the factory file", async () => {
  const account = await SharedAccount.start({}, (file) => {
    file.images.base.share.channels.canary.keep = 3;
    file.images.base.share.channels.all = { principals: { organization: true } };
  });
  await account.factory.share("account", {
    name: "partners",
    keep: 1,
    bakeHours: 0,
    approval: "automatic",
  });
  try {
    const { status, stdout } = await account.command(EXPLAIN);
    expect(stdout).toContain("\npartners: not for 333333333333\n");
    expect(stdout).toContain("\nbase/all: the channel isn't deployed yet\n");
    expect(stdout).toContain("\nbase/canary: not deployed yet: keep\n");
    expect(stdout).toContain(
      "\nbase/partners: the channel is deployed, but isn't in the factory file any more\n",
    );
    expect(status).toBe(2);
  } finally {
    account.stop();
  }
});

describe("reasonsOf prints when the audience gets the launch permission of the shared build", () => {
  const NOW = Date.UTC(2026, 0, 31);
  const ami = { region: "eu-west-1", id: "ami-1" };
  const channel: Channel = {
    name: "stable",
    share: "arn:aws:ram:eu-west-1:111111111111:resource-share/stable",
    keep: 1,
    bakeHours: 1,
    approval: "automatic",
    audience: ["222222222222", "333333333333"],
    findings: { fixWithinDays: {}, maxSeverity: "high", exceptions: [], reportOnly: false },
  };

  /** Returns the reasons that `explain` prints about a build that only 222222222222 can launch. */
  function reasons(change: Partial<Build>, sharedBy: SharedBy = "updater"): string[] {
    const arn = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/1";
    const build: Build = {
      arn,
      status: "AVAILABLE",
      createdAt: 0,
      tags: {},
      amis: [ami],
      containers: [],
      scan: { amiCreatedAt: 0, scannedAt: undefined, fixAvailableSince: {} },
      ...change,
    };
    const observed = {
      channel,
      associations: [{ arn, status: "ASSOCIATED" }],
      mismatches: [],
      desired: [arn],
      associate: [],
      disassociate: [],
      sharedBy: new Map([[arn, sharedBy]]),
    };
    return reasonsOf(
      observed,
      {
        ...noExclusions(),
        builds: [build],
        channels: [observed],
        launchers: new Map([[arn, [{ ami, principals: ["222222222222"] }]]]),
        listed: { builds: [build], errors: [] },
        unreadable: new Set(),
        deletedAt: new Map(),
        regions: new Set(["eu-west-1"]),
        errors: [],
        problems: [],
      },
      NOW,
    ).filter((reason) => reason.includes("launch permission"));
  }

  test.each<[string, string[]]>([
    ["until the updater runs", reasons({})],
    [
      "until 1.0.0/1 meets the conditions of stable, or another build is shared",
      reasons({ createdAt: NOW + 1 }),
    ],
    [
      "because 1.0.0/1 isn't eligible, and may have been added to the share by hand",
      reasons({}, "unclear"),
    ],
  ])("%s", (end, printed) => {
    expect(printed).toEqual([`ami-1: part of the audience has no launch permission ${end}`]);
  });
});
