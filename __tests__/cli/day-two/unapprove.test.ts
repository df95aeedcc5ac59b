import { DescribeImageAttributeCommand } from "@aws-sdk/client-ec2";
import { OTHER_REGION, SharedAccount, withoutTimes } from "./shared-account";

const UNAPPROVE = "unapprove base 1.0.0/2 --channel stable --reason CHG-2";

describe("factory unapprove", () => {
  let account: SharedAccount;
  beforeEach(async () => {
    account = await SharedAccount.start();
    await account.build();
    await account.build();
    await account.command("approve base 1.0.0/2 --channel stable --reason ok --yes");
  });
  afterEach(() => account.stop());

  test("asks with the build that replaces it, and removes it from the channel", async () => {
    await account.command("approve base 1.0.0/1 --channel stable --reason ok --yes");
    expect(
      withoutTimes((await account.command(UNAPPROVE)).stderr),
    ).toBe(`Region     build    created (UTC)     parent                       AMIs or containers
eu-west-1  1.0.0/2  2026-01-02 03:04  amazon-linux-2023-x86 x.x.x  ami-00000000000000002

eu-west-1: stable shares 1.0.0/1 in its place
eu-west-1: accounts outside the audience of canary lose the launch permission now

Withdraw the approval of base 1.0.0/2 for stable in eu-west-1?
stdin is not a terminal: pass --yes to confirm
`);
    expect(await account.command(`${UNAPPROVE} --yes`)).toEqual({
      status: 0,
      stdout: `base 1.0.0/2 isn't approved for stable any more: CHG-2
canary: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2)
stable: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
AWS CloudTrail records who removed the tag, but not the reason
`,
      stderr: "",
    });
  });

  test("prints which accounts lose the launch permission, and the updater removes it", async () => {
    await account.command("approve base 1.0.0/1 --channel stable --reason ok --yes");
    await account.build();
    await account.command("update base");
    expect((await account.command(UNAPPROVE)).stderr).toContain(
      "eu-west-1: stable shares 1.0.0/1 in its place\neu-west-1: accounts outside the audience of canary lose the launch permission now\n",
    );
    const launchers = async () => {
      const command = new DescribeImageAttributeCommand({
        ImageId: "ami-00000000000000002",
        Attribute: "launchPermission",
      });
      const { LaunchPermissions = [] } = await account.factory.as("shared").ec2.send(command);
      return LaunchPermissions.flatMap((one) => Object.keys(one));
    };
    expect(await launchers()).toEqual(["OrganizationalUnitArn", "OrganizationArn"]);
    await account.command(`${UNAPPROVE} --yes`);
    expect(await launchers()).toEqual(["OrganizationalUnitArn"]);
  });

  test("keeps the build shared if no other build can replace it, and prints so before and after", async () => {
    expect((await account.command(UNAPPROVE)).stderr).toContain(
      "\n\neu-west-1: stable has no other eligible build: 1.0.0/2 stays shared until another build is eligible; to remove it now, revoke it\n\n",
    );
    expect(await account.command(`${UNAPPROVE} --yes`)).toEqual({
      status: 0,
      stdout: `base 1.0.0/2 isn't approved for stable any more: CHG-2
canary: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2)
stable: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2)
1.0.0/2 stays shared in stable until another build is eligible; to remove it now: \`npx --no factory revoke base 1.0.0/2 --reason REASON\`
AWS CloudTrail records who removed the tag, but not the reason
`,
      stderr: "",
    });
  });

  test("rejects a build that isn't approved for the channel", async () => {
    expect((await account.command(UNAPPROVE.replace("/2", "/1"))).stderr).toBe(
      "BUILD: 1.0.0/1 isn't approved for stable\n",
    );
  });
});

test("factory unapprove withdraws an approval in each Region", async () => {
  const account = await SharedAccount.startInTwoRegions();
  try {
    for (const region of ["eu-west-1", OTHER_REGION]) await account.build(region);
    const line = "base 1.0.0/1 --channel stable --all-regions --reason x";
    await account.command(`approve ${line} --yes`);
    expect((await account.command(`unapprove ${line}`)).stderr).toContain(`
eu-west-1: stable has no other eligible build: 1.0.0/1 stays shared until another build is eligible; to remove it now, revoke it
us-east-1: stable has no other eligible build: 1.0.0/1 stays shared until another build is eligible; to remove it now, revoke it

Withdraw the approval of base 1.0.0/1 for stable in eu-west-1, us-east-1?
`);
    expect((await account.command(`unapprove ${line} --yes`)).stdout).toBe(
      ["eu-west-1", "us-east-1"]
        .map(
          (region) => `${region}:
  base 1.0.0/1 isn't approved for stable any more: x
  canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
  stable: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
  1.0.0/1 stays shared in stable until another build is eligible; to remove it now: \`npx --no factory revoke base 1.0.0/1 --region ${region} --reason REASON\`
  AWS CloudTrail records who removed the tag, but not the reason
`,
        )
        .join(""),
    );
  } finally {
    account.stop();
  }
});
