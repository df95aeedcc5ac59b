import { SharedAccount } from "./shared-account";

describe("factory build", () => {
  let account: SharedAccount;
  beforeEach(async () => {
    account = await SharedAccount.start();
  });
  afterEach(() => account.stop());

  test("starts the pipeline and prints the build", async () => {
    expect(await account.command("build base")).toEqual({
      status: 0,
      stdout: "base 1.0.0/1 is being built\n",
      stderr: "",
    });
  });

  test("--wait prints each status until the build is AVAILABLE, and --json only the result", async () => {
    const [text, json] = await Promise.all([
      account.command("build base --wait"),
      account.command("build base --wait --json"),
    ]);
    expect(text.stdout).toMatch(
      /^base 1\.0\.0\/(\d) is being built\n(\d{4}-\d\d-\d\dT[\d:.]+Z {2}[A-Z]+\n)+base 1\.0\.0\/\1 is AVAILABLE\n$/,
    );
    expect(JSON.parse(json.stdout)).toEqual({
      builds: [
        {
          region: "eu-west-1",
          build: expect.stringMatching(/^1\.0\.0\/\d$/),
          arn: expect.stringMatching(/:image\/base\/1\.0\.0\/\d$/),
          status: "AVAILABLE",
        },
      ],
      problems: [],
    });
    expect([text.status, json.status]).toEqual([0, 0]);
  });
});
