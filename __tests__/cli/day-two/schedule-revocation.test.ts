import { addContainer, SharedAccount, withoutTimes } from "./shared-account";

const AT = "2099-01-31T08:00:00Z";

describe("factory revoke --at", () => {
  let account: SharedAccount;
  let arn: string;
  beforeAll(async () => {
    account = await SharedAccount.start(undefined, addContainer);
    arn = await account.build();
    await account.command("update base");
  });
  afterAll(() => account.stop());

  test.each<[string, string, string]>([
    [
      "a text that isn't a time",
      "--at tomorrow",
      "--at: must be a date or a time in UTC, such as 2027-01-31 or 2027-01-31T08:00Z, got: tomorrow",
    ],
    [
      "a date that doesn't exist",
      "--at 2099-02-30",
      "--at: must be a date or a time in UTC, such as 2027-01-31 or 2027-01-31T08:00Z, got: 2099-02-30",
    ],
    [
      "a time in the past",
      "--at 2026-01-01",
      "--at: must be in the future, got: 2026-01-01T00:00:00Z; to revoke the build now, leave out --at",
    ],
    [
      "--only",
      `--at ${AT} --only`,
      "--only: must not be used with --at, because a scheduled revocation is inherited",
    ],
    [
      "--delete",
      `--at ${AT} --delete`,
      "--delete: must not be used with --at, because the updater deletes nothing; run `revoke --delete` after that time",
    ],
    [
      "a reason that doesn't fit into the tag",
      `--at ${AT} --reason ${"x".repeat(236)}`,
      "--reason: must have at most 235 characters with --at, because the time is in the same tag, got: 236",
    ],
  ])("rejects %s, and changes nothing", async (_what, options, message) => {
    const before = account.changes.length;
    expect(await account.command(`revoke base 1.0.0/1 --reason x ${options} --yes`)).toEqual({
      status: 1,
      stdout: "",
      stderr: `${message}\n`,
    });
    expect(account.changes.slice(before)).toEqual([]);
  });

  test("asks with the time, the consequences and the channels left without an eligible build", async () => {
    const { stderr } = await account.command("revoke base 1.0.0/1 --at 2099-01-31 --reason x");
    expect(
      withoutTimes(stderr),
    ).toBe(`Region     build    created (UTC)     parent                       AMIs or containers
eu-west-1  1.0.0/1  2026-01-02 03:04  amazon-linux-2023-x86 x.x.x  ami-00000000000000001

These channels are left without an eligible build:
Region     image  channel  stays shared
eu-west-1  base   canary   none

Revoke base 1.0.0/1 in eu-west-1 at 2099-01-31T00:00:00Z? The updater revokes it at its first run after that time, with the builds that are based on it then. Its AMIs aren't disabled until you run \`revoke\` again.
stdin is not a terminal: pass --yes to confirm
`);
  });

  test("tags the build, runs nothing else, and prints what happens then", async () => {
    const before = account.changes.length;
    expect(
      await account.command("revoke base 1.0.0/1 --at 2099-01-31T09:00+01:00 --reason CHG-1 --yes"),
    ).toEqual({
      status: 0,
      stdout: `base 1.0.0/1 will be revoked at ${AT}: CHG-1
the updater revokes it, and the builds that are based on it then, at its first run after that time
then the alarm golden-image-factory-share-updater-scheduled-revocations fires until you run \`npx --no factory revoke base 1.0.0/1 --reason REASON\`, which disables its AMIs
to withdraw it: \`npx --no factory unrevoke base 1.0.0/1 --reason REASON\`
`,
      stderr: "",
    });
    expect(account.changes.slice(before)).toEqual(["TagResource"]);
    expect(await account.tagsOf(arn)).toEqual({ "golden-image:revoke-at": `${AT} CHG-1` });
  });

  test("replaces an earlier schedule", async () => {
    const { stderr } = await account.command("revoke base 1.0.0/1 --at 2099-03-01 --reason x");
    expect(stderr).toContain(
      `\n\neu-west-1: this replaces the revocation that is scheduled for ${AT} CHG-1\n\n`,
    );
  });

  test("builds, explain, which and status show the scheduled revocation", async () => {
    expect(
      (await account.command("builds base")).stdout,
    ).toBe(`Region     build    status     age  parent                       AMIs or containers     shared in  approved for  revoked
eu-west-1  1.0.0/1  AVAILABLE  0 h  amazon-linux-2023-x86 x.x.x  ami-00000000000000001  canary     -             from ${AT} CHG-1
`);
    expect((await account.command("explain base --account 222222222222")).stdout).toContain(
      `\n  1.0.0/1 will be revoked: ${AT} CHG-1\n`,
    );
    expect((await account.command("which ami-00000000000000001")).stdout).toContain(
      `AVAILABLE  canary     from ${AT} CHG-1\n`,
    );
    expect((await account.command("status --region eu-west-1")).stdout).toContain(`
Region     image  build    revoked
eu-west-1  base   1.0.0/1  from ${AT} CHG-1
`);
    const { stdout } = await account.command("status --json");
    expect(JSON.parse(stdout).revocations).toEqual([
      { region: "eu-west-1", image: "base", build: "1.0.0/1", revokeAt: `${AT} CHG-1` },
    ]);
  });

  test("revoke without --at revokes the build at once and disables it", async () => {
    expect(await account.command("revoke base 1.0.0/1 --reason INC-7 --yes")).toEqual({
      status: 0,
      stdout: `base 1.0.0/1 is revoked: INC-7
canary: no build is shared
stable: no build is shared
Image Builder is disabling the build and its AMIs
`,
      stderr: "",
    });
    expect(await account.command(`revoke base 1.0.0/1 --at ${AT} --reason x --yes`)).toEqual({
      status: 1,
      stdout: "",
      stderr: "BUILD: 1.0.0/1 is revoked already: INC-7\n",
    });
  });

  test("unrevoke removes all tags, and the build is shared again once it is enabled", async () => {
    await account.command("unrevoke base 1.0.0/1 --reason x --yes");
    expect(await account.tagsOf(arn)).toEqual({});
    await account.enable(arn);
    await account.command("update base");
    const [ami = ""] = await account.amisOf(arn);
    expect(await account.factory.as("payments").canLaunch(ami)).toBe(true);
  });

  test("unrevoke rejects a build without a revocation, and an empty reason", async () => {
    expect((await account.command("unrevoke base 1.0.0/1 --reason x --yes")).stderr).toBe(
      "BUILD: must be revoked, or have a scheduled revocation, got: 1.0.0/1, which has neither\n",
    );
    const empty = ["unrevoke", "base", "1.0.0/1", "--reason", "", "--yes"];
    expect((await account.run(empty)).stderr).toBe("--reason: must not be empty\n");
  });
});
