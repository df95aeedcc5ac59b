import type { FindingsPolicy } from "../../../contract/findings";
import { OutOfTimeError } from "../../../lambda/common/deadline";
import type { SharedDespiteFindings } from "../../../lambda/share-updater/image-result";
import type { Aws } from "../../../lambda/share-updater/ports";
import { ScanReader } from "../../../lambda/share-updater/read-scans";
import {
  arnOf,
  type FakeAws,
  type FakeChannel,
  type FakeFinding,
  shareOf,
} from "../../../tools/fixtures/fake-aws";
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

/** Finds something in a build that the channel forbids. */
function find(fake: FakeAws, arn: string): void {
  fake.scan(arn, [critical(fake)]);
}

test("a build with findings doesn't leave for one whose scan ended", async () => {
  const fake = fakeAws(limited);
  const older = fake.addBuild("1.0.0");
  fake.scan(older, []);
  await run(fake);
  fake.time += 31 * DAY_MS;
  const newer = fake.addBuild("1.0.1");
  fake.scan(newer, []);
  await run(fake);
  find(fake, newer);
  const [despite] = (await reported(fake)) ?? [];
  expect(despite).toMatchObject({ build: newer });
  expect(fake.sharedIn("stable")).toEqual([newer, older]);
});

test("a build with findings doesn't leave for one that was never scanned when a channel gets limits", async () => {
  const fake = fakeAws(stable);
  const older = fake.addBuild("1.0.0");
  const newer = fake.addBuild("1.0.1");
  await run(fake);
  find(fake, newer);
  fake.deploy([limited]);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([newer, older]);
});

test("a build whose approval is withdrawn leaves for one whose scan ended", async () => {
  const fake = fakeAws({ ...limited, approval: "required" });
  const arns = ["1.0.0", "1.0.1"].map((version) => fake.addBuild(version));
  for (const arn of arns) {
    fake.scan(arn, []);
    fake.approve(arn, "stable", true);
  }
  await run(fake);
  fake.time += 31 * DAY_MS;
  fake.approve(arns[1]!, "stable", false);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([arns[0]]);
  expect(fake.violations).toEqual([]);
});

test("a build without a scan that another channel shares replaces nothing in a share to which it was added by hand, and gets no launch permission there", async () => {
  const both = ["222222222222", "333333333333"];
  const fake = fakeAws(
    { ...limited, keep: 1, audience: both },
    { ...stable, name: "canary", keep: 1 },
  );
  const scanned = fake.addBuild("1.0.0");
  fake.scan(scanned, []);
  await run(fake);
  const added = fake.addBuild("1.0.1");
  await run(fake);
  fake.editShare("stable", added, true);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([scanned]);
  expect(fake.launchersOf(added)).toEqual(["222222222222"]);
  expect(fake.violations).toEqual([]);
});

test("a build without a scan gives no launch permission if another channel may have given the one that it has", async () => {
  const fake = fakeAws(limited, { ...stable, name: "canary", keep: 1 });
  fake.scan(fake.addBuild("1.0.0"), []);
  const added = fake.addBuild("1.0.1");
  await run(fake);
  fake.addBuild("1.0.2");
  await run(fake);
  fake.editShare("stable", added, true);
  const audience = [...stable.audience, "333333333333"];
  fake.deploy([
    { ...limited, audience },
    { ...stable, name: "canary", keep: 1, audience },
  ]);
  await run(fake);
  expect(fake.sharedIn("stable")).toContain(added);
  expect(fake.launchersOf(added)).toEqual(stable.audience);
  expect(fake.violations).toEqual([]);
});

const ORGANIZATION = "arn:aws:organizations::999999999999:organization/o-abcdefghij";

/**
 * Returns what the audience of a channel gets, after two runs and full runs beyond grace periods.
 */
async function settled(fake: FakeAws) {
  await run(fake);
  await run(fake);
  const arns = fake.sharedIn("stable");
  const launchers = arns.map((arn) => fake.launchersOf(arn));
  await fullRun(fake);
  fake.time += 40 * DAY_MS;
  await fullRun(fake);
  expect(arns.map((arn) => fake.launchersOf(arn))).toEqual(launchers);
  expect(fake.violations).toEqual([]);
  return launchers;
}

test("a new audience gets the launch permission of a shared build that left the scan window, and the old one loses it", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  const build = fake.addBuild("1.0.0");
  fake.scan(build, []);
  await run(fake);
  fake.time += 31 * DAY_MS;
  await run(fake);
  fake.deploy([{ ...limited, keep: 1, audience: [ORGANIZATION] }]);
  expect(await settled(fake)).toEqual([[ORGANIZATION]]);
});

test("a build is marked as shared while its channel only reports findings, so that a new audience can launch it later", async () => {
  const reporting = { ...limited, keep: 1, findings: { ...findings, reportOnly: true } };
  const fake = fakeAws(reporting);
  const build = fake.addBuild("1.0.0");
  await run(fake);
  expect(fake.builds.get(build)?.tags).toEqual({
    "golden-image:shared-in-stable": expect.stringMatching(/^2026-01-01T00:00:\d\d/),
  });
  fake.deploy([{ ...limited, keep: 1, audience: [ORGANIZATION] }]);
  expect(await settled(fake)).toEqual([[ORGANIZATION]]);
});

test("a build is shared although it can't be marked, and the run returns the error", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  const build = fake.addBuild("1.0.0");
  fake.scan(build, []);
  const markShared = () => Promise.reject(new Error("throttled"));
  const aws = { images: { ...fake.aws.images, markShared } };
  expect((await run(fake, { aws })).problems).toEqual(["throttled"]);
  expect([fake.sharedIn("stable"), fake.builds.get(build)?.tags]).toEqual([[build], {}]);
  await run(fake);
  expect(Object.keys(fake.builds.get(build)!.tags)).toEqual(["golden-image:shared-in-stable"]);
  fake.startRun();
  await run(fake);
  expect(fake.writes).toBe(0);
});

test("a build isn't marked in a channel without limits", async () => {
  const fake = fakeAws(stable);
  const build = fake.addBuild("1.0.0");
  await run(fake);
  expect([fake.sharedIn("stable"), fake.builds.get(build)?.tags]).toEqual([[build], {}]);
});

test("the permission of another channel's earlier audience doesn't show that the updater shared a build", async () => {
  const canary = { ...stable, name: "canary", keep: 1, audience: ["333333333333"] };
  const fake = fakeAws({ ...limited, keep: 1 }, canary);
  const scanned = fake.addBuild("1.0.0");
  fake.scan(scanned, []);
  const added = fake.addBuild("1.0.1");
  await run(fake);
  fake.addBuild("1.0.2");
  await run(fake);
  fake.deploy([
    { ...limited, keep: 1 },
    { ...canary, audience: ["444444444444"] },
  ]);
  fake.editShare("stable", added, true);
  await run(fake);
  expect([fake.sharedIn("stable"), fake.launchersOf(added)]).toEqual([[scanned], []]);
  expect(fake.violations).toEqual([]);
});

test("a build that was added by hand takes no place while its findings can't be read", async () => {
  const exceptions = [{ id: "CVE-1", until: "2026-12-31", reason: "not reachable" }];
  const fake = fakeAws({ ...limited, keep: 2, findings: { ...findings, exceptions } });
  const arns = ["1.0.0", "1.0.1"].map((version) => fake.addBuild(version));
  for (const arn of arns) fake.scan(arn, []);
  await run(fake);
  const added = fake.addBuild("1.0.2");
  fake.scan(added, [critical(fake)]);
  fake.failing.add("findings");
  fake.editShare("stable", added, true);
  await run(fake);
  expect([fake.sharedIn("stable"), fake.launchersOf(added)]).toEqual([arns.reverse(), []]);
  expect(fake.violations).toEqual([]);
});

test("a new audience gets the launch permission of a shared build with findings while there is no better one", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  const build = fake.addBuild("1.0.0");
  fake.scan(build, []);
  await run(fake);
  fake.scan(build, [critical(fake)]);
  await run(fake);
  fake.deploy([{ ...limited, keep: 1, audience: [ORGANIZATION] }]);
  expect(await settled(fake)).toEqual([[ORGANIZATION]]);
});

test("a channel with a new audience shares the same builds while scans can't be read, and the audience can launch them", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  const builds = ["1.0.1", "1.0.2", "1.0.3"].map((version) => fake.addBuild(version));
  for (const build of builds) fake.scan(build, []);
  const newest = builds[2]!;
  await run(fake);
  fake.deploy([{ ...limited, keep: 1, audience: [ORGANIZATION] }]);
  fake.failing.add("scans");
  expect((await run(fake)).problems).toEqual(["denied: scans"]);
  expect([fake.sharedIn("stable"), fake.launchersOf(newest)]).toEqual([[newest], [ORGANIZATION]]);
  fake.failing.clear();
  await run(fake);
  expect([fake.sharedIn("stable"), fake.launchersOf(newest)]).toEqual([[newest], [ORGANIZATION]]);
  expect(fake.violations).toEqual([]);
});

test("an account that joins two channels gets the launch permission of a build without a scan that one of them still shares", async () => {
  const canary = { ...stable, name: "canary", keep: 1 };
  const fake = fakeAws({ ...limited, keep: 1 }, canary);
  const build = fake.addBuild("1.0.0");
  fake.scan(build, []);
  await run(fake);
  fake.time += 31 * DAY_MS;
  fake.addBuild("1.0.1");
  await run(fake);
  expect([fake.sharedIn("stable"), fake.sharedIn("canary")]).toEqual([
    [build],
    [arnOf("1.0.1", 1)],
  ]);
  const audience = [...stable.audience, "333333333333"];
  fake.deploy([
    { ...limited, keep: 1, audience },
    { ...canary, audience },
  ]);
  expect(await settled(fake)).toEqual([audience]);
});

test("a copy whose launch permission can't be read doesn't keep a build without a scan in a share to which it was added by hand", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  const scanned = fake.addBuild("1.0.0");
  fake.scan(scanned, []);
  await run(fake);
  const added = fake.addBuild("1.0.1", "AVAILABLE", 0, ["us-east-1"]);
  fake.failing.add(fake.builds.get(added)!.amis[1]!.id);
  fake.editShare("stable", added, true);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([scanned]);
  expect(fake.launchersOf(added)).toEqual([]);
});

test("the updater finds an older build behind one without a scan that was added by hand", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  const scanned = fake.addBuild("1.0.0");
  fake.scan(scanned, []);
  const added = fake.addBuild("1.0.1");
  fake.editShare("stable", added, true);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([scanned]);
});

test("an account that joins gets the launch permission of a build whose scan ended, also while scans can't be read", async () => {
  const fake = fakeAws(limited);
  const build = fake.addBuild("1.0.0");
  fake.scan(build, []);
  await run(fake);
  fake.forgetScan(build);
  const audience = [...stable.audience, "444444444444"];
  fake.deploy([{ ...limited, audience }]);
  fake.failing.add("scans");
  await run(fake);
  expect(fake.launchersOf(build)).toEqual(audience);
});

test("one call that fails adds no older build, because a build whose scan can't be read takes up its place", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  for (const version of ["1.0.0", "1.0.1", "1.0.2"]) fake.scan(fake.addBuild(version), []);
  await run(fake);
  const before = fake.sharedIn("stable");
  let calls = 0;
  const { amis } = fake.aws;
  const scans: typeof amis.scans = (ids) => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error("RequestLimitExceeded")) : amis.scans(ids);
  };
  await run(fake, { aws: { amis: { ...amis, scans } } });
  expect([before, fake.sharedIn("stable")]).toEqual([[arnOf("1.0.2", 1)], before]);
});

test("builds whose findings can't be read leave for newer ones", async () => {
  const exceptions = [{ id: "CVE-9", until: "2026-12-31", reason: "not reachable" }];
  const fake = fakeAws({ ...limited, keep: 1, findings: { ...findings, exceptions } });
  fake.failing.add("findings");
  for (const version of ["1.0.0", "1.0.1", "1.0.2"]) {
    const build = fake.addBuild(version);
    fake.scan(build, []);
    await run(fake);
    find(fake, build);
    await run(fake);
  }
  expect(fake.sharedIn("stable")).toEqual([arnOf("1.0.2", 1)]);
});

test("a healthy image whose older builds left the scan window isn't reported", async () => {
  const fake = fakeAws({ ...limited, keep: 3 });
  for (let month = 0; month < 4; month += 1) {
    fake.scan(fake.addBuild(`1.0.${month}`), []);
    await run(fake);
    fake.time += 30 * DAY_MS;
  }
  const newest = fake.addBuild("1.0.4");
  fake.scan(newest, []);
  expect(await reported(fake)).toEqual([]);
  expect(fake.sharedIn("stable")).toHaveLength(3);
  fake.forgetScan(newest);
  expect(await reported(fake)).toMatchObject([{ build: newest }]);
});

test("limits cost few calls for an image whose older builds left the scan window, also while no build is eligible", async () => {
  const callsOf = async (channel: FakeChannel, before: FakeChannel): Promise<object> => {
    const fake = fakeAws({ ...before, keep: 3 });
    for (let month = 0; month < 60; month += 1) {
      fake.scan(fake.addBuild(`1.0.${month}`), []);
      fake.time += 30 * DAY_MS;
    }
    await run(fake);
    fake.deploy([{ ...channel, keep: 3 }]);
    fake.startRun();
    await run(fake);
    return { ...fake.callsOf };
  };
  expect(await callsOf(stable, stable)).toEqual({ ram: 3, imageBuilder: 4, ec2: 3, sqs: 0 });
  expect(await callsOf(limited, stable)).toEqual({ ram: 3, imageBuilder: 4, ec2: 4, sqs: 0 });
  // No build is eligible. Only two are young enough to be scanned.
  expect(await callsOf(limited, limited)).toEqual({ ram: 3, imageBuilder: 3, ec2: 1, sqs: 0 });
});

test("the updater looks at builds until two weeks after the scan window, because a build can take days", async () => {
  const fake = fakeAws(limited);
  for (let patch = 0; patch < 10; patch += 1) {
    fake.addBuild(`1.0.${patch}`);
    fake.time += 10 * DAY_MS;
  }
  fake.startRun();
  await run(fake);
  // The list of versions, and those that are 10, 20, 30, 40 and 50 days old.
  expect(fake.callsOf).toMatchObject({ imageBuilder: 6 });
});

test("the updater looks below builds that left the scan window for a shared build, and for what is newer", async () => {
  const fake = fakeAws({ ...stable, keep: 1 });
  const shared = fake.addBuild("1.0.0");
  await run(fake);
  const newer = ["1.0.1", "1.0.2"].map((version) => fake.addBuild(version));
  fake.time += 60 * DAY_MS;
  fake.deploy([{ ...limited, keep: 2 }]);
  fake.revoke(newer[0]!);
  fake.startRun();
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([shared]);
  // The list of versions, and each version.
  expect(fake.callsOf).toMatchObject({ imageBuilder: 4 });
});

test("the updater looks below builds that left the scan window for a channel that only reports", async () => {
  const reporting = { ...limited, keep: 1, findings: { ...findings, reportOnly: true } };
  const fake = fakeAws({ ...reporting, approval: "required" });
  const approved = fake.addBuild("1.0.0");
  fake.approve(approved, "stable", true);
  fake.addBuild("1.0.1");
  fake.time += 60 * DAY_MS;
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([approved]);
});

test("a full run finds a build of an older version that was started later, and later runs keep it", async () => {
  const fake = fakeAws({ ...limited, keep: 2 });
  fake.addBuild("1.0.1");
  fake.time += 60 * DAY_MS;
  const late = fake.addBuild("1.0.0");
  fake.scan(late, []);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([]);
  await fullRun(fake);
  expect(fake.sharedIn("stable")).toEqual([late]);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual([late]);
});

test("a run that has no time to list all builds removes a revoked one before it ends", async () => {
  const fake = fakeAws({ ...stable, keep: 1 });
  for (let patch = 0; patch < 50; patch += 1) fake.addBuild(`1.0.${patch}`);
  await run(fake);
  const [newest] = fake.sharedIn("stable");
  fake.deploy([{ ...limited, keep: 1 }]);
  fake.revoke(newest!);
  fake.msPerCall = 1_000;
  const aws = { deadline: fake.time + 40_000 };
  await expect(run(fake, { aws })).rejects.toThrow(
    "the run had no time left for the rest of the image; a later run continues",
  );
  expect([fake.sharedIn("stable"), fake.launchersOf(newest!)]).toEqual([[], []]);
  expect(fake.time).toBeLessThan(aws.deadline);
});

test("ScanReader throws if no time is left to read findings, and doesn't count that as a failed call", async () => {
  const exceptions = [{ id: "CVE-1", until: "2026-12-31", reason: "not reachable" }];
  const channel = { ...limited, share: shareOf("stable"), findings: { ...findings, exceptions } };
  const fake = fakeAws(channel);
  const build = fake.addBuild("1.0.0");
  find(fake, build);
  fake.msPerCall = 1_000;
  const scans = new ScanReader(fake.aws, [channel]);
  const time = { now: fake.aws.now, deadline: fake.time + 500 };
  const builds = [fake.builds.get(build)!];
  await expect(scans.read(time, builds, new Map(), new Set())).rejects.toThrow(OutOfTimeError);
  expect(scans.errors).toEqual([]);
});

test("without RAM, a run lists as many builds for a channel with limits as for another", async () => {
  const fake = fakeAws({ ...limited, keep: 1 });
  for (let patch = 0; patch < 50; patch += 1) fake.addBuild(`1.0.${patch}`);
  fake.failing.add(shareOf("stable"));
  fake.startRun();
  await expect(run(fake)).rejects.toThrow("denied");
  expect(fake.callsOf).toMatchObject({ imageBuilder: 2 });
});
