import { GOLDEN } from "../../../tools/local-aws/factories/small-factory-accounts";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { SharedAccount } from "./shared-account";

/** Runs the command with credentials of the app account. */
function status(account: SharedAccount, ...options: string[]) {
  return account.run(["status", "--account", "payments", ...options], "payments");
}

describe("factory status --account", () => {
  let account: SharedAccount;
  let pipeline: string;

  beforeAll(async () => {
    account = await SharedAccount.start(undefined, (file) => {
      file.appAccounts.payments.deployRole = "terraform";
      file.appAccounts.orders = { ...file.appAccounts.payments, id: "333333333333", images: {} };
      file.appAccounts.orders.autoScaling = true;
    });
    await account.build();
    await account.command("approve base 1.0.0/1 --channel stable --reason x --yes");
  });
  afterAll(() => account.stop());

  test("shows an image that isn't deployed yet", async () => {
    expect(await status(account)).toEqual({
      status: 2,
      stdout: `Region     image         on parent  newest parent  behind for  state
eu-west-1  payments-web  -          none           ?           not deployed yet
`,
      stderr: "",
    });
  });

  test("shows an image on the newest build of its parent, and exits with 0", async () => {
    pipeline = await account.factory.pipeline("payments", "payments-web", "1.0.0", GOLDEN);
    await account.factory.build("payments", pipeline);
    expect(await status(account)).toEqual({
      status: 0,
      stdout: `Region     image         on parent     newest parent  behind for  state
eu-west-1  payments-web  base 1.0.0/1  base 1.0.0/1   -           current
`,
      stderr: "",
    });
  });

  test("shows for how long an image hasn't been on the newest build of its parent, and exits with 2", async () => {
    const arn = await account.build();
    await account.command("approve base 1.0.0/2 --channel stable --reason x --yes");
    for (const [build, hours] of [
      [arn, 5],
      [arn.replace(/2$/, "1"), 30],
    ] as const)
      account.factory.aws.builds.age(build, hours);
    account.factory.aws.builds.age(
      "arn:aws:imagebuilder:eu-west-1:222222222222:image/payments-web/1.0.0/1",
      20,
    );
    expect((await status(account)).stdout).toMatch(
      /^eu-west-1 {2}payments-web {2}base 1\.0\.0\/1 {2}base 1\.0\.0\/2 {3}at most 5 h {2}/m,
    );
    // The shared account's credentials may assume the deploy role.
    expect(await account.command("status --account payments")).toMatchObject({ status: 2 });
    const { stdout } = await status(account, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      account: "payments",
      images: [
        {
          region: "eu-west-1",
          image: "payments-web",
          parent: "base 1.0.0/1",
          newest: "base 1.0.0/2",
          behindHours: expect.closeTo(5, 1),
          differs: true,
        },
      ],
      problems: [],
    });
  });

  test("reports an image that can't be read, and exits with 1", async () => {
    const denied = new Fault("AccessDeniedException", "not allowed", 403);
    account.factory.aws.emulator.fail("GetImagePipeline", denied, 1);
    expect(await status(account)).toEqual({
      status: 1,
      stdout: "problem: eu-west-1: payments-web: AccessDeniedException: not allowed\n",
      stderr: "",
    });
  });

  test.each([
    [
      "status --account paymens",
      "--account: must be an app account of the factory, did you mean 'payments'?, got: paymens",
    ],
    ["status --account orders", "--account: orders has no image that follows its parent"],
    [
      "status --account payments --region eu-west-1",
      "--region: must not be used together with --account",
    ],
  ])("%s is rejected", async (line, message) => {
    expect(await account.command(line)).toEqual({ status: 1, stdout: "", stderr: `${message}\n` });
  });
});
