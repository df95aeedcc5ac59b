import { AttachImageWatermarkCommand } from "@aws-sdk/client-ec2";
import { csvOf } from "../../../cli/day-two/fleet-csv";
import { GOLDEN } from "../../../tools/local-aws/factories/small-factory-accounts";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import type { Result } from "../run-factory";
import { SharedAccount } from "./shared-account";

const OPERATORS = ["arn:aws:iam::111111111111:role/operators"];

const DENIED = new Fault("AccessDenied", "not authorized to perform: sts:AssumeRole", 403);

/** The note that is printed without access to AWS Organizations. */
const NOTE =
  "AWS Organizations doesn't answer in which OUs they are (AccessDeniedException: You don't have permissions to access this resource.): newer builds are looked for only in channels that name the account, or else in those for OUs and the organization";

/** The IDs of the AMIs of the three builds of `base`, oldest first. */
const AMIS = ["ami-00000000000000001", "ami-00000000000000002", "ami-00000000000000003"];

function deploy(): Promise<SharedAccount> {
  return SharedAccount.start(undefined, (file) => {
    file.sharedAccount.operators = OPERATORS;
    file.images.base.share.channels = { stable: { principals: { organization: true }, keep: 3 } };
    file.appAccounts.payments.fleet = true;
    file.appAccounts.orders = {
      id: "333333333333",
      fleet: true,
      deployRole: "terraform",
      regions: { "eu-west-1": {}, "us-east-1": {} },
      images: {
        "orders-web": {
          ...file.appAccounts.payments.images["payments-web"],
          regions: ["eu-west-1"],
        },
      },
    };
    file.appAccounts.outsider = { id: "444444444444", regions: { "eu-west-1": {} } };
  });
}

/** Deploys three builds. Two accounts run the second, one of them also the third. */
async function deployInstances(): Promise<SharedAccount> {
  const account = await deploy();
  for (const version of ["1.0.0/1", "1.0.0/2", "1.0.0/3"]) {
    await account.build();
    await account.command(`approve base ${version} --channel stable --reason x --yes`);
  }
  const [, second = "", third = ""] = AMIS;
  for (const ami of [second, third, third]) await account.factory.as("payments").launch(ami);
  for (const ami of [second, second]) await account.factory.as("orders").launch(ami);
  return account;
}

describe("factory fleet", () => {
  let account: SharedAccount;

  beforeAll(async () => {
    account = await deployInstances();
  });
  afterAll(() => account.stop());

  test("lists the instances of each account and Region by golden build", async () => {
    expect(await account.command("fleet")).toEqual({
      status: 0,
      stdout: `account   Region     image  build    built in   instances  state
payments  eu-west-1  base   1.0.0/2  eu-west-1  1          behind by 1 build, 0 days
payments  eu-west-1  base   1.0.0/3  eu-west-1  2          current
orders    eu-west-1  base   1.0.0/2  eu-west-1  2          behind by 1 build, 0 days

2 accounts: 2 instances current, 3 behind, 0 revoked, 0 unknown
note: all accounts: ${NOTE}
not looked at, without fleet: true: outsider
`,
      stderr: "",
    });
  });

  test("--json prints the instances of each AMI, totals and problems", async () => {
    const { status, stdout } = await account.command("fleet --json --account orders");
    expect(JSON.parse(stdout)).toEqual({
      instances: [
        {
          account: "orders",
          accountId: "333333333333",
          region: "eu-west-1",
          ami: AMIS[1],
          state: "behind",
          image: "base",
          build: "1.0.0/2",
          builtIn: "eu-west-1",
          isDeleted: false,
          behindBuilds: 1,
          behindDays: 0,
          instances: ["i-00000000000000004", "i-00000000000000005"],
        },
      ],
      totals: { current: 0, behind: 2, revoked: 0, unknown: 0 },
      notes: [{ account: "all accounts", message: NOTE }],
      problems: [],
      notLookedAt: [],
    });
    expect(status).toBe(0);
  });

  test("factory which finds the builds of instances and AMIs, mixed", async () => {
    const unknown = "i-0123456789abcdef0";
    expect(
      await account.command(`which i-00000000000000004 ${AMIS[2]} i-00000000000000002 ${unknown}`),
    ).toEqual({
      status: 2,
      stdout: `ID                     account   Region     image  build    built in   status     shared in      revoked
i-00000000000000004    orders    eu-west-1  base   1.0.0/2  eu-west-1  AVAILABLE  stable         -
ami-00000000000000003  -         eu-west-1  base   1.0.0/3  eu-west-1  AVAILABLE  canary stable  -
i-00000000000000002    payments  eu-west-1  base   1.0.0/3  eu-west-1  AVAILABLE  canary stable  -
${unknown} isn't an instance of the shared account 111111111111, or of an app account with fleet: true or a profile
`,
      stderr: "",
    });
  });

  test("factory which --json adds account and AMI of an instance", async () => {
    const { status, stdout } = await account.command("which i-00000000000000004 --json");
    expect(JSON.parse(stdout)).toEqual({
      found: [
        {
          id: "i-00000000000000004",
          account: "orders",
          ami: AMIS[1],
          region: "eu-west-1",
          image: "base",
          build: "1.0.0/2",
          builtIn: "eu-west-1",
          arn: "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/2",
          status: "AVAILABLE",
          sharedIn: ["stable"],
        },
      ],
      notFound: [],
      notes: [],
      problems: [],
    });
    expect(status).toBe(0);
  });

  test("factory which reports an account that can't be asked, and exits with 1", async () => {
    account.factory.aws.emulator.fail("AssumeRole", DENIED, 2);
    const { status, stdout } = await account.command("which i-00000000000000004");
    expect([status, stdout]).toEqual([
      1,
      `i-00000000000000004 isn't an instance of the shared account 111111111111, or of an app account with fleet: true or a profile
problem: payments: AccessDenied: not authorized to perform: sts:AssumeRole
problem: orders: AccessDenied: not authorized to perform: sts:AssumeRole
`,
    ]);
  });

  test("factory which rejects other IDs", async () => {
    expect((await account.command("which i-123")).stderr).toBe(
      "ID: must be the ID of an AMI or instance, such as ami-0123456789abcdef0 or i-0123456789abcdef0, got: i-123\n",
    );
  });

  test("app images count as on their golden build, by watermark or by the builds of their account", async () => {
    const app = await account.factory.pipeline("payments", "payments-web", "1.0.0", GOLDEN);
    const payments = account.factory.as("payments");
    const own = async (): Promise<string> => {
      const { arn } = await account.factory.build("payments", app);
      return (await payments.resolve(arn))?.amis[0] ?? "";
    };
    await payments.launch(await own());
    const line = "payments  eu-west-1  base   1.0.0/3  eu-west-1  3          current";
    expect((await account.command("fleet")).stdout).toContain(
      "note: payments: 1 instance runs an AMI of the account without a watermark, and the parents of its builds can't be read: the credentials are those of account 111111111111. Pass a profile of the account with --profiles payments=PROFILE\n",
    );
    const mark = { ImageId: AMIS[2], WatermarkName: "golden/base/1.0.0/3" };
    await account.factory.as("shared").ec2.send(new AttachImageWatermarkCommand(mark));
    await payments.launch(await own());
    const { stdout } = await account.command("fleet");
    expect(stdout).toContain(line);
    expect(stdout).toContain("payments  eu-west-1  -      -        -          1          unknown");
    // The role that deploys orders may read the parents of its builds.
    const orders = account.factory.as("orders");
    const arn = await orders.build(
      await account.factory.pipeline("orders", "orders-web", "1.0.0", GOLDEN),
    );
    await account.factory.aws.runs.idle();
    const [withoutMark = ""] = (await orders.resolve(arn))?.amis ?? [];
    for (const key of account.factory.aws.amis.watermarksOf(withoutMark))
      account.factory.aws.amis.detach(withoutMark, key);
    await orders.launch(withoutMark);
    expect((await account.command("fleet --account orders")).stdout).toContain(
      "orders   eu-west-1  base   1.0.0/3  eu-west-1  1          current",
    );
    // The instances of the two app images.
    const marked = await account.command("which i-00000000000000007 i-00000000000000006");
    expect([marked.status, marked.stdout.split("\n").slice(1)]).toEqual([
      2,
      [
        "i-00000000000000007  payments  eu-west-1  base   1.0.0/3  eu-west-1  AVAILABLE  canary stable  -",
        "i-00000000000000006 in payments, eu-west-1 runs ami-00000000000000004, which isn't known to be based on a golden build: the parents of its builds can't be read: the credentials are those of account 111111111111. Pass a profile of the account with --profiles payments=PROFILE",
        "",
      ],
    ]);
  });
});

test("factory fleet is rejected if no account can be looked at", async () => {
  const account = await SharedAccount.start();
  try {
    expect(await account.command("fleet")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "no app account can be looked at: set fleet: true in factory.yaml and deploy the account's stack, or pass --profiles ACCOUNT=PROFILE\n",
    });
  } finally {
    account.stop();
  }
});

describe("factory fleet after a revocation", () => {
  let account: SharedAccount;
  let revocation: Result;

  beforeAll(async () => {
    account = await deployInstances();
    // orders can't be looked at in its second Region.
    account.factory.aws.emulator.fail("DescribeInstanceImageMetadata", DENIED, 1, "us-east-1");
    revocation = await account.command("revoke base 1.0.0/2 --reason =1+1 --yes");
  });
  afterAll(() => account.stop());

  test("factory revoke ends with the instances that run the build, where it can look", () => {
    expect(revocation.status).toBe(0);
    expect(revocation.stdout.slice(revocation.stdout.indexOf("\n\n"))).toBe(`

3 instances still run the build: replace them
account   Region     AMI                    instances
payments  eu-west-1  ami-00000000000000002  i-00000000000000001
orders    eu-west-1  ami-00000000000000002  i-00000000000000004 i-00000000000000005
not looked at, without fleet: true: outsider
problem: orders in us-east-1: AccessDenied: not authorized to perform: sts:AssumeRole
to look again, also at builds that are based on it: \`npx --no factory fleet base\`
`);
  });

  test("exits with 2 if an instance runs a revoked build, and lists these instances", async () => {
    account.factory.aws.emulator.fail("AssumeRole", DENIED, 1);
    const { status, stdout } = await account.command("fleet base --account orders");
    expect(status).toBe(1);
    expect(stdout).toBe(`1 account: 0 instances current, 0 behind, 0 revoked, 0 unknown
problem: orders: AccessDenied: not authorized to perform: sts:AssumeRole
`);
    expect(await account.command("fleet base")).toEqual({
      status: 2,
      stdout: `account   Region     image  build    built in   instances  state
payments  eu-west-1  base   1.0.0/2  eu-west-1  1          revoked: =1+1
payments  eu-west-1  base   1.0.0/3  eu-west-1  2          current
orders    eu-west-1  base   1.0.0/2  eu-west-1  2          revoked: =1+1

instance             account   Region     AMI                    runs the revoked build
i-00000000000000001  payments  eu-west-1  ami-00000000000000002  base 1.0.0/2
i-00000000000000004  orders    eu-west-1  ami-00000000000000002  base 1.0.0/2
i-00000000000000005  orders    eu-west-1  ami-00000000000000002  base 1.0.0/2

2 accounts: 2 instances current, 0 behind, 3 revoked, 0 unknown
note: all accounts: ${NOTE}
not looked at, without fleet: true: outsider
`,
      stderr: "",
    });
  });

  test("a revoked build outweighs an account that can't be looked at", async () => {
    account.factory.aws.emulator.fail("DescribeInstanceImageMetadata", DENIED, 1);
    const { status, stdout } = await account.command("fleet");
    expect([status, stdout.includes("problem: ")]).toEqual([2, true]);
  });

  test("--csv prints a line for each instance, and no formulas", async () => {
    expect(await account.command("fleet --csv --account orders")).toEqual({
      status: 2,
      stdout: `account,account_id,region,instance,ami,state,image,build,built_in,behind_builds,behind_days,revoked
orders,333333333333,eu-west-1,i-00000000000000004,ami-00000000000000002,revoked,base,1.0.0/2,eu-west-1,,,"'=1+1"
orders,333333333333,eu-west-1,i-00000000000000005,ami-00000000000000002,revoked,base,1.0.0/2,eu-west-1,,,"'=1+1"
`,
      stderr: `note: all accounts: ${NOTE}\n`,
    });
  });
});

describe("factory fleet after the revocation of a parent", () => {
  let account: SharedAccount;

  beforeAll(async () => {
    account = await SharedAccount.startFamily(["eu-west-1"], (file) => {
      file.sharedAccount.operators = OPERATORS;
      file.appAccounts.payments.fleet = true;
      file.appAccounts.outsider = { id: "444444444444", regions: { "eu-west-1": {} } };
      file.images.other = { ...file.images.base, share: undefined };
    });
    await account.build();
    await account.command("approve base 1.0.0/1 --channel stable --reason x --yes");
    const web = await account.buildChild("web");
    await account.command("update web");
    const [ami = ""] = await account.amisOf(web);
    await account.factory.as("payments").launch(ami);
    await account.command("revoke base 1.0.0/1 --reason INC-7 --yes");
    await account.command("update web");
  });
  afterAll(() => account.stop());

  const LINE = "payments  eu-west-1  web    1.0.0/1  eu-west-1  1          revoked: ";

  test("lists instances of images that are based on the image, and exits with 2", async () => {
    const { status, stdout } = await account.command("fleet base");
    expect([status, stdout.includes(LINE)]).toEqual([2, true]);
  });

  test("doesn't list instances of an image that the given one is based on, or of others", async () => {
    for (const image of ["app", "other"]) {
      const { status, stdout } = await account.command(`fleet ${image}`);
      expect([status, stdout.split("\n")[0]]).toEqual([
        0,
        "1 account: 0 instances current, 0 behind, 0 revoked, 0 unknown",
      ]);
    }
  });

  test("--csv prints what may be missing on stderr", async () => {
    account.factory.aws.emulator.fail("DescribeInstanceImageMetadata", DENIED, 1);
    const { status, stdout, stderr } = await account.command("fleet --csv");
    expect([status, stdout.split("\n").length]).toEqual([1, 2]);
    expect(stderr).toBe(`note: all accounts: ${NOTE}
not looked at, without fleet: true: outsider
problem: payments in eu-west-1: AccessDenied: not authorized to perform: sts:AssumeRole
`);
  });

  test("a build that can't be read isn't taken for deleted", async () => {
    const denied = new Fault("AccessDeniedException", "not authorized", 403);
    const ImageId = "ami-00000000000000002";
    const mark = { ImageId, WatermarkName: "golden/web/1.0.0/1" };
    await account.factory.as("shared").ec2.send(new AttachImageWatermarkCommand(mark));
    account.factory.aws.emulator.fail("ListImages", denied, 9);
    const { status, stdout } = await account.command("fleet");
    expect([status, stdout]).toEqual([1, expect.stringContaining("problem: eu-west-1: ")]);
    expect(stdout).toContain(
      "payments  eu-west-1  web    1.0.0/1  eu-west-1  1          unknown: the build couldn't be read",
    );
  });
});

test("csvOf quotes what a spreadsheet may execute", () => {
  const reasons = ["=1", "+1", "-1", "@a", "\t=1", "\r1", "  =1", "＝1", "＋1", "－1", "＠a"];
  const row = {
    account: "payments",
    accountId: "222222222222",
    region: "eu-west-1",
    ami: "ami-1",
    instances: ["i-1"],
    state: "revoked",
    behindBuilds: 0,
    behindDays: 0,
  } as const;
  for (const revoked of reasons)
    expect(csvOf([{ ...row, revoked }])).toMatch(new RegExp(`,"'${revoked.replace("+", "\\+")}"$`));
  expect(csvOf([{ ...row, revoked: "INC-7 = bad" }])).toMatch(/,INC-7 = bad$/);
});

describe("factory fleet without instances", () => {
  let account: SharedAccount;

  beforeAll(async () => {
    account = await deploy();
  });
  afterAll(() => account.stop());

  test.each([
    [
      "fleet --account none",
      "--account: must be an app account of the factory: payments, orders, outsider, got: none",
    ],
    [
      "fleet --account outsider",
      "--account: outsider can't be looked at: set fleet: true in factory.yaml and deploy the account's stack, or pass --profiles ACCOUNT=PROFILE",
    ],
    ["fleet --csv --json", "--csv: must not be used together with --json"],
    ["fleet bas", "IMAGE: must be a golden image in eu-west-1, did you mean 'base'?, got: bas"],
    [
      "fleet --profiles orders",
      "--profiles: must be a list of ACCOUNT=PROFILE with accounts of the factory (shared, payments, orders, outsider), got: orders",
    ],
  ])("%s is rejected", async (line, message) => {
    expect(await account.command(line)).toEqual({ status: 1, stdout: "", stderr: `${message}\n` });
  });
});
