import { UntagResourceCommand } from "@aws-sdk/client-imagebuilder";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { SharedAccount } from "./shared-account";

describe("factory status", () => {
  let account: SharedAccount;
  beforeEach(async () => {
    account = await SharedAccount.start();
  });
  afterEach(() => account.stop());

  test("exits with 2 and suggests an update if the shared builds differ from the desired builds", async () => {
    await account.build();
    expect(await account.command("status")).toEqual({
      status: 2,
      stdout: `Region     image  channel  audience          desired  shared  newest age
eu-west-1  base   canary   ou-abcd-11111111  1.0.0/1  none    -
eu-west-1  base   stable   o-abcdefghij      none     none    -

The shared builds differ from the desired builds. To run the updater now: \`npx --no factory update IMAGE\`

Region     image  channel  builds that wait for approval
eu-west-1  base   stable   1.0.0/1

To approve a build: \`npx --no factory approve IMAGE BUILD --channel CHANNEL --reason REASON\`
`,
      stderr: "",
    });
  });

  test("exits with 0 if the shared builds are the desired builds", async () => {
    await account.build();
    await account.command("approve base 1.0.0/1 --channel stable --reason ok --yes");
    expect(await account.command("status")).toEqual({
      status: 0,
      stdout: `Region     image  channel  audience          desired  shared   newest age
eu-west-1  base   canary   ou-abcd-11111111  1.0.0/1  1.0.0/1  0 h
eu-west-1  base   stable   o-abcdefghij      1.0.0/1  1.0.0/1  0 h
`,
      stderr: "",
    });
  });

  test("--json prints the channels, differences and problems", async () => {
    await account.build();
    const { status, stdout } = await account.command("status --json");
    expect(JSON.parse(stdout)).toEqual({
      channels: [
        {
          region: "eu-west-1",
          image: "base",
          channel: "canary",
          principals: "ou-abcd-11111111",
          desired: ["1.0.0/1"],
          shared: [],
          differs: true,
          waitingForApproval: [],
        },
        {
          region: "eu-west-1",
          image: "base",
          channel: "stable",
          principals: "o-abcdefghij",
          desired: [],
          shared: [],
          differs: false,
          waitingForApproval: ["1.0.0/1"],
        },
      ],
      revocations: [],
      differences: [],
      problems: [],
    });
    expect(status).toBe(2);
  });

  test("exits with 0 if a build that is no longer desired has no replacement", async () => {
    const resourceArn = await account.build();
    await account.command("approve base 1.0.0/1 --channel stable --reason ok --yes");
    const untag = new UntagResourceCommand({
      resourceArn,
      tagKeys: ["golden-image:approved-stable"],
    });
    await account.factory.as("shared").imageBuilder.send(untag);
    const { status, stdout } = await account.command("status");
    expect(stdout).toContain("1.0.0/1 (kept until a build can replace it)");
    expect(status).toBe(0);
  });

  test("lists the builds that an approval would share, at most three", async () => {
    for (let count = 0; count < 5; count += 1) await account.build();
    await account.command("approve base 1.0.0/1 --channel stable --reason ok --yes");
    const listed = async (): Promise<string | undefined> =>
      /^eu-west-1 +base +stable +(1\.\S+( 1\.\S+)*( and .*)?)$/m.exec(
        (await account.command("status")).stdout,
      )?.[1];
    expect(await listed()).toBe("1.0.0/5 1.0.0/4 1.0.0/3 and 1 older");
    await account.command("approve base 1.0.0/4 --channel stable --reason ok --yes");
    await account.command("approve base 1.0.0/3 --channel stable --reason ok --yes");
    expect(await listed()).toBe("1.0.0/5");
    await account.command("revoke base 1.0.0/5 --reason bad --yes");
    expect(await listed()).toBeUndefined();
  });

  test("exits with 1, not 2, if the shares can't be read, and prints the error only", async () => {
    await account.build();
    account.factory.aws.emulator.fail(
      "GetResourceShareAssociations",
      new Fault("AccessDeniedException", "not allowed", 403),
    );
    expect(await account.command("status")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("not allowed"),
    });
  });
});

test("factory status exits with 2 if a channel of the factory file isn't deployed yet", async () => {
  const account = await SharedAccount.start({}, (file) => {
    file.images.base.share.channels.partners = { principals: { accounts: ["333333333333"] } };
  });
  try {
    const { status, stdout } = await account.command("status");
    expect(stdout.split("\n").slice(3)).toEqual([
      "difference: eu-west-1: base/partners: the channel isn't deployed yet",
      "",
    ]);
    expect(status).toBe(2);
  } finally {
    account.stop();
  }
});
