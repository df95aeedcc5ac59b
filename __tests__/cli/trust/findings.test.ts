import { GetImageFindingsCommand, type ImageFinding } from "@aws-sdk/client-ec2";
import { UntagResourceCommand } from "@aws-sdk/client-imagebuilder";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { builds } from "../../../cli/day-two/builds";
import { explain } from "../../../cli/day-two/explain";
import { unapprove } from "../../../cli/day-two/unapprove";
import { unrevoke } from "../../../cli/day-two/unrevoke";
import { findings } from "../../../cli/trust/findings";
import type { FindingsPolicy } from "../../../contract/findings";
import { MockedAccount, PREFIX } from "./mocked-account";

const policy: FindingsPolicy = {
  fixWithinDays: { critical: 0 },
  exceptions: [],
  reportOnly: false,
};
const date = (text: string) => new Date(text);
const critical = {
  FindingScanDate: date("2026-01-03"),
  HighestFindingSeverityLabel: "critical",
  CriticalFixAvailableSince: date("2026-01-02"),
  HighFixAvailableSince: date("2026-01-02"),
} as const;
const found: ImageFinding[] = [
  {
    Title: "CVE-2026-2 - curl",
    SeverityLabel: "high",
    FixAvailable: true,
    FirstObservedAt: date("2026-01-01"),
  },
  { Title: "CVE-2026-3 - zlib", SeverityLabel: "low", FixAvailable: false },
  {
    Title: "CVE-2026-1 - openssl",
    SeverityLabel: "critical",
    FixAvailable: true,
    FirstObservedAt: date("2026-01-01"),
    Paths: ["usr/bin/openssl", "usr/lib64/libssl.so.3"],
  },
  {
    Title: "CVE-2026-4 - bash",
    SeverityLabel: "high",
    FixAvailable: true,
    FirstObservedAt: date("2026-01-03"),
  },
];

let account: MockedAccount;
beforeEach(() => {
  account = new MockedAccount();
  account.setBuilds({ "1.0.2/1": ["ami-2"], "1.0.1/1": ["ami-1"] });
  account.share("1.0.1/1");
  account.scan({ "ami-1": critical, "ami-2": critical }, { "ami-1": found, "ami-2": [found[2]!] });
});
afterEach(() => account.stop());

test("factory findings lists the findings in shared builds and the newest one, the most severe first", async () => {
  const { text, exitCode } = await findings(account.contexts(), "base", undefined);
  expect(
    text,
  ).toBe(`Region     build    severity  fix               first observed  finding               paths
eu-west-1  1.0.2/1  critical  since 2026-01-02  2026-01-01      CVE-2026-1 - openssl  usr/bin/openssl usr/lib64/libssl.so.3
eu-west-1  1.0.1/1  critical  since 2026-01-02  2026-01-01      CVE-2026-1 - openssl  usr/bin/openssl usr/lib64/libssl.so.3
eu-west-1  1.0.1/1  high      yes               2026-01-01      CVE-2026-2 - curl     -
eu-west-1  1.0.1/1  high      yes               2026-01-03      CVE-2026-4 - bash     -
eu-west-1  1.0.1/1  low       no                -               CVE-2026-3 - zlib     -

1.0.2/1 in eu-west-1 has 1 finding, scanned on 2026-01-03
1.0.1/1 in eu-west-1 has 4 findings, scanned on 2026-01-03`);
  expect(exitCode).toBe(0);
});

test("factory findings sorts an unknown severity first, then severities from the highest, then titles", async () => {
  const one = (Title: string, SeverityLabel: string): ImageFinding => ({
    Title,
    SeverityLabel: SeverityLabel as never,
  });
  account.scan(
    { "ami-1": critical },
    {
      "ami-1": [
        one("CVE-7", "informational"),
        one("CVE-6", "low"),
        one("CVE-5", "medium"),
        one("CVE-4", "critical"),
        one("CVE-3", "high"),
        one("CVE-2", "critical"),
        one("CVE-1", "untriaged"),
      ],
    },
  );
  const { data } = await findings(account.contexts(), "base", "1.0.1/1");
  const { builds } = data as { builds: { findings: { title: string; severity: string }[] }[] };
  expect(builds[0]?.findings.map(({ title, severity }) => `${title} ${severity}`)).toEqual([
    "CVE-1 untriaged",
    "CVE-2 critical",
    "CVE-4 critical",
    "CVE-3 high",
    "CVE-5 medium",
    "CVE-6 low",
    "CVE-7 informational",
  ]);
});

test("factory findings names what channels do about findings, and exits with 2 if a shared build exceeds a limit", async () => {
  account.deploy({ findings: policy });
  account.scan({ "ami-1": critical, "ami-2": critical });
  const { text, exitCode, data } = await findings(account.contexts(), "base", undefined);
  const reason =
    "has a finding of severity critical with a fix since 2026-01-02, and the channel allows 0 days";
  expect(text).toBe(`1.0.2/1 in eu-west-1 has no findings, scanned on 2026-01-03
  stable: ${reason}: isn't shared
1.0.1/1 in eu-west-1 has no findings, scanned on 2026-01-03
  stable: ${reason}: stays shared until a build can replace it`);
  expect(exitCode).toBe(2);
  expect(data).toEqual({
    builds: ["1.0.2/1", "1.0.1/1"].map((build) => ({
      region: "eu-west-1",
      build,
      scanned: "2026-01-03T00:00:00.000Z",
      findings: [],
      channels: [
        {
          channel: "stable",
          isShared: build === "1.0.1/1",
          reasons: [reason],
          reportOnly: false,
          exceedsLimits: build === "1.0.1/1",
        },
      ],
    })),
    problems: [],
  });
});

test("factory findings of one build reads only that build, and exits with 0 if the channel only reports", async () => {
  account.deploy({ findings: { ...policy, reportOnly: true } });
  const { text, exitCode, data } = await findings(account.contexts(), "base", "1.0.1/1");
  expect(text?.split("\n").slice(-2)).toEqual([
    "1.0.1/1 in eu-west-1 has 4 findings, scanned on 2026-01-03",
    "  stable: has a finding of severity critical with a fix since 2026-01-02, and the channel allows 0 days: the channel only reports it",
  ]);
  expect(exitCode).toBe(0);
  expect(data).toMatchObject({
    builds: [
      {
        findings: [
          {
            title: "CVE-2026-1 - openssl",
            severity: "critical",
            hasFix: true,
            fixSince: "2026-01-02T00:00:00.000Z",
            firstObserved: "2026-01-01T00:00:00.000Z",
            paths: ["usr/bin/openssl", "usr/lib64/libssl.so.3"],
          },
          { title: "CVE-2026-2 - curl" },
          { title: "CVE-2026-4 - bash" },
          { title: "CVE-2026-3 - zlib" },
        ],
      },
    ],
  });
});

test("factory findings names builds that weren't scanned, and what a channel allows", async () => {
  account.deploy({ findings: policy });
  account.scan({ "ami-1": { FindingScanDate: date("2026-01-03") }, "ami-2": undefined });
  const { text, exitCode } = await findings(account.contexts(), "base", undefined);
  expect(text).toBe(`1.0.2/1 in eu-west-1 wasn't scanned by Amazon Inspector
  stable: wasn't scanned by Amazon Inspector: isn't shared
1.0.1/1 in eu-west-1 has no findings, scanned on 2026-01-03
  stable: allows its findings`);
  expect(exitCode).toBe(0);
});

describe("an older shared build that left the scan window", () => {
  beforeEach(() => {
    account.deploy({ keep: 2, findings: { ...policy, scanWindowDays: 30 } });
    account.share("1.0.2/1", "1.0.1/1");
    const clean = { FindingScanDate: date("2026-01-03") };
    account.scan({ "ami-1": clean, "ami-2": clean });
    account.setAmiDates({ "ami-2": new Date() });
  });

  test("doesn't exceed the limits: factory findings exits with 0", async () => {
    const { text, exitCode, data } = await findings(account.contexts(), "base", undefined);
    expect(text).toBe(`1.0.2/1 in eu-west-1 has no findings, scanned on 2026-01-03
  stable: allows its findings
1.0.1/1 in eu-west-1 has no findings, scanned on 2026-01-03
  stable: left Amazon Inspector's scan window on 2026-01-31: stays shared until a build can replace it`);
    expect(exitCode).toBe(0);
    expect(data).toMatchObject({
      builds: [1, 2].map(() => ({ channels: [{ isShared: true, exceedsLimits: false }] })),
    });
  });

  test("isn't held back from the channel that shares it: factory builds names no channel", async () => {
    const { data } = await builds(account.contexts(), "base");
    expect(data).toMatchObject({
      builds: [1, 2].map(() => ({ sharedIn: ["stable"], findings: { heldBackFrom: [] } })),
    });
  });

  test("exceeds the limits if it is the newest one: factory findings exits with 2", async () => {
    account.share("1.0.1/1");
    expect((await findings(account.contexts(), "base", "1.0.1/1")).exitCode).toBe(2);
  });
});

test("factory findings prints that an image has no builds, and rejects a container", async () => {
  account.setBuilds({});
  account.share();
  const contexts = account.contexts();
  expect((await findings(contexts, "base", undefined)).text).toBe("base has no builds");
  const withContainer = contexts.map(({ factory }) => ({
    factory: { ...factory, shared: { ...factory.shared, containers: [{ name: "runtime" }] } },
  }));
  await expect(findings(withContainer as never, "runtime", undefined)).rejects.toThrow(
    new Error(
      "IMAGE: must be a golden image, got: runtime, a golden container. Amazon EC2 reports no findings of containers: set `scan: true` and look at the findings in Amazon ECR",
    ),
  );
});

test("factory findings exits with 1 if findings can't be read", async () => {
  account.ec2
    .on(GetImageFindingsCommand)
    .rejects(
      Object.assign(new Error("not allowed"), { name: "UnauthorizedOperation", $fault: "client" }),
    );
  await expect(findings(account.contexts(), "base", undefined)).rejects.toThrow("not allowed");
});

test("factory explain prints why findings keep a newer build out, and why a build stays", async () => {
  account.deploy({ findings: policy });
  const { text, exitCode, data } = await explain(account.contexts(), "base", "222222222222");
  const reason =
    "has a finding of severity critical with a fix since 2026-01-02, and the channel allows 0 days";
  const openssl =
    "    critical: CVE-2026-1 - openssl, fix since 2026-01-02, in usr/bin/openssl and 1 more";
  expect(text?.split("\n").slice(0, 5)).toEqual([
    "stable: gets 1.0.1/1",
    `  1.0.2/1 ${reason}`,
    openssl,
    `  1.0.1/1 ${reason}: stays shared until a build can replace it`,
    openssl,
  ]);
  expect(exitCode).toBe(2);
  expect(data).toMatchObject({
    channels: [
      {
        blocking: ["1.0.2/1", "1.0.1/1"].map((build) => ({
          build,
          findings: [
            {
              title: "CVE-2026-1 - openssl",
              severity: "critical",
              fixSince: "2026-01-02T00:00:00.000Z",
              paths: ["usr/bin/openssl", "usr/lib64/libssl.so.3"],
            },
          ],
        })),
      },
    ],
  });
});

test("factory explain names the three most severe findings that block a build, and the command for the others", async () => {
  account.deploy({ findings: { ...policy, maxSeverity: "informational" } });
  const { text } = await explain(account.contexts(), "base", "222222222222");
  expect(text?.split("\n").slice(4, 8)).toEqual([
    "    critical: CVE-2026-1 - openssl, fix since 2026-01-02, in usr/bin/openssl and 1 more",
    "    high: CVE-2026-2 - curl, has a fix",
    "    high: CVE-2026-4 - bash, has a fix",
    "    and 1 more: `npx --no factory findings base 1.0.1/1`",
  ]);
});

test("factory explain and factory builds name no finding that an exception covers", async () => {
  const exceptions = [{ id: "CVE-2026-4", until: "2999-12-31", reason: "not loaded" }];
  account.deploy({ findings: { ...policy, fixWithinDays: { high: 0 }, exceptions } });
  const { text } = await explain(account.contexts(), "base", "222222222222");
  expect(text).toContain("    high: CVE-2026-2 - curl, has a fix\n");
  expect(text).not.toContain("bash");
  const { data } = await builds(account.contexts(), "base");
  expect(data).toMatchObject({
    builds: [{}, { findings: { blocking: [{ title: "CVE-2026-2 - curl" }] } }],
  });
});

test("factory builds lists the findings that block builds with --json, and names the command that lists all", async () => {
  account.deploy({ findings: policy });
  const { text, data } = await builds(account.contexts(), "base");
  expect(text?.split("\n").slice(-2)).toEqual([
    "",
    "to list the findings: `npx --no factory findings base BUILD`",
  ]);
  const openssl = { title: "CVE-2026-1 - openssl", fixSince: "2026-01-02T00:00:00.000Z" };
  expect(data).toMatchObject({
    builds: [
      { build: "1.0.2/1", findings: { heldBackFrom: ["stable"], blocking: [openssl] } },
      { build: "1.0.1/1", findings: { heldBackFrom: [], blocking: [openssl] } },
    ],
  });
  account.deploy({ findings: { ...policy, reportOnly: true } });
  const reported = (await builds(account.contexts(), "base")).data;
  expect(JSON.stringify(reported)).not.toContain("blocking");
});

test("factory explain and factory builds print the rest if findings can't be read, and exit with 1", async () => {
  account.deploy({ findings: policy });
  account.ec2
    .on(GetImageFindingsCommand)
    .rejects(
      Object.assign(new Error("not allowed"), { name: "UnauthorizedOperation", $fault: "client" }),
    );
  for (const { text, exitCode } of [
    await explain(account.contexts(), "base", "222222222222"),
    await builds(account.contexts(), "base"),
  ]) {
    expect(text).toContain("problem: eu-west-1: the findings in ami-2: not allowed");
    expect(text).toContain("1.0.1/1");
    expect(exitCode).toBe(1);
  }
});

test("factory explain prints findings that a channel only reports", async () => {
  account.deploy({ findings: { ...policy, reportOnly: true } });
  account.share("1.0.2/1");
  const { text } = await explain(account.contexts(), "base", "222222222222");
  expect(text?.split("\n").slice(0, 2)).toEqual([
    "stable: gets 1.0.2/1",
    "  1.0.2/1 has a finding of severity critical with a fix since 2026-01-02, and the channel allows 0 days: is only reported",
  ]);
});

describe("factory unapprove of a channel with limits", () => {
  async function questionOf(earlier: typeof critical | undefined): Promise<string> {
    const approved = { "golden-image:approved-stable": "ok" };
    for (const version of ["1.0.2/1", "1.0.1/1"]) account.tagBuild(version, approved);
    account.share("1.0.2/1");
    account.deploy({ approval: "required", findings: policy });
    const clean = { FindingScanDate: date("2026-01-03") };
    account.scan({ "ami-2": clean, "ami-1": earlier ?? clean });
    const options = { image: "base", build: "1.0.2/1", channel: "stable", reason: "CHG-2" };
    let question = "";
    await unapprove(account.contexts(), options, async (text) => {
      question = text;
      return false;
    });
    return question;
  }

  test("names a build that takes its place if the findings of that build are allowed", async () => {
    expect(await questionOf(undefined)).toContain(
      "eu-west-1: stable shares 1.0.1/1 in its place\n",
    );
  });

  test("prints that the build stays shared if the findings of all others exceed the limits", async () => {
    expect(await questionOf(critical)).toContain(
      "eu-west-1: stable has no other eligible build: 1.0.2/1 stays shared until another build is eligible; to remove it now, revoke it\n",
    );
  });
});

describe("factory unrevoke with limits", () => {
  async function textFor(newest: typeof critical | undefined): Promise<string | undefined> {
    account.tagBuild("1.0.2/1", { "golden-image:revoked": "bad" });
    account.deploy({ findings: policy });
    const clean = { FindingScanDate: date("2026-01-03") };
    account.scan({ "ami-1": clean, "ami-2": newest ?? clean });
    account.imageBuilder.on(UntagResourceCommand).resolves({});
    // The updater hasn't seen yet that the revocation is withdrawn.
    const share = { channel: "stable", desired: [`${PREFIX}/1.0.1/1`], shared: [] };
    const shares = [{ ...share, associated: [], failed: [], refused: [] }];
    account.lambda.on(InvokeCommand).resolves({
      Payload: Buffer.from(JSON.stringify({ shares, problems: [], mismatches: [] })) as never,
    });
    const contexts = account.contexts();
    for (const { aws } of contexts) Object.assign(aws, { sleep: async () => undefined });
    const options = { image: "base", build: "1.0.2/1", reason: "CHG-3" };
    return (await unrevoke(contexts, options, async () => true)).text;
  }
  const MISSING = "1.0.2/1 isn't shared in stable yet";

  test("runs the updater twice, and prints that a build with allowed findings isn't shared yet", async () => {
    expect(await textFor(undefined)).toContain(MISSING);
    expect(account.lambda.commandCalls(InvokeCommand)).toHaveLength(2);
  });

  test("doesn't wait for a build whose findings exceed the limits", async () => {
    expect(await textFor(critical)).not.toContain(MISSING);
    expect(account.lambda.commandCalls(InvokeCommand)).toHaveLength(1);
  });
});
