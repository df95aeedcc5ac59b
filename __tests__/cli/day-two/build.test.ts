import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { OTHER_REGION, SharedAccount } from "./shared-account";

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

describe("factory build --wait in two Regions", () => {
  let account: SharedAccount;
  beforeEach(async () => {
    account = await SharedAccount.startInTwoRegions();
  });
  afterEach(() => account.stop());

  test("prints both builds if the status of one can't be read, and repeats failed requests", async () => {
    const { emulator } = account.factory.aws;
    // The SDK tries each request three times.
    emulator.fail(
      "GetImage",
      new Fault("ServiceUnavailableException", "busy", 503),
      3,
      "eu-west-1",
    );
    const denied = new Fault("AccessDeniedException", "not allowed", 403);
    emulator.fail("GetImage", denied, 1, OTHER_REGION);
    const { status, stdout } = await account.command("build base --all-regions --wait --json");
    const arn = `arn:aws:imagebuilder:${OTHER_REGION}:111111111111:image/base/1.0.0/1`;
    expect(JSON.parse(stdout)).toEqual({
      builds: [
        {
          region: "eu-west-1",
          build: "1.0.0/1",
          arn: "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/1",
          status: "AVAILABLE",
        },
        { region: OTHER_REGION, build: "1.0.0/1", arn },
      ],
      problems: [
        {
          region: OTHER_REGION,
          message: `the status of ${arn} can't be read: AccessDeniedException: not allowed`,
        },
      ],
    });
    expect(status).toBe(1);
  });
});
