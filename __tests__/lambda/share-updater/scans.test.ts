import type { FindingsPolicy } from "../../../contract/findings";
import type { Aws } from "../../../lambda/share-updater/ports";
import type { SharedDespiteFindings } from "../../../lambda/share-updater/reconcile-image";
import type { FakeAws, FakeFinding } from "../../../tools/fixtures/fake-aws";
import { DAY_MS, fakeAws, fullRun, run, silentReport, stable } from "./support";

const findings: FindingsPolicy = {
  fixWithinDays: { critical: 0, high: 7 },
  scanWindowDays: 30,
  exceptions: [],
  reportOnly: false,
};
const limited = { ...stable, findings };

function critical(fake: FakeAws): FakeFinding {
  const since = fake.time - DAY_MS;
  return { title: "CVE-1 - a", severity: "critical", fixSince: since, firstObservedAt: since };
}

/** Runs the updater, and returns the IDs of the AMIs whose scans and findings it reads. */
async function readsOf(fake: FakeAws, isFull = false) {
  const reads = { scans: [] as string[][], findings: [] as string[] };
  const { amis } = fake.aws;
  const aws: Partial<Aws> = {
    amis: {
      ...amis,
      scans: (ids) => {
        reads.scans.push([...ids]);
        return amis.scans(ids);
      },
      findings: (ami) => {
        reads.findings.push(ami.id);
        return amis.findings(ami);
      },
    },
  };
  await (isFull ? fullRun : run)(fake, { aws });
  return reads;
}

/** Runs the updater, and returns the builds that it reports. */
async function reported(fake: FakeAws): Promise<readonly SharedDespiteFindings[] | undefined> {
  let found: readonly SharedDespiteFindings[] | undefined;
  const report = {
    ...silentReport,
    imageReconciled: (_image: string, result: { sharedDespiteFindings?: typeof found }) => {
      found = result.sharedDespiteFindings;
    },
  };
  await run(fake, { report });
  return found;
}

test("the updater reads no scans without a channel that has limits for findings", async () => {
  const fake = fakeAws(stable);
  fake.addBuild("1.0.0");
  expect(await readsOf(fake, true)).toEqual({ scans: [], findings: [] });
  expect(await reported(fake)).toBeUndefined();
});

test("the updater reads the scans of as many builds as a channel needs, and only once, also in a full run", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  for (let patch = 0; patch < 20; patch += 1) fake.scan(fake.addBuild(`1.0.${patch}`), []);
  expect(await readsOf(fake)).toEqual({ scans: [["ami-1.0.19-1"]], findings: [] });
  fake.scan([...fake.builds.keys()].at(-1)!, [critical(fake)]);
  expect(await readsOf(fake, true)).toEqual({
    scans: [["ami-1.0.19-1"], ["ami-1.0.18-1"]],
    findings: [],
  });
});

test("the updater reads findings only of builds that an exception could let in", async () => {
  const exceptions = [{ id: "CVE-1", until: "2026-12-31", reason: "not reachable" }];
  const fake = fakeAws({ ...limited, keep: 1, findings: { ...findings, exceptions } });
  fake.scan(fake.addBuild("1.0.0"), []);
  const excepted = fake.addBuild("1.0.1");
  fake.scan(excepted, [critical(fake)]);
  expect(await readsOf(fake)).toEqual({
    scans: [["ami-1.0.1-1"]],
    findings: ["ami-1.0.1-1"],
  });
  expect(fake.sharedIn("stable")).toEqual([excepted]);
  expect(await reported(fake)).toEqual([]);
});

test("a channel keeps a build whose exception ends until a better build is there, and reports it", async () => {
  const exceptions = [{ id: "CVE-1", until: "2026-01-02", reason: "not reachable" }];
  const fake = fakeAws({ ...limited, findings: { ...findings, exceptions } });
  const build = fake.addBuild("1.0.0");
  fake.scan(build, [critical(fake)]);
  await run(fake);
  fake.time += 2 * DAY_MS;
  expect(await reported(fake)).toEqual([
    {
      channel: "stable",
      build,
      reasons: [
        "has a finding of severity critical with a fix since 2025-12-31, and the channel allows 0 days",
      ],
      reportOnly: false,
    },
  ]);
  expect(fake.sharedIn("stable")).toEqual([build]);
  const better = fake.addBuild("1.0.1");
  fake.scan(better, []);
  expect(await reported(fake)).toEqual([]);
  expect(fake.sharedIn("stable")).toEqual([better]);
  expect(fake.violations).toEqual([]);
});

test("a channel doesn't share a build that wasn't scanned, and keeps one whose scan ends while older builds have scans", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  const older = fake.addBuild("1.0.0");
  const newer = fake.addBuild("1.0.1");
  fake.scan(older, []);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([older]);
  fake.scan(newer, []);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([newer]);
  fake.forgetScan(newer);
  expect(await reported(fake)).toEqual([
    {
      channel: "stable",
      build: newer,
      reasons: ["wasn't scanned by Amazon Inspector"],
      reportOnly: false,
    },
  ]);
  expect(fake.sharedIn("stable")).toEqual([newer]);
});

test("a channel goes back to an older build without findings, and the newer one keeps its launch permission", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  const older = fake.addBuild("1.0.0");
  const newer = fake.addBuild("1.0.1");
  for (const arn of [older, newer]) fake.scan(arn, []);
  await run(fake);
  fake.scan(newer, [critical(fake)]);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([older]);
  fake.time += 60 * DAY_MS;
  fake.scan(older, []);
  await fullRun(fake);
  expect(fake.launchersOf(newer)).toEqual(stable.audience);
});

test("a build without a scan that was added to a share by hand leaves it, and gets no launch permission", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  const older = fake.addBuild("1.0.0");
  fake.scan(older, []);
  await run(fake);
  const added = fake.addBuild("1.0.1");
  fake.editShare("stable", added, true);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([older]);
  expect(fake.launchersOf(added)).toEqual([]);
});

test("a channel shares an older build with a scan while another channel shares newer ones without", async () => {
  const fake = fakeAws({ ...limited, keep: 1 }, { ...stable, name: "all", keep: 1 });
  const scanned = fake.addBuild("1.0.0");
  fake.scan(scanned, []);
  const newer = fake.addBuild("1.0.1");
  await run(fake);
  fake.editShare("stable", scanned, false);
  await run(fake);
  expect([fake.sharedIn("stable"), fake.sharedIn("all")]).toEqual([[scanned], [newer]]);
});

test("a channel changes nothing about builds whose scans can't be read, and the run returns the error", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  const arns = ["1.0.0", "1.0.1"].map((version) => fake.addBuild(version));
  for (const arn of arns) fake.scan(arn, []);
  await run(fake);
  const [older] = arns;
  fake.deploy([{ ...limited, keep: 1, audience: ["444444444444"] }]);
  fake.failing.add("scans");
  fake.startRun();
  expect((await run(fake)).problems).toEqual(["denied: scans"]);
  expect(fake.sharedIn("stable")).toEqual([arns[1]]);
  expect(fake.sharedIn("stable")).not.toContain(older);
});

test("a channel that only reports shares builds with findings, and reports them", async () => {
  const fake = fakeAws({ ...limited, findings: { ...findings, reportOnly: true } });
  const build = fake.addBuild("1.0.0");
  fake.scan(build, [critical(fake)]);
  expect(await reported(fake)).toEqual([
    {
      channel: "stable",
      build,
      reasons: [
        "has a finding of severity critical with a fix since 2025-12-31, and the channel allows 0 days",
      ],
      reportOnly: true,
    },
  ]);
  expect(fake.sharedIn("stable")).toEqual([build]);
});
