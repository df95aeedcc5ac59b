import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { OTHER_REGION, SharedAccount, withoutTimes } from "./shared-account";

/** Builds two generations on 1.0.0/2 of `base`, and shares everything. */
async function buildFamily(account: SharedAccount, region = "eu-west-1"): Promise<void> {
  await account.build(region);
  await account.buildChild("web", region);
  await account.build(region);
  for (const image of ["web", "app", "app"] as const) await account.buildChild(image, region);
  for (const image of ["base", "web", "app"])
    await account.command(`update ${image} --region ${region}`);
}

describe("factory revoke of a build on which others are based", () => {
  let account: SharedAccount;
  beforeAll(async () => {
    account = await SharedAccount.startFamily();
    await buildFamily(account);
  });
  afterAll(() => account.stop());

  test("lists them over two generations, and the channels left without an eligible build, before it asks", async () => {
    expect(
      withoutTimes((await account.command("revoke base 1.0.0/2 --reason x")).stderr),
    ).toBe(`Region     build    created (UTC)     parent                       AMIs or containers
eu-west-1  1.0.0/2  2026-01-02 03:04  amazon-linux-2023-x86 x.x.x  ami-00000000000000003

These builds are based on it, and are revoked too:
Region     image  build    shared in
eu-west-1  web    1.0.0/2  stable
eu-west-1  app    1.0.0/2  stable
eu-west-1  app    1.0.0/1  stable

These channels are left without an eligible build:
Region     image  channel  stays shared
eu-west-1  app    stable   none

Revoke base 1.0.0/2 in eu-west-1? Other accounts can't launch it any more, and its AMIs are disabled.
stdin is not a terminal: pass --yes to confirm
`);
  });

  test("asks without the list if it can't be read, because a bad build must not stay shared", async () => {
    const denied = new Fault("AccessDeniedException", "not allowed", 403);
    account.factory.aws.emulator.fail("GetResourceShares", denied);
    const { stderr } = await account.command("revoke base 1.0.0/2 --reason x");
    expect(
      withoutTimes(stderr),
    ).toBe(`Region     build    created (UTC)     parent                       AMIs or containers
eu-west-1  1.0.0/2  2026-01-02 03:04  amazon-linux-2023-x86 x.x.x  ami-00000000000000003

eu-west-1: what the revocation takes away couldn't be read: AccessDeniedException: not allowed

Revoke base 1.0.0/2 in eu-west-1? Other accounts can't launch it any more, and its AMIs are disabled.
stdin is not a terminal: pass --yes to confirm
`);
  });

  test("--only lists no builds, and only the channels of the image", async () => {
    const { stderr } = await account.command("revoke web 1.0.0/2 --only --reason x");
    expect(
      withoutTimes(stderr),
    ).toBe(`Region     build    created (UTC)     parent        AMIs or containers
eu-west-1  1.0.0/2  2026-01-02 03:04  base 1.0.0/2  ami-00000000000000004

Revoke web 1.0.0/2 in eu-west-1? Other accounts can't launch it any more, and its AMIs are disabled. Builds that are based on it stay shared.
stdin is not a terminal: pass --yes to confirm
`);
  });

  test("reports that no usable build is based on it", async () => {
    const { stderr } = await account.command("revoke web 1.0.0/1 --reason x");
    expect(
      withoutTimes(stderr),
    ).toBe(`Region     build    created (UTC)     parent        AMIs or containers
eu-west-1  1.0.0/1  2026-01-02 03:04  base 1.0.0/1  ami-00000000000000002

No usable build is based on it.

Revoke web 1.0.0/1 in eu-west-1? Other accounts can't launch it any more, and its AMIs are disabled.
stdin is not a terminal: pass --yes to confirm
`);
  });

  test("--only revokes the build alone, and can't be combined with an inherited revocation", async () => {
    const build = "arn:aws:imagebuilder:eu-west-1:111111111111:image/web/1.0.0/1";
    expect(await account.command("revoke web 1.0.0/1 --only --reason INC-7 --yes")).toEqual({
      status: 0,
      stdout: `web 1.0.0/1 is revoked, but not the builds that are based on it: INC-7
stable: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2)
Image Builder is disabling the build and its AMIs
`,
      stderr: "",
    });
    expect(await account.tagsOf(build)).toEqual({ "golden-image:revoked-only": "INC-7" });
    await account.factory.as("shared").tag(build, "golden-image:revoked", "INC-8");
    expect(await account.command("revoke web 1.0.0/1 --only --reason INC-7 --yes")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "--only: must not be used with a build whose revocation is inherited, got: web 1.0.0/1, which has the tag golden-image:revoked; to withdraw it first: `npx --no factory unrevoke web 1.0.0/1 --reason REASON`\n",
    });
  });

  test("reports the images in the updater's queue, whose builds are revoked too", async () => {
    expect(await account.command("revoke base 1.0.0/2 --reason INC-7 --yes")).toEqual({
      status: 0,
      stdout: `base 1.0.0/2 is revoked: INC-7
canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
stable: no build is shared
Image Builder is disabling the build and its AMIs
the updater's queue contains web, app: it also revokes their builds that are based on it
the AMIs of these builds aren't disabled until you revoke them too
`,
      stderr: "",
    });
    await account.factory.deliverQueued();
    expect(
      (await account.command("builds app")).stdout,
    ).toBe(`Region     build    status     age  parent       AMIs or containers     shared in  approved for  revoked
eu-west-1  1.0.0/2  AVAILABLE  0 h  web 1.0.0/2  ami-00000000000000006  -          -             is based on base 1.0.0/2, which was revoked
eu-west-1  1.0.0/1  AVAILABLE  0 h  web 1.0.0/2  ami-00000000000000005  -          -             is based on base 1.0.0/2, which was revoked
`);
    expect(
      (await account.command("explain app --account 222222222222")).stdout,
    ).toBe(`stable: no build is shared, if the account is in the organization o-abcdefghij
  1.0.0/2 is revoked: is based on base 1.0.0/2, which was revoked
  1.0.0/1 is revoked: is based on base 1.0.0/2, which was revoked

If 222222222222 is in several audiences, x.x.x resolves to the newest of these builds.
`);
    expect((await account.command("which ami-00000000000000006")).stdout).toContain(
      "is based on base 1.0.0/2, which was revoked",
    );
  });

  test("unrevoke of a descendant names the ancestor that must be withdrawn first", async () => {
    expect(await account.command("unrevoke app 1.0.0/1 --reason x --yes")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "BUILD: 1.0.0/1 is based on base 1.0.0/2, which is revoked: INC-7; to withdraw that revocation first: `npx --no factory unrevoke base 1.0.0/2 --reason REASON`\n",
    });
  });

  test("unrevoke lists the tags that it removes over two generations, and what it doesn't undo, before it asks", async () => {
    expect(
      withoutTimes((await account.command("unrevoke base 1.0.0/2 --reason x")).stderr),
    ).toBe(`Region     build    created (UTC)     parent                       AMIs or containers
eu-west-1  1.0.0/2  2026-01-02 03:04  amazon-linux-2023-x86 x.x.x  ami-00000000000000003

These tags are removed:
Region     image  build    status     tags
eu-west-1  base   1.0.0/2  DISABLED   golden-image:revoked
eu-west-1  web    1.0.0/2  AVAILABLE  golden-image:revoked-by
eu-west-1  app    1.0.0/2  AVAILABLE  golden-image:revoked-by
eu-west-1  app    1.0.0/1  AVAILABLE  golden-image:revoked-by

eu-west-1: base 1.0.0/2 and its AMIs stay DISABLED: no channel shares it until you enable it

Withdraw the revocation of base 1.0.0/2 in eu-west-1? Channels can share it again.
stdin is not a terminal: pass --yes to confirm
`);
  });

  test("unrevoke continues after a run that failed halfway, and prints how to enable the build", async () => {
    const denied = new Fault("AccessDeniedException", "not allowed", 403);
    const { emulator } = account.factory.aws;
    const base = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/2";
    emulator.fail("Invoke", denied, 3);
    await account.command("unrevoke base 1.0.0/2 --reason x --yes");
    const web = "arn:aws:imagebuilder:eu-west-1:111111111111:image/web/1.0.0/2";
    await account.factory.as("shared").tag(web, "golden-image:revoked-by", base);
    expect(await account.command("unrevoke base 1.0.0/2 --reason INC-9 --yes")).toEqual({
      status: 0,
      stdout: `base 1.0.0/2 isn't revoked any more: INC-9
web 1.0.0/2 isn't revoked any more
canary: x.x.x resolves to 1.0.0/1 (shared: 1.0.0/1)
stable: no build is shared
web/stable: x.x.x resolves to 1.0.0/2 (shared: 1.0.0/2)
base 1.0.0/2 is still DISABLED; to enable it with its AMIs, and to share it again:
  aws imagebuilder start-resource-state-update --region eu-west-1 --resource-arn ${base} --state status=AVAILABLE --include-resources amis=true --execution-role arn:aws:iam::111111111111:role/golden-image-factory-lifecycle-eu-west-1
  npx --no factory update base
AWS CloudTrail records who removed the tags, but not the reason
`,
      stderr: "",
    });
    for (const arn of [base, web]) expect(await account.tagsOf(arn)).toEqual({});
  });
});

test("factory revoke and unrevoke list the builds of each Region", async () => {
  const account = await SharedAccount.startFamily(["eu-west-1", OTHER_REGION]);
  try {
    for (const region of ["eu-west-1", OTHER_REGION]) {
      await account.build(region);
      await account.buildChild("web", region);
      for (const image of ["base", "web"])
        await account.command(`update ${image} --region ${region}`);
    }
    const { stderr } = await account.command("revoke base 1.0.0/1 --all-regions --reason x");
    expect(
      withoutTimes(stderr),
    ).toBe(`Region     build    created (UTC)     parent                       AMIs or containers
eu-west-1  1.0.0/1  2026-01-02 03:04  amazon-linux-2023-x86 x.x.x  ami-00000000000000001
us-east-1  1.0.0/1  2026-01-02 03:04  amazon-linux-2023-x86 x.x.x  ami-00000000000000003

These builds are based on it, and are revoked too:
Region     image  build    shared in
eu-west-1  web    1.0.0/1  stable
us-east-1  web    1.0.0/1  stable

These channels are left without an eligible build:
Region     image  channel  stays shared
eu-west-1  base   canary   none
eu-west-1  web    stable   none
us-east-1  base   canary   none
us-east-1  web    stable   none

Revoke base 1.0.0/1 in eu-west-1, us-east-1? Other accounts can't launch it any more, and its AMIs are disabled.
stdin is not a terminal: pass --yes to confirm
`);
    await account.command("revoke base 1.0.0/1 --all-regions --reason x --yes");
    expect(await account.command("unrevoke base 1.0.0/1 --all-regions --reason y --yes")).toEqual({
      status: 0,
      stdout: ["eu-west-1", "us-east-1"]
        .map(
          (region) => `${region}:
  base 1.0.0/1 isn't revoked any more: y
  canary: no build is shared
  stable: no build is shared
  base 1.0.0/1 is still DISABLED; to enable it with its AMIs, and to share it again:
    aws imagebuilder start-resource-state-update --region ${region} --resource-arn arn:aws:imagebuilder:${region}:111111111111:image/base/1.0.0/1 --state status=AVAILABLE --include-resources amis=true --execution-role arn:aws:iam::111111111111:role/golden-image-factory-lifecycle-${region}
    npx --no factory update base --region ${region}
  AWS CloudTrail records who removed the tags, but not the reason
`,
        )
        .join(""),
      stderr: "",
    });
  } finally {
    account.stop();
  }
});
