import { AWS_PARENT } from "../../../tools/local-aws/factories/small-factory-accounts";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { OTHER_REGION, SharedAccount } from "./shared-account";

const UNKNOWN = "ami-0123456789abcdef0";

describe("factory which", () => {
  let account: SharedAccount;
  beforeAll(async () => {
    account = await SharedAccount.startInTwoRegions();
    await account.build();
    await account.build(OTHER_REGION);
    await account.command(
      "approve base 1.0.0/1 --channel stable --region us-east-1 --reason x --yes",
    );
  });
  afterEach(() => account.factory.aws.emulator.recover());
  afterAll(() => account.stop());

  const [FIRST, OTHER] = ["ami-00000000000000001", "ami-00000000000000002"];

  test("--json prints the AMIs that were found, and those that weren't", async () => {
    const { status, stdout } = await account.command(`which ${OTHER} ${UNKNOWN} --json`);
    expect(JSON.parse(stdout)).toEqual({
      found: [
        {
          id: OTHER,
          region: "us-east-1",
          image: "base",
          build: "1.0.0/1",
          builtIn: "us-east-1",
          arn: "arn:aws:imagebuilder:us-east-1:111111111111:image/base/1.0.0/1",
          status: "AVAILABLE",
          sharedIn: ["canary", "stable"],
        },
      ],
      notFound: [UNKNOWN],
      notes: [],
      problems: [],
    });
    expect(status).toBe(2);
  });

  test("exits with 2 if an AMI isn't one of the shared account's builds", async () => {
    expect(await account.command(`which ${UNKNOWN}`)).toEqual({
      status: 2,
      stdout: `${UNKNOWN} isn't an AMI of a build of the shared account 111111111111 in eu-west-1, us-east-1\n`,
      stderr: "",
    });
  });

  test("names the build of an AMI whose build and channels can't be read, and exits with 1", async () => {
    const denied = new Fault("AccessDeniedException", "not allowed", 403);
    for (const operation of ["GetImage", "GetResourceShares"])
      account.factory.aws.emulator.fail(operation, denied, 100, OTHER_REGION);
    expect(await account.command(`which ${OTHER}`)).toEqual({
      status: 1,
      stdout: `AMI                    Region     image  build    built in   status  shared in  revoked
ami-00000000000000002  us-east-1  base   1.0.0/1  us-east-1  ?       ?          ?
problem: us-east-1: not allowed
problem: us-east-1: not allowed
`,
      stderr: "",
    });
  });

  test("finds an AMI although its Region can't be asked, and exits with 1", async () => {
    const denied = new Fault("UnauthorizedOperation", "not allowed", 403);
    account.factory.aws.emulator.fail("DescribeImages", denied, 100, OTHER_REGION);
    expect(await account.command(`which ${OTHER}`)).toEqual({
      status: 1,
      stdout: `AMI                    Region     image  build    built in   status     shared in      revoked
ami-00000000000000002  us-east-1  base   1.0.0/1  us-east-1  AVAILABLE  canary stable  -
problem: us-east-1: not allowed
`,
      stderr: "",
    });
  });

  test("names image, build, status and channels of AMIs in all Regions", async () => {
    await account.command("revoke base 1.0.0/1 --region eu-west-1 --reason INC-7 --yes");
    expect(await account.command(`which ${OTHER} ${FIRST}`)).toEqual({
      status: 0,
      stdout: `AMI                    Region     image  build    built in   status     shared in      revoked
ami-00000000000000002  us-east-1  base   1.0.0/1  us-east-1  AVAILABLE  canary stable  -
ami-00000000000000001  eu-west-1  base   1.0.0/1  eu-west-1  DISABLED   -              INC-7
`,
      stderr: "",
    });
  });

  test("finds the build of a deregistered AMI", async () => {
    account.factory.aws.amis.deregister(OTHER);
    expect((await account.command(`which ${OTHER}`)).stdout.split("\n")[1]).toBe(
      "ami-00000000000000002  us-east-1  base   1.0.0/1  us-east-1  AVAILABLE  canary stable  -",
    );
  });
});

test("factory which finds a copy in another Region than that of its build", async () => {
  const account = await SharedAccount.start({}, (file) => {
    file.images.copied = { ...file.images.base, outputs: { copyToRegions: ["eu-central-1"] } };
  });
  try {
    const place = { copies: ["eu-central-1"] };
    const pipeline = await account.factory.pipeline("shared", "copied", "1.0.0", AWS_PARENT, place);
    await account.factory.build("shared", pipeline);
    expect((await account.command("which ami-00000000000000002")).stdout).toBe(
      `AMI                    Region        image   build    built in   status     shared in  revoked
ami-00000000000000002  eu-central-1  copied  1.0.0/1  eu-west-1  AVAILABLE  -          -
`,
    );
  } finally {
    account.stop();
  }
});
