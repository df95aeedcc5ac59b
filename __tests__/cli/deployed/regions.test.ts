import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { OTHER_REGION, SharedAccount, withoutTimes } from "../day-two/shared-account";

const DENIED = new Fault("AccessDeniedException", "not allowed", 403);

/** Fails all calls of an operation in the second Region. */
function deny(account: SharedAccount, operation: string, region: string = OTHER_REGION): void {
  account.factory.aws.emulator.fail(operation, DENIED, 100, region);
}

/** Each Region has build 1.0.0/1, and the first also 1.0.0/2. */
async function start(): Promise<SharedAccount> {
  const account = await SharedAccount.startInTwoRegions();
  for (const region of ["eu-west-1", OTHER_REGION, "eu-west-1"]) await account.build(region);
  return account;
}

describe("a command that reads", () => {
  let account: SharedAccount;
  beforeAll(async () => {
    account = await start();
  });
  afterEach(() => account.factory.aws.emulator.recover());
  afterAll(() => account.stop());

  test("status covers all Regions, and what waits for approval in each", async () => {
    expect(await account.command("status")).toEqual({
      status: 2,
      stdout: `Region     image  channel  audience          desired  shared  newest age
eu-west-1  base   canary   ou-abcd-11111111  1.0.0/2  none    -
eu-west-1  base   stable   o-abcdefghij      none     none    -
us-east-1  base   canary   ou-abcd-11111111  1.0.0/1  none    -
us-east-1  base   stable   o-abcdefghij      none     none    -

The shared builds differ from the desired builds. To run the updater now: \`npx --no factory update IMAGE --region REGION\`

Region     image  channel  builds that wait for approval
eu-west-1  base   stable   1.0.0/2 1.0.0/1
us-east-1  base   stable   1.0.0/1

To approve a build: \`npx --no factory approve IMAGE BUILD --channel CHANNEL --region REGION --reason REASON\`
`,
      stderr: "",
    });
  });

  test("status reports a Region that can't be read, shows the others, and exits with 1", async () => {
    deny(account, "GetResourceShares");
    const { status, stdout } = await account.command("status");
    expect(
      stdout.split("\n").filter((line) => /^eu-west-1|^us-east-1|^problem/.test(line)),
    ).toEqual([
      "eu-west-1  base   canary   ou-abcd-11111111  1.0.0/2  none    -",
      "eu-west-1  base   stable   o-abcdefghij      none     none    -",
      "eu-west-1  base   stable   1.0.0/2 1.0.0/1",
      "problem: us-east-1: AccessDeniedException: not allowed",
    ]);
    expect(status).toBe(1);
    expect(JSON.parse((await account.command("status --json")).stdout)).toMatchObject({
      channels: [{ region: "eu-west-1" }, { region: "eu-west-1" }],
      problems: [{ region: "us-east-1", message: "AccessDeniedException: not allowed" }],
    });
  });

  test("status prints only the errors if no Region can be read", async () => {
    for (const region of ["eu-west-1", OTHER_REGION]) deny(account, "GetResourceShares", region);
    expect(await account.command("status")).toEqual({
      status: 1,
      stdout: "",
      stderr: `eu-west-1: AccessDeniedException: not allowed
us-east-1: AccessDeniedException: not allowed
`,
    });
  });

  test("builds covers all Regions, and --region narrows", async () => {
    const headings =
      "Region     build    status     age  parent                       AMIs or containers     shared in  approved for  revoked";
    const [newest, oldest, other] = [
      "eu-west-1  1.0.0/2  AVAILABLE  0 h  amazon-linux-2023-x86 x.x.x  ami-00000000000000003  -          -             -",
      "eu-west-1  1.0.0/1  AVAILABLE  0 h  amazon-linux-2023-x86 x.x.x  ami-00000000000000001  -          -             -",
      "us-east-1  1.0.0/1  AVAILABLE  0 h  amazon-linux-2023-x86 x.x.x  ami-00000000000000002  -          -             -",
    ];
    const rows = async (line: string): Promise<string[]> =>
      (await account.command(line)).stdout.trim().split("\n");
    expect(await rows("builds base")).toEqual([headings, newest, oldest, other]);
    expect(await rows("builds base --region us-east-1")).toEqual([headings, other]);
    expect(await rows("builds base --region us-east-1 --region eu-west-1")).toEqual([
      headings,
      newest,
      oldest,
      other,
    ]);
  });

  test("builds reports a Region that can't be read", async () => {
    deny(account, "ListImages");
    const { status, stdout } = await account.command("builds base");
    expect(stdout.split("\n").slice(3)).toEqual(["problem: us-east-1: not allowed", ""]);
    expect(status).toBe(1);
  });

  test("waiting covers all Regions, and reports one that can't be read", async () => {
    expect(await account.command("waiting")).toEqual({
      status: 0,
      stdout: "no build is waiting in eu-west-1, us-east-1\n",
      stderr: "",
    });
    deny(account, "ListWaitingWorkflowSteps");
    expect(await account.command("waiting")).toEqual({
      status: 1,
      stdout: `no build is waiting in eu-west-1
problem: us-east-1: AccessDeniedException: not allowed
`,
      stderr: "",
    });
  });

  test("explain covers all Regions", async () => {
    await account.command("update base --all-regions");
    expect(await account.command("explain base --account 333333333333")).toEqual({
      status: 0,
      stdout: `eu-west-1:
  canary: gets 1.0.0/2, if the account is in ou-abcd-11111111 or an OU below
  stable: no build is shared, if the account is in the organization o-abcdefghij
    1.0.0/2 isn't approved for stable
    1.0.0/1 isn't approved for stable
us-east-1:
  canary: gets 1.0.0/1, if the account is in ou-abcd-11111111 or an OU below
  stable: no build is shared, if the account is in the organization o-abcdefghij
    1.0.0/1 isn't approved for stable

If 333333333333 is in several audiences, x.x.x resolves to the newest of these builds.
`,
      stderr: "",
    });
  });
});

describe("a command that changes something, before it does", () => {
  let account: SharedAccount;
  beforeAll(async () => {
    account = await start();
  });
  afterEach(() => account.factory.aws.emulator.recover());
  afterAll(() => account.stop());

  test.each([
    "build base",
    "update base",
    "approve base 1.0.0/1 --channel stable --reason x --yes",
    "unapprove base 1.0.0/1 --channel stable --reason x --yes",
    "unrevoke base 1.0.0/1 --reason x --yes",
    "revoke base 1.0.0/1 --reason x --yes",
    "resume base 1.0.0/1 --reason x --yes",
    "stop base 1.0.0/1 --reason x --yes",
  ])("rejects `%s` without a Region, and changes nothing", async (line) => {
    const before = account.changes.length;
    expect(await account.command(line)).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "--region or --all-regions: must be set, because the factory has several Regions: eu-west-1, us-east-1; --region can be repeated\n",
    });
    expect(account.changes.slice(before)).toEqual([]);
  });

  test.each([
    [
      "an image that isn't in the Region",
      "build web --region us-east-1",
      "IMAGE: must be a golden image in us-east-1 (it is in eu-west-1), got: web",
    ],
    [
      "a mistyped image",
      "build bsae --all-regions",
      "IMAGE: must be a golden image in eu-west-1, us-east-1, did you mean 'base'?, got: bsae",
    ],
    [
      "a build that one of the Regions doesn't have",
      "revoke base 1.0.0/2 --all-regions --reason x --yes",
      "us-east-1: BUILD: base has no build 1.0.0/2 in us-east-1: list its builds with `npx --no factory builds base`\nnothing was changed",
    ],
    [
      "a build that waits in no Region",
      "resume base 1.0.0/1 --all-regions --reason x --yes",
      "eu-west-1: BUILD: base 1.0.0/1 isn't waiting: list waiting builds with `npx --no factory waiting`\nus-east-1: BUILD: base 1.0.0/1 isn't waiting: list waiting builds with `npx --no factory waiting`\nnothing was changed",
    ],
  ])("rejects %s, and changes nothing in any Region", async (_what, line, message) => {
    const before = account.changes.length;
    expect(await account.command(line)).toEqual({ status: 1, stdout: "", stderr: `${message}\n` });
    expect(account.changes.slice(before)).toEqual([]);
  });

  test("changes nothing if one Region can't be read", async () => {
    const before = account.changes.length;
    deny(account, "GetImage");
    expect(await account.command("revoke base 1.0.0/1 --all-regions --reason x --yes")).toEqual({
      status: 1,
      stdout: "",
      stderr: "us-east-1: AccessDeniedException: not allowed\nnothing was changed\n",
    });
    expect(account.changes.slice(before)).toEqual([]);
  });

  test("shows date, parent and AMI of the build in each Region before it asks", async () => {
    const { stderr } = await account.command("revoke base 1.0.0/1 --all-regions --reason x");
    expect(withoutTimes(stderr)).toBe(
      `Region     build    created (UTC)     parent                       AMIs or containers
eu-west-1  1.0.0/1  2026-01-02 03:04  amazon-linux-2023-x86 x.x.x  ami-00000000000000001
us-east-1  1.0.0/1  2026-01-02 03:04  amazon-linux-2023-x86 x.x.x  ami-00000000000000002

These channels are left without an eligible build:
Region     image  channel  stays shared
us-east-1  base   canary   none

Revoke base 1.0.0/1 in eu-west-1, us-east-1? Other accounts can't launch it any more, and its AMIs are disabled.
stdin is not a terminal: pass --yes to confirm
`,
    );
  });
});

describe("a command that changes something", () => {
  let account: SharedAccount;
  beforeEach(async () => {
    account = await start();
  });
  afterEach(() => account.stop());

  test("--region changes only that Region", async () => {
    expect(
      await account.command(
        "approve base 1.0.0/1 --channel stable --region us-east-1 --reason x --yes",
      ),
    ).toEqual({
      status: 0,
      stdout: `us-east-1:
  base 1.0.0/1 is approved for stable: x
  canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
  stable: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
`,
      stderr: "",
    });
    expect((await account.command("status --region eu-west-1 --json")).stdout).toContain(
      '"shared": []',
    );
  });

  test("--all-regions changes all Regions, reports one that fails, and exits with 1", async () => {
    deny(account, "TagResource");
    const line = "approve base 1.0.0/1 --channel stable --all-regions --reason x --yes";
    expect(await account.command(line)).toEqual({
      status: 1,
      stdout: `eu-west-1:
  base 1.0.0/1 is approved for stable: x
  canary: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2)
  stable: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
us-east-1:
  AccessDeniedException: not allowed
`,
      stderr: "",
    });
    expect(JSON.parse((await account.command(`${line} --json`)).stdout)).toMatchObject({
      changed: true,
      regions: [
        { region: "eu-west-1", done: ["base 1.0.0/1 is approved for stable: x"], problems: [] },
        { region: "us-east-1", done: [], problems: ["AccessDeniedException: not allowed"] },
      ],
    });
  });

  test("names the Region in the command that retries", async () => {
    account.factory.aws.emulator.fail(
      "Invoke",
      new Fault("ResourceConflictException", "busy", 409),
      100,
      OTHER_REGION,
    );
    expect(
      await account.command("revoke base 1.0.0/1 --region us-east-1 --reason x --yes"),
    ).toEqual({
      status: 1,
      stdout: `us-east-1:
  base 1.0.0/1 is revoked: x
  the updater failed: busy
  the updater retries on its schedule; to retry now: \`npx --no factory update base --region us-east-1\`
  Image Builder is disabling the build and its AMIs
`,
      stderr: "",
    });
  });

  test("build starts the pipeline in all Regions, and reports one that fails", async () => {
    expect(await account.command("build base --all-regions")).toEqual({
      status: 0,
      stdout: `eu-west-1: base 1.0.0/3 is being built
us-east-1: base 1.0.0/2 is being built
`,
      stderr: "",
    });
    deny(account, "StartImagePipelineExecution");
    expect(await account.command("build base --all-regions")).toEqual({
      status: 1,
      stdout: `eu-west-1: base 1.0.0/4 is being built
us-east-1: AccessDeniedException: not allowed
`,
      stderr: "",
    });
  });
});

test("factory works in all Regions of an image without asking for one if the factory has only one", async () => {
  const account = await SharedAccount.start();
  try {
    await account.build();
    expect((await account.command("update base --all-regions")).status).toBe(0);
  } finally {
    account.stop();
  }
});
