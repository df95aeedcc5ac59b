import { DeleteImageCommand } from "@aws-sdk/client-imagebuilder";
import { Fault } from "../../../tools/local-aws/protocol/rest-json";
import { SharedAccount } from "./shared-account";

describe("factory builds", () => {
  let account: SharedAccount;
  beforeEach(async () => {
    account = await SharedAccount.start();
  });
  afterEach(() => account.stop());

  test("lists every build with its parent, channels, approvals and revocation", async () => {
    const approved = await account.build();
    await account.factory.as("shared").tag(approved, "golden-image:approved-stable", "CHG-1");
    await account.build();
    await account.command("revoke base 1.0.0/2 --reason INC-7 --yes");
    expect(await account.command("builds base")).toEqual({
      status: 0,
      stdout: `Region     build    status     age  parent                       AMIs or containers     shared in      approved for    revoked
eu-west-1  1.0.0/2  DISABLED   0 h  amazon-linux-2023-x86 x.x.x  ami-00000000000000002  -              -               INC-7
eu-west-1  1.0.0/1  AVAILABLE  0 h  amazon-linux-2023-x86 x.x.x  ami-00000000000000001  canary stable  stable (CHG-1)  -
`,
      stderr: "",
    });
  });

  test("--json prints every build with its AMIs", async () => {
    await account.build();
    const { stdout } = await account.command("builds base --json");
    expect(JSON.parse(stdout)).toEqual({
      builds: [
        {
          region: "eu-west-1",
          build: "1.0.0/1",
          status: "AVAILABLE",
          ageHours: expect.any(Number),
          parent: "amazon-linux-2023-x86 x.x.x",
          sharedIn: [],
          approvals: {},
          amis: [{ region: "eu-west-1", id: "ami-00000000000000001" }],
          containers: [],
        },
      ],
      problems: [],
    });
  });

  test("shows what Amazon Inspector found, and the channels that it keeps a build out of, if a channel limits findings", async () => {
    const { factory } = account;
    await factory.share("organization", {
      name: "checked",
      keep: 1,
      bakeHours: 0,
      approval: "automatic",
      findings: { fixWithinDays: {}, maxSeverity: "medium", exceptions: [], reportOnly: false },
    });
    const scan = (build: string, ...severities: ("low" | "high")[]): void =>
      factory.aws.amis.scan(
        factory.aws.builds.amiIn(build, "eu-west-1") ?? "",
        severities.map((SeverityLabel) => ({ Title: "CVE-2026-1 - x", SeverityLabel })),
      );
    scan(await account.build(), "low");
    scan(await account.build());
    scan(await account.build(), "low", "high");
    await account.build();
    const table = await account.command("builds base");
    const lines = table.stdout.trimEnd().split("\n");
    expect(lines.splice(-2)).toEqual([
      "",
      "to list the findings: `npx --no factory findings base BUILD`",
    ]);
    expect(lines.map((line) => line.split(/ {2,}/).at(-1))).toEqual([
      "findings",
      "not scanned: not for checked",
      "high: not for checked",
      "none",
      // A call reads the scans of several builds, so also that of a build that doesn't matter.
      "low",
    ]);
    const { stdout } = await account.command("builds base --json");
    const { builds } = JSON.parse(stdout);
    expect(builds.map(({ findings }: { findings?: object }) => findings)).toEqual([
      { heldBackFrom: ["checked"] },
      {
        scanned: expect.any(String),
        highest: "high",
        heldBackFrom: ["checked"],
        blocking: [expect.objectContaining({ title: "CVE-2026-1 - x", severity: "high" })],
      },
      { scanned: expect.any(String), heldBackFrom: [] },
      { scanned: expect.any(String), highest: "low", heldBackFrom: [] },
    ]);
  });

  test("suggests to start a build if there is none", async () => {
    expect(await account.command("builds base")).toEqual({
      status: 0,
      stdout:
        "base has no builds in eu-west-1, or only builds that AWS doesn't list yet. To start one: `npx --no factory build base`\n",
      stderr: "",
    });
  });

  test("exits with 1 if a share can't be read", async () => {
    await account.build();
    await account.command("update base");
    account.factory.aws.emulator.fail(
      "GetResourceShareAssociations",
      new Fault("AccessDeniedException", "not allowed", 403),
    );
    expect(await account.command("builds base")).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("not allowed"),
    });
  });
});

test("factory builds and explain show that the ancestors of a build are unknown after one of them was deleted", async () => {
  const account = await SharedAccount.startFamily();
  try {
    await account.build();
    const web = await account.buildChild("web");
    await account.buildChild("app");
    await account.command("update app");
    const parentColumn = async () =>
      (await account.command("builds app")).stdout.split("\n")[1]?.split(/ {2,}/)[4];
    expect(await parentColumn()).toBe("web 1.0.0/1");
    const explain = async () =>
      (await account.command("explain app --account 333333333333")).stdout;
    expect(await explain()).not.toContain("unknown");

    const { imageBuilder } = account.factory.as("shared");
    await imageBuilder.send(new DeleteImageCommand({ imageBuildVersionArn: web }));
    expect(await parentColumn()).toBe("web 1.0.0/1 (ancestors unknown)");
    expect(JSON.parse((await account.command("builds app --json")).stdout).builds).toMatchObject([
      { parent: "web 1.0.0/1", unknownParentOf: expect.stringMatching(/image\/app\/1\.0\.0\/1$/) },
    ]);
    expect(await explain()).toContain(
      "  1.0.0/1 has unknown ancestors: the parent of app 1.0.0/1 was deleted, or Image Builder doesn't name it. It inherits no revocation from them\n",
    );
  } finally {
    await account.stop();
  }
});
