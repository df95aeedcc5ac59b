import { READ_LAG_MS } from "../../../lambda/share-updater/read-again";
import { arnOf, FakeAws, randomFrom, shareOf } from "../../../tools/fixtures/fake-aws";
import {
  buildMessage,
  canary,
  DAY_MS,
  fakeAws,
  fullRun,
  HOUR_MS,
  handle,
  recordingReport,
  run,
  sqsEvent,
  stable,
} from "./support";

// Each fault that the updater once had, with its shortest history. "before" names what the updater
// did then.

const requiringApproval = { ...canary, approval: "required" as const };

/** Runs the updater every day, fully, for some days. */
async function fullRunsFor(fake: FakeAws, days: number): Promise<void> {
  for (let day = 0; day < days; day += 1) {
    fake.time += DAY_MS;
    await fullRun(fake);
  }
}

describe("launch permissions", () => {
  test("F1: a build that isn't approved and is put into a share by hand gives no launch permission (before: for ever)", async () => {
    const fake = fakeAws(requiringApproval);
    const approved = fake.addBuild("1.0.0");
    fake.approve(approved, "canary", true);
    await run(fake);
    const unapproved = fake.addBuild("1.0.1");
    fake.editShare("canary", unapproved, true);
    await run(fake);
    expect(fake.sharedIn("canary")).toEqual([approved]);
    expect(fake.launchersOf(unapproved)).toEqual([]);
    expect(fake.violations).toEqual([]);
  });

  test("F1: a build in its bake time gives none either, where the channel has no other build", async () => {
    const fake = fakeAws({ ...canary, bakeHours: 24 });
    const arn = fake.addBuild("1.0.0");
    fake.editShare("canary", arn, true);
    await run(fake);
    expect(fake.launchersOf(arn)).toEqual([]);
  });

  test("F2: an account that left a channel loses the launch permission of older builds after the grace period (before: never)", async () => {
    const audience = ["222222222222", "333333333333"];
    const fake = fakeAws({ ...canary, audience });
    const old = fake.addBuild("1.0.0");
    await run(fake);
    const shared = fake.addBuild("1.0.1");
    await run(fake);
    fake.deploy([{ ...canary, audience: ["222222222222"] }]);
    await run(fake);
    expect(fake.launchersOf(shared)).toEqual(["222222222222"]);
    expect(fake.launchersOf(old)).toEqual(audience);
    await fullRunsFor(fake, 30);
    expect(fake.launchersOf(old)).toEqual(audience);
    await fullRunsFor(fake, 1);
    // The account that is still in the channel may launch a build that is too old for `keep`.
    expect(fake.launchersOf(old)).toEqual(["222222222222"]);
    expect(fake.violations).toEqual([]);
  });

  test("F3: an image that left the factory file loses its launch permissions after the grace period (before: never)", async () => {
    const fake = fakeAws(canary);
    const arn = fake.addBuild("1.0.0", "AVAILABLE", 0, ["us-east-1"]);
    await run(fake);
    fake.deploy([]);
    await handle(fake, { full: true });
    expect(fake.queue.map(({ body }) => body)).toEqual(['{"image":"base","full":true}']);
    await fullRunsFor(fake, 31);
    expect(fake.launchersOf(arn)).toEqual([]);
  });

  test("F3: revoking a build of an image that left the factory file takes its launch permissions at the next full run (before: silently never)", async () => {
    const fake = fakeAws(canary);
    const arn = fake.addBuild("1.0.0");
    await run(fake);
    fake.deploy([]);
    fake.revoke(arn);
    await fullRun(fake);
    expect(fake.launchersOf(arn)).toEqual([]);
  });

  test("F3: `factory revoke` takes them at once", async () => {
    const fake = fakeAws(canary);
    const arn = fake.addBuild("1.0.0");
    await run(fake);
    fake.deploy([]);
    fake.revoke(arn);
    await handle(fake, { image: "base", build: arn });
    expect(fake.launchersOf(arn)).toEqual([]);
  });

  test("F11: a build whose AMI at home is deregistered isn't shared, although a copy is left (before: it was)", async () => {
    const fake = fakeAws(canary);
    const good = fake.addBuild("1.0.0");
    await run(fake);
    const bad = fake.addBuild("1.0.1", "AVAILABLE", 0, ["us-east-1"]);
    fake.deregister(bad, ({ region }) => region === "eu-west-1");
    await run(fake);
    expect(fake.sharedIn("canary")).toEqual([good]);
  });

  test.each([
    ["can't be called any more", (fake: FakeAws) => fake.failing.add("ami-1.0.0-1-us-east-1")],
    ["is denied", (fake: FakeAws) => fake.failing.add("change ami-1.0.0-1-us-east-1")],
    [
      "has no copy any more",
      (fake: FakeAws) => fake.deregister(arnOf("1.0.0", 1), ({ region }) => region === "us-east-1"),
    ],
  ])(
    "F12: a build with a copy in a Region that %s is shared again (before: never)",
    async (_title, endCopies) => {
      const fake = fakeAws(canary);
      const old = fake.addBuild("1.0.0", "AVAILABLE", 0, ["us-east-1"]);
      const next = fake.addBuild("1.0.1");
      await run(fake);
      endCopies(fake);
      fake.revoke(next);
      await run(fake);
      expect(fake.sharedIn("canary")).toEqual([old]);
    },
  );

  test("a revoked build loses its launch permissions even when RAM can't be read", async () => {
    const fake = fakeAws(canary);
    const build = fake.addBuild("1.0.0");
    await run(fake);
    fake.revoke(build);
    const ram = { ...fake.aws.ram, shares: () => Promise.reject(new Error("no RAM")) };
    await expect(run(fake, { aws: { ram } })).rejects.toThrow(/^no RAM$/);
    expect(fake.launchersOf(build)).toEqual([]);
  });

  test("a build whose AMI at home can't be read gives nothing on its copies: the AMI may be deregistered", async () => {
    const fake = fakeAws(canary);
    const build = fake.addBuild("1.0.0", "AVAILABLE", 0, ["us-east-1"]);
    fake.failing.add("ami-1.0.0-1");
    await run(fake);
    expect(fake.launchersOf(build)).toEqual([]);
  });

  test("a full run finds copies of deleted builds in a Region that only a deregistered copy names", async () => {
    const fake = fakeAws(canary);
    fake.deregister(
      fake.addBuild("1.0.0", "AVAILABLE", 0, ["us-east-1"]),
      ({ region }) => region === "us-east-1",
    );
    fake.addAmi({ region: "us-east-1", id: "ami-left" }, arnOf("0.9.0", 1));
    fake.amis.get("ami-left")?.launchers.add("888888888888");
    await run(fake);
    await fullRun(fake);
    expect(fake.amis.get("ami-left")?.tags).toHaveProperty(["golden-image:orphaned-since"]);
  });

  test("an older build that is in a share by hand gives nothing when the newest turns out to be deregistered", async () => {
    const fake = fakeAws(canary, { ...canary, name: "stable", audience: ["333333333333"] });
    const byHand = fake.addBuild("1.0.0");
    const next = fake.addBuild("1.0.0");
    const newest = fake.addBuild("1.0.1");
    await run(fake);
    fake.deregister(newest);
    fake.editShare("canary", byHand, true);
    await run(fake);
    expect(fake.launchersOf(byHand)).toEqual([]);
    expect(fake.sharedIn("stable")).toEqual([next]);
    expect(fake.violations).toEqual([]);
  });

  test("a full run that has no time for all AMIs reports those that it has looked at", async () => {
    const fake = fakeAws(canary);
    for (let patch = 0; patch < 50; patch += 1)
      fake.permit(fake.addBuild(`1.0.${patch}`), "888888888888");
    await run(fake);
    const { problems } = await fullRun(fake, { aws: { deadline: fake.time + 2_000 } });
    expect(problems).toEqual([
      "the run had no time left for the rest of the image; a later run continues",
    ]);
    const marked = [...fake.amis.values()].filter(
      ({ tags }) => tags["golden-image:orphaned-since"],
    );
    expect(marked.length).toBeGreaterThan(0);
    expect(marked.length).toBeLessThan(49);
  });

  test("a full run finds copies of deleted builds in every Region of the factory", async () => {
    const fake = fakeAws(canary);
    fake.manifest = { ...fake.manifest, regions: ["eu-west-1", "us-east-1"] };
    fake.addAmi({ region: "us-east-1", id: "ami-left" }, arnOf("0.9.0", 1));
    fake.amis.get("ami-left")?.launchers.add("222222222222");
    await fullRun(fake);
    expect(fake.amis.get("ami-left")?.tags).toHaveProperty(["golden-image:orphaned-since"]);
  });

  test("F15: the run that a deployment starts lets a new account launch the shared builds (before: up to an hour later)", async () => {
    const fake = fakeAws(canary);
    const arn = fake.addBuild("1.0.0");
    await run(fake);
    fake.deploy([{ ...canary, audience: ["222222222222", "333333333333"] }]);
    // What the deployment sends, and then the queue.
    await handle(fake, {});
    await handle(fake, sqsEvent(fake.queue[0]!.body));
    expect(fake.launchersOf(arn)).toEqual(["222222222222", "333333333333"]);
  });

  test("the grace period of an account doesn't start again when others come and go", async () => {
    const fake = fakeAws({ ...canary, audience: ["222222222222", "333333333333"] });
    const old = fake.addBuild("1.0.0");
    await run(fake);
    fake.addBuild("1.0.1");
    await run(fake);
    fake.deploy([{ ...canary, audience: ["333333333333"] }]);
    await fullRunsFor(fake, 16);
    fake.deploy([{ ...canary, audience: ["444444444444"] }]);
    await fullRunsFor(fake, 15);
    expect(fake.launchersOf(old)).toEqual(["333333333333"]);
    await fullRunsFor(fake, 16);
    expect(fake.launchersOf(old)).toEqual([]);
    expect(fake.violations).toEqual([]);
  });

  test("the grace period doesn't start again when a full run can't read the tags of AMIs", async () => {
    const fake = fakeAws(canary);
    const old = fake.addBuild("1.0.0");
    await run(fake);
    fake.deploy([]);
    await fullRunsFor(fake, 20);
    fake.failing.add("eu-west-1");
    await fullRunsFor(fake, 1);
    fake.failing.clear();
    await fullRunsFor(fake, 10);
    expect(fake.launchersOf(old)).toEqual([]);
  });

  test("more orphaned accounts than a tag has room for lose the launch permission together", async () => {
    const audience = Array.from({ length: 60 }, (_, index) => `${100_000_000_000 + index}`);
    const fake = fakeAws({ ...canary, audience });
    const old = fake.addBuild("1.0.0");
    await run(fake);
    fake.deploy([]);
    await fullRunsFor(fake, 30);
    expect(fake.launchersOf(old)).toHaveLength(60);
    expect(fake.amisOf(old)[0]?.tags["golden-image:orphaned-since"]?.length).toBeLessThan(257);
    await fullRunsFor(fake, 1);
    expect(fake.launchersOf(old)).toEqual([]);
  });

  test("an orphaned launch permission is reported until it is removed, and at once without a grace period", async () => {
    const fake = new FakeAws([canary], randomFrom(1), "ami", 0);
    const arn = fake.addBuild("1.0.0");
    await run(fake);
    fake.deploy([]);
    await fullRun(fake);
    expect(fake.launchersOf(arn)).toEqual([]);
  });

  test("without a grace period, an AMI loses its launch permissions only once two answers agree that its build is deleted", async () => {
    const fake = new FakeAws([canary], randomFrom(1), "ami", 0);
    const arn = fake.addBuild("1.0.0");
    await run(fake);
    fake.deploy([]);
    fake.delete(arn);
    const before = fake.time;
    await fullRun(fake);
    expect(fake.time - before).toBeGreaterThanOrEqual(READ_LAG_MS);
    expect([...fake.amis.get("ami-1.0.0-1")!.launchers]).toEqual([]);
  });

  test("a channel that comes back within the grace period keeps its launch permissions", async () => {
    const fake = fakeAws(canary);
    const arn = fake.addBuild("1.0.0");
    await run(fake);
    fake.deploy([]);
    await fullRunsFor(fake, 20);
    expect(fake.amisOf(arn)[0]?.tags["golden-image:orphaned-since"]).toBeDefined();
    fake.deploy([canary]);
    await fullRunsFor(fake, 20);
    expect(fake.launchersOf(arn)).toEqual(["222222222222"]);
    expect(fake.amisOf(arn)[0]?.tags["golden-image:orphaned-since"]).toBeUndefined();
  });

  test("AMIs of a deleted build lose their launch permissions, and an AMI that only claims to be a build's doesn't", async () => {
    const fake = fakeAws(canary);
    const deleted = fake.addBuild("1.0.0");
    await run(fake);
    fake.addBuild("1.0.1");
    await run(fake);
    fake.delete(deleted);
    fake.addAmi({ region: "eu-west-1", id: "ami-claims" }, arnOf("1.0.1", 1));
    fake.amis.get("ami-claims")!.launchers.add("222222222222");
    await fullRunsFor(fake, 31);
    expect([...fake.amis.get("ami-1.0.0-1")!.launchers]).toEqual([]);
    expect([...fake.amis.get("ami-claims")!.launchers]).toEqual(["222222222222"]);
    expect(fake.violations).toEqual([]);
  });
});

describe("one bad thing doesn't stop the rest", () => {
  test("F4: a bake time of 9999999999 hours doesn't keep a revoked build in the other shares (before: the image stood still)", async () => {
    const fake = fakeAws({ ...stable, bakeHours: 9_999_999_999 }, canary);
    const first = fake.addBuild("1.0.0");
    const revoked = fake.addBuild("1.0.1");
    await run(fake);
    fake.revoke(revoked);
    const { problems } = await run(fake);
    expect(problems).toEqual([]);
    expect(fake.sharedIn("canary")).toEqual([first]);
  });

  test("F4: a build without a date isn't shared and doesn't keep a revoked one in the share, and ages stay numbers", async () => {
    const fake = fakeAws(canary);
    const first = fake.addBuild("1.0.0");
    const revoked = fake.addBuild("1.0.1");
    await run(fake);
    fake.revoke(revoked);
    const undated = fake.addBuild("1.0.2");
    fake.change(undated, { createdAt: Number.NaN });
    await run(fake);
    expect(fake.sharedIn("canary")).toEqual([first]);
    fake.revoke(first);
    fake.editShare("canary", undated, true);
    const { shares } = await run(fake);
    expect(shares[0]?.newestAgeHours).toBeGreaterThanOrEqual(0);
  });

  test("F5: a version that can't be listed doesn't keep a revoked build in the share (before: the image was skipped)", async () => {
    const fake = fakeAws(canary);
    const first = fake.addBuild("1.0.0");
    const revoked = fake.addBuild("1.0.1");
    await run(fake);
    fake.revoke(revoked);
    fake.addBuild("1.0.2");
    fake.failing.add(arnOf("1.0.2", 1).replace(/\/1$/, ""));
    const { problems } = await run(fake);
    expect(problems).toHaveLength(1);
    expect(fake.sharedIn("canary")).toEqual([first]);
    expect(fake.launchersOf(revoked)).toEqual([]);
  });

  test("F5: a revoked build leaves even when no version can be listed", async () => {
    const fake = fakeAws(canary);
    const revoked = fake.addBuild("1.0.0");
    await run(fake);
    fake.revoke(revoked);
    fake.failing.add("versions");
    await run(fake);
    expect(fake.sharedIn("canary")).toEqual([]);
    expect(fake.launchersOf(revoked)).toEqual([]);
  });

  test("F6: an older build is shared when the newest never associates and the shared one is revoked (before: the share stayed empty)", async () => {
    const fake = fakeAws(canary);
    const old = fake.addBuild("1.0.0");
    const revoked = fake.addBuild("1.0.1");
    await run(fake);
    const newest = fake.addBuild("1.0.2");
    fake.revoke(revoked);
    const { associate } = fake.aws.ram;
    const ram = {
      ...fake.aws.ram,
      associate: (share: string, arns: readonly string[]) =>
        arns.includes(newest) ? Promise.reject(new Error("no")) : associate(share, arns),
    };
    const { shares } = await run(fake, { aws: { ram } });
    expect(fake.sharedIn("canary")).toEqual([old]);
    expect(shares).toMatchObject([{ failed: [newest], shared: [old] }]);
  });

  test("F6: the same when the launch permission of the newest build can't be changed", async () => {
    const fake = fakeAws(canary);
    const old = fake.addBuild("1.0.0");
    const revoked = fake.addBuild("1.0.1");
    await run(fake);
    const newest = fake.addBuild("1.0.2");
    fake.revoke(revoked);
    fake.failing.add("change ami-1.0.2-1");
    const { shares, problems } = await run(fake);
    expect(fake.sharedIn("canary")).toEqual([old]);
    expect(shares).toMatchObject([{ failed: [newest], shared: [old] }]);
    expect(problems).toEqual(["denied: ami-1.0.2-1,change ami-1.0.2-1"]);
  });

  test("F7: a revoked build leaves a share before the updater waits for another one that is stuck (before: last)", async () => {
    const fake = fakeAws({ ...canary, name: "stuck" }, canary);
    const revoked = fake.addBuild("1.0.0");
    await run(fake);
    fake.share("stuck").associations.set("x", {
      arn: "x",
      status: "ASSOCIATING",
      settlesAt: Number.POSITIVE_INFINITY,
      settlesAs: "ASSOCIATED",
    });
    fake.revoke(revoked);
    let waits = 0;
    fake.onSleep = () => {
      waits += 1;
      expect(fake.sharedIn("canary")).toEqual([]);
    };
    await run(fake, { aws: { deadline: fake.time + 60_000 } });
    expect(waits).toBeGreaterThan(0);
    expect(fake.sharedIn("canary", ["ASSOCIATED", "DISASSOCIATING"])).toEqual([]);
  });

  test("F8: nonsense in one share concerns neither the other shares nor other images (before: every call failed)", async () => {
    const fake = fakeAws(canary, stable);
    const arn = fake.addBuild("1.0.0");
    fake.editShare("stable", "nonsense", true);
    fake.share("stable").tags = { "golden-image:keep": "nonsense" };
    const { problems } = await run(fake);
    expect(problems).toEqual([]);
    expect(fake.sharedIn("canary")).toEqual([arn]);
    expect(fake.sharedIn("stable")).toEqual([arn]);
  });

  test("F10: a shared build that can't be read doesn't keep a revoked one in the share (before: it did)", async () => {
    const fake = fakeAws({ ...canary, bakeHours: 0 }, { ...stable, keep: 3 });
    const unreadable = fake.addBuild("1.0.0");
    const revoked = fake.addBuild("1.0.1");
    const newest = fake.addBuild("1.0.2");
    await run(fake);
    fake.revoke(revoked);
    fake.failing.add(unreadable);
    fake.failing.add(unreadable.replace(/\/1$/, ""));
    const { problems } = await run(fake);
    expect(problems.length).toBeGreaterThan(0);
    expect(fake.sharedIn("stable")).toEqual([newest, unreadable]);
    expect(fake.launchersOf(revoked)).toEqual([]);
  });

  test("F13: a run that is in progress changes nothing after another manifest is deployed (before: policy was read once)", async () => {
    const fake = fakeAws(canary);
    const first = fake.addBuild("1.0.0");
    await run(fake);
    const next = fake.addBuild("1.0.1");
    fake.onSleep = () => {
      fake.deploy([requiringApproval]);
      fake.onSleep = () => undefined;
    };
    fake.share("canary").associations.set("x", {
      arn: "x",
      status: "ASSOCIATING",
      settlesAt: fake.time + 5_000,
      settlesAs: "FAILED",
    });
    const { problems } = await run(fake);
    expect(problems).toContain("the manifest was replaced");
    expect(fake.sharedIn("canary")).toEqual([first]);
    expect(fake.launchersOf(next)).toEqual(["222222222222"]);
  });
});

describe("others' changes", () => {
  test("F14: a share with the factory's tags that the manifest doesn't name is never touched (before: it was filled)", async () => {
    const fake = fakeAws({ ...requiringApproval, bakeHours: 24 });
    fake.addBuild("1.0.0");
    const attackers = "arn:aws:ram:eu-west-1:111111111111:resource-share/attacker";
    fake.addShare(attackers, ["888888888888"], {
      "golden-image:image": "base",
      "golden-image:channel": "canary",
      "golden-image:keep": "10",
      "golden-image:bake-hours": "0",
      "golden-image:approval": "automatic",
    });
    await fullRun(fake);
    expect(fake.shares.get(attackers)?.associations.size).toBe(0);
    expect(fake.violations).toEqual([]);
  });

  test("F14: tags of a share have no effect (before: `approval` set to automatic shared every build)", async () => {
    const fake = fakeAws(requiringApproval);
    const arn = fake.addBuild("1.0.0");
    fake.share("canary").tags = { "golden-image:approval": "automatic" };
    await run(fake);
    expect(fake.sharedIn("canary")).toEqual([]);
    expect(fake.launchersOf(arn)).toEqual([]);
  });

  test("F14: a principal that is added to a share by hand is reported and gets no launch permission (before: it did)", async () => {
    const fake = fakeAws(canary);
    const arn = fake.addBuild("1.0.0");
    fake.share("canary").principals.push("888888888888");
    const { mismatches } = await run(fake);
    expect(mismatches).toEqual([
      "canary: 888888888888 is in its resource share, but not in the audience",
    ]);
    expect(fake.launchersOf(arn)).toEqual(["222222222222"]);
  });

  test("a principal that is missing from a share, and a share that doesn't exist, are reported, and the rest proceeds", async () => {
    const fake = fakeAws(canary, stable);
    const arn = fake.addBuild("1.0.0");
    fake.share("canary").principals = [];
    fake.shares.delete(shareOf("stable"));
    const { mismatches } = await run(fake);
    expect(mismatches).toEqual([
      "canary: 222222222222 isn't in its resource share",
      "stable: its resource share doesn't exist",
    ]);
    expect(fake.sharedIn("canary")).toEqual([arn]);
  });

  test("F16: a forged message that a build failed counts nothing, whatever image it names (before: a metric of any name)", async () => {
    const fake = fakeAws(canary);
    const arn = fake.addBuild("1.0.0");
    const { events, report } = recordingReport();
    const forged = [arn, arnOf("9.9.9", 1), arn.replace("/base/", "/other/")].map((one) =>
      buildMessage(one, "FAILED"),
    );
    await handle(fake, sqsEvent(...forged), { report });
    expect(events).toEqual([
      `ignored: the build ${arn} didn't fail: it is AVAILABLE`,
      `ignored: the build ${arnOf("9.9.9", 1)} didn't fail: it is deleted`,
      "ignored: the image 'other' isn't in the manifest",
    ]);
    const constructed = arn.replace("/base/", "/constructor/");
    await handle(fake, sqsEvent(buildMessage(constructed)), { report });
    expect(events[3]).toBe("ignored: the image 'constructor' isn't in the manifest");
  });
});

describe("answers that are out of date", () => {
  /** Lets GetImage answer with a state that is as old as it may be. */
  function oldAnswers(): FakeAws {
    const fake = new FakeAws([canary], () => 0.999);
    fake.conditions = { ...fake.conditions, getImageLagMs: 30_000 };
    return fake;
  }

  test("a failed build is reported although the first answer shows it in progress", async () => {
    const fake = oldAnswers();
    const arn = fake.addBuild("1.0.0", "TESTING");
    fake.time += HOUR_MS;
    fake.change(arn, { status: "FAILED" });
    const { events, report } = recordingReport();
    await handle(fake, sqsEvent(buildMessage(arn, "FAILED")), { report });
    expect(events).toEqual([`failed: base ${arn}`]);
  });

  test("a shared build stays when a list shows it in progress, without AMIs", async () => {
    const fake = fakeAws(canary);
    const old = fake.addBuild("1.0.0");
    await run(fake);
    const arn = fake.addBuild("1.0.1");
    await handle(fake, sqsEvent(buildMessage(arn)));
    const { builds } = fake.aws.images;
    const images = {
      ...fake.aws.images,
      builds: async (version: string) =>
        (await builds(version)).map((one) =>
          one.arn === arn ? { ...one, status: "DISTRIBUTING", amis: [] } : one,
        ),
    };
    await run(fake, { aws: { images } });
    expect(fake.sharedIn("canary")).toContain(arn);
    expect(fake.violations).toEqual([]);
    expect(old).toBeDefined();
  });

  test("a shared build that an answer calls deleted is asked for again after 35 seconds", async () => {
    const fake = fakeAws(canary);
    const arn = fake.addBuild("1.0.0");
    await run(fake);
    const { build } = fake.aws.images;
    let answers = 0;
    const images = {
      ...fake.aws.images,
      versions: async () => [],
      build: async (one: string) => {
        answers += 1;
        return answers === 1 ? undefined : build(one);
      },
    };
    const start = fake.time;
    const { problems } = await run(fake, { aws: { images } });
    expect(fake.time - start).toBeGreaterThanOrEqual(35_000);
    expect(problems).toEqual([
      `the build ${arn} changed during this run; the next run checks it again`,
    ]);
    expect(fake.sharedIn("canary")).toEqual([arn]);
  });

  test("a build that an event names is asked for again when a list shows it revoked", async () => {
    const fake = oldAnswers();
    const arn = fake.addBuild("1.0.0");
    fake.time += HOUR_MS;
    fake.revoke(arn);
    await handle(fake, sqsEvent(buildMessage(arn)));
    expect(fake.sharedIn("canary", ["ASSOCIATED", "ASSOCIATING"])).toEqual([]);
    expect(fake.launchersOf(arn)).toEqual([]);
  });
});
