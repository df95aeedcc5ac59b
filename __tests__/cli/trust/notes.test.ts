import { ListImagePackagesCommand } from "@aws-sdk/client-imagebuilder";
import { notes } from "../../../cli/trust/notes";
import { ConfigError } from "../../../config/problems";
import { MockedAccount } from "./mocked-account";

let account: MockedAccount;
beforeEach(() => {
  account = new MockedAccount();
  account.setBuilds({ "1.0.1/1": ["ami-1"], "1.0.2/1": ["ami-2"], "1.0.3/1": ["ami-3"] });
  account.scan({ "ami-3": {} });
  account.imageBuilder
    .on(ListImagePackagesCommand)
    .callsFake(({ imageBuildVersionArn }: { imageBuildVersionArn: string }) => ({
      imagePackageList: [{ packageName: "bash", packageVersion: imageBuildVersionArn.slice(-7) }],
    }));
});
afterEach(() => account.stop());

function print(from?: string, to?: string, ...regions: string[]) {
  return notes(account.contexts(...regions), { image: "base", from, to });
}

/** Returns the lines after the headlines of every text here. */
function rest(packages: string): string {
  return `
Recipe: unknown
Parent: unknown
Components: no change
Findings: not scanned, before: not scanned
Packages: 1 ${packages}

Packages with`;
}

test("factory notes compares the newest shared build of a channel with the one that it shares besides", async () => {
  account.deploy({ keep: 2 });
  account.share("1.0.1/1", "1.0.3/1");
  const { text, data, exitCode } = await print();
  expect(text).toBe(`The channel stable of base in eu-west-1 now shares 1.0.3/1.
Its newest build was 1.0.1/1.
${rest("up")} a higher version:
  bash 1.0.1/1 -> 1.0.3/1`);
  expect(data).toMatchObject({
    notes: [
      {
        channel: "stable",
        region: "eu-west-1",
        image: "base",
        from: "1.0.1/1",
        to: "1.0.3/1",
        packages: { up: [{ name: "bash", from: ["1.0.1/1"], to: ["1.0.3/1"] }], down: [] },
        text,
      },
    ],
    problems: [],
  });
  expect(exitCode).toBe(0);
});

test("factory notes compares with the newest older build that the channel's conditions allow", async () => {
  account.deploy({ approval: "required" });
  account.share("1.0.3/1");
  account.tagBuild("1.0.1/1", { "golden-image:approved-stable": "" });
  account.tagBuild("1.0.3/1", { "golden-image:approved-stable": "tested by QA" });
  expect((await print()).text).toContain(`now shares 1.0.3/1.
Its newest build was 1.0.1/1.
Approved: tested by QA
`);
});

test("factory notes prints the only build of a channel, and a channel that shares none", async () => {
  account.share("1.0.1/1");
  expect((await print()).text).toContain("It shared no build before.\n");
  account.share();
  const { text, exitCode } = await print();
  expect(text).toBe("The channel stable of base in eu-west-1 shares no build.");
  expect(exitCode).toBe(0);
  account.tagBuild("1.0.3/1", { "golden-image:revoked": "bad openssl" });
  expect((await print()).text).toBe(
    "The channel stable of base in eu-west-1 shares no build.\n1.0.3/1 is revoked: bad openssl",
  );
});

test("factory notes ignores what isn't a build of the image, which others added to the share", async () => {
  account.share("1.0.1/1", "x.x.x");
  expect((await print()).text).toContain("now shares 1.0.1/1.\nIt shared no build before.\n");
  account.share("x.x.x");
  expect((await print()).text).toBe("The channel stable of base in eu-west-1 shares no build.");
});

test("factory notes compares two given builds, in either order", async () => {
  expect((await print("1.0.3/1", "1.0.2/1")).text).toBe(
    `base 1.0.3/1 -> 1.0.2/1 in eu-west-1
${rest("down")} a lower version:
  bash 1.0.3/1 -> 1.0.2/1`,
  );
});

test("factory notes needs both builds, and builds that exist", async () => {
  await expect(print("1.0.1/1")).rejects.toThrow(
    new ConfigError("TO: must be set together with FROM"),
  );
  await expect(print("1.0.1/1", "1.0.9/1")).rejects.toThrow(
    "BUILD: base has no build 1.0.9/1 in eu-west-1",
  );
});

test("factory notes prints the Regions that it can read, and exits with 1", async () => {
  const { text, exitCode } = await print("1.0.1/1", "1.0.2/1", "eu-west-1", "us-east-1");
  expect(text).toMatch(/^base 1\.0\.1\/1 -> 1\.0\.2\/1 in eu-west-1\n/);
  expect(text).toMatch(/\nproblem: us-east-1: BUILD: base has no build 1\.0\.1\/1 in us-east-1/);
  expect(exitCode).toBe(1);
});
