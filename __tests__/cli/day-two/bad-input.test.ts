import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { SharedAccount, withoutTimes } from "./shared-account";

/** The table above a question. */
const BUILD = `Region     build    created (UTC)     parent                       AMIs or containers
eu-west-1  1.0.0/1  2026-01-02 03:04  amazon-linux-2023-x86 x.x.x  ami-00000000000000001

`;

let account: SharedAccount;
beforeAll(async () => {
  account = await SharedAccount.start();
  await account.build();
});
afterAll(() => account.stop());

test.each<[string, string[], string]>([
  [
    "an unknown command",
    ["stats"],
    "unknown command 'stats'\n(Did you mean status?)\nSee `npx --no factory help`.",
  ],
  [
    "an unknown option",
    ["status", "--jsno"],
    "unknown option '--jsno'\n(Did you mean --json?)\nSee `npx --no factory status --help`.",
  ],
  [
    "missing arguments and options, all at once",
    ["revoke", "base"],
    "missing BUILD, --reason\nSee `npx --no factory revoke --help`.",
  ],
  [
    "an argument too many",
    ["status", "base"],
    "too many arguments for 'status'. Expected 0 arguments but got 1.\nSee `npx --no factory status --help`.",
  ],
  [
    "an unknown image",
    ["builds", "bse"],
    "IMAGE: must be a golden image in eu-west-1, did you mean 'base'?, got: bse",
  ],
  [
    "a Region without the shared account",
    ["status", "--region", "us-east-1"],
    "--region: must be a Region of the shared account: eu-west-1, got: us-east-1",
  ],
  [
    "a version without a build number",
    ["revoke", "base", "1.0", "--reason", "x", "--yes"],
    "BUILD: must be a version and a build number such as 1.0.3/2, got: 1.0",
  ],
  [
    "a build that doesn't exist",
    ["revoke", "base", "1.0.0/9", "--reason", "x", "--yes"],
    "BUILD: base has no build 1.0.0/9 in eu-west-1: list its builds with `npx --no factory builds base`",
  ],
  [
    "a mistyped channel",
    ["approve", "base", "1.0.0/1", "--channel", "stabel", "--reason", "x", "--yes"],
    "--channel: must be a channel of base, did you mean 'stable'?, got: stabel",
  ],
  [
    "an account ID with a digit too many",
    ["explain", "base", "--account", "2222222222222"],
    "--account: must be an account ID of 12 digits, did you mean 222222222222 (payments)?, got: 2222222222222",
  ],
  [
    "a mistyped Region",
    ["status", "--region", "eu-west-2"],
    "--region: must be a Region of the shared account, did you mean 'eu-west-1'?, got: eu-west-2",
  ],
  [
    "an ID that isn't one of an AMI",
    ["which", "ami-0123"],
    "ID: must be the ID of an AMI or instance, such as ami-0123456789abcdef0 or i-0123456789abcdef0, got: ami-0123",
  ],
  [
    "both options for Regions",
    ["update", "base", "--region", "eu-west-1", "--all-regions"],
    "--region: must not be set together with --all-regions",
  ],
  [
    "the name of an app account instead of its ID",
    ["explain", "base", "--account", "paymnets"],
    "--account: must be an account ID of 12 digits, did you mean 222222222222 (payments)?, got: paymnets",
  ],
  [
    "an unknown channel",
    ["approve", "base", "1.0.0/1", "--channel", "x", "--reason", "x", "--yes"],
    "--channel: must be a channel of base: canary, stable, got: x",
  ],
  [
    "a channel without approval",
    ["approve", "base", "1.0.0/1", "--channel", "canary", "--reason", "x", "--yes"],
    "--channel: must be a channel with `approval: required`, got: canary, which shares builds without approval",
  ],
  [
    "a reason that can't be the value of a tag",
    ["revoke", "base", "1.0.0/1", "--reason", "a;b", "--yes"],
    "--reason: must be 1 to 256 letters, digits, spaces and _.:/=+-@, because it becomes the value of a tag, got: a;b",
  ],
  [
    "an approval without --yes and without a terminal",
    ["approve", "base", "1.0.0/1", "--channel", "stable", "--reason", "x"],
    `${BUILD}Approve base 1.0.0/1 for stable in eu-west-1?\nstdin is not a terminal: pass --yes to confirm`,
  ],
  [
    "an approval that doesn't exist",
    ["unapprove", "base", "1.0.0/1", "--channel", "stabel", "--reason", "x", "--yes"],
    "BUILD: 1.0.0/1 isn't approved for stabel",
  ],
  [
    "a withdrawn approval without a reason",
    ["unapprove", "base", "1.0.0/1", "--channel", "stable", "--reason", " ", "--yes"],
    "--reason: must not be empty",
  ],
  [
    "a revocation without --yes and without a terminal",
    ["revoke", "base", "1.0.0/1", "--reason", "x"],
    `${BUILD}These channels are left without an eligible build:
Region     image  channel  stays shared
eu-west-1  base   canary   none

Revoke base 1.0.0/1 in eu-west-1? Other accounts can't launch it any more, and its AMIs are disabled.\nstdin is not a terminal: pass --yes to confirm`,
  ],
  [
    "an account ID that isn't one",
    ["explain", "base", "--account", "12"],
    "--account: must be an account ID of 12 digits, got: 12",
  ],
  [
    "an update of an image without channels",
    ["update", "web"],
    "IMAGE: must have channels that are deployed in eu-west-1, got: web",
  ],
])("factory rejects %s with exit code 1, and changes nothing", async (_what, args, message) => {
  const before = account.changes.length;
  const { status, stdout, stderr } = await account.run(args);
  expect([status, stdout, withoutTimes(stderr)]).toEqual([1, "", `${message}\n`]);
  expect(account.changes.slice(before)).toEqual([]);
});

const MUST_BE = "credentials: must be those of the shared account 111111111111, got: ";
const OPTIONS = "; set --profile or AWS_PROFILE to a profile of this account\n";

describe("factory reports the expected account, what it got, and the options in one line", () => {
  test("for credentials of another account", async () => {
    expect(await account.run(["status"], "orders")).toEqual({
      status: 1,
      stdout: "",
      stderr: `${MUST_BE}those of account 333333333333, from AWS_ACCESS_KEY_ID${OPTIONS}`,
    });
  });

  test.each([
    [
      "expired credentials",
      "ExpiredToken",
      "expired ones, from AWS_ACCESS_KEY_ID; log in again, such as with `aws sso login`",
    ],
    [
      "credentials that AWS doesn't know",
      "InvalidClientTokenId",
      "some that AWS doesn't know, from AWS_ACCESS_KEY_ID",
    ],
  ])("for %s", async (_what, code, found) => {
    const { emulator } = account.factory.aws;
    emulator.fail("GetCallerIdentity", new Fault(code, "a text of AWS", 403));
    expect(await account.run(["status"])).toEqual({
      status: 1,
      stdout: "",
      stderr: `${MUST_BE}${found}${OPTIONS}`,
    });
  });

  test("for a profile that doesn't exist, although other credentials are set", async () => {
    expect(await account.run(["status", "--profile", "nowhere"])).toEqual({
      status: 1,
      stdout: "",
      stderr: `${MUST_BE}none, from the profile nowhere (Could not load credentials from any providers)${OPTIONS}`,
    });
  });
});

test("factory prints the name and message of an AWS error, without a stack trace", async () => {
  const { emulator } = account.factory.aws;
  emulator.fail("GetResourceShares", new Fault("AccessDeniedException", "not allowed", 403));
  expect(await account.run(["status"])).toEqual({
    status: 1,
    stdout: "",
    stderr: "AccessDeniedException: not allowed\n",
  });
});
