import { newestFirst } from "../../../contract/build-arn";
import { parseEvent } from "../../../lambda/share-updater/event";
import { listBuilds } from "../../../lambda/share-updater/list-builds";
import { ShareBusyError } from "../../../lambda/share-updater/ports";
import { type Report, reconcile } from "../../../lambda/share-updater/reconcile";
import { changeShare, timeSlice } from "../../../lambda/share-updater/wait-for-ram";
import { arnOf, FakeAws, IMAGE, randomFrom } from "../../../tools/fixtures/fake-aws";

const HOME = { region: "eu-west-1", accountId: "111111111111" };
const stable = {
  channel: "stable",
  keep: 2,
  bakeHours: 0,
  approvalRequired: false,
  principals: ["222222222222"],
};
const canary = { ...stable, channel: "canary", keep: 1 };
const HOUR = 3_600_000;

function world(...policies: ConstructorParameters<typeof FakeAws>[0]) {
  return new FakeAws(policies, randomFrom(1));
}

function spy() {
  const told: string[] = [];
  const report: Report = {
    ignored: (why) => told.push(`ignored: ${why}`),
    buildFailed: (image) => told.push(`failed: ${image}`),
    leftAlone: ({ arn }, why, ageHours) =>
      told.push(`left alone: ${arn}, ${why}, ${Math.round(ageHours)} h`),
    imageReconciled: (image, { summaries }) =>
      told.push(`updated: ${image} ${summaries.map(({ channel }) => channel).join()}`),
    finished: (_summaries, isAll) => told.push(isAll ? "finished" : "finished in part"),
  };
  return { told, report };
}
function record(message: unknown) {
  return { Sns: { Message: typeof message === "string" ? message : JSON.stringify(message) } };
}

test("versions are ordered as numbers", () => {
  const arns = [
    arnOf("1.0.9", 1),
    arnOf("1.0.10", 1),
    arnOf("2.0.0", 1),
    arnOf("1.0.10", 11),
    arnOf("1.0.10", 2),
  ];
  expect(arns.sort(newestFirst)).toEqual([
    arnOf("2.0.0", 1),
    arnOf("1.0.10", 11),
    arnOf("1.0.10", 2),
    arnOf("1.0.10", 1),
    arnOf("1.0.9", 1),
  ]);
});

describe("an event", () => {
  test("is a schedule's, a caller's or as many records as SNS sends", () => {
    const ended = { arn: arnOf("1.0.0", 1), state: { status: "AVAILABLE" } };
    expect(parseEvent({}, HOME)).toEqual([{ kind: "all" }]);
    expect(parseEvent({ image: "base" }, HOME)).toEqual([
      { kind: "image", image: "base", hints: [] },
    ]);
    const build = arnOf("1.0.0", 1);
    expect(parseEvent({ image: "base", build }, HOME)).toEqual([
      { kind: "image", image: "base", hints: [build] },
    ]);
    expect(parseEvent({ image: "other", build }, HOME)).toEqual([
      { kind: "image", image: "other", hints: [] },
    ]);
    expect(parseEvent({ Records: [record(ended), record(ended)] }, HOME)).toEqual(
      Array(2).fill({ kind: "ended", image: "base", arn: ended.arn, status: "AVAILABLE" }),
    );
  });

  test.each([
    ["not JSON", record("hello"), "not about an image"],
    ["JSON of another shape", record({ arn: 7 }), "not about an image"],
    ["without a status", record({ arn: arnOf("1.0.0", 1) }), "not about an image"],
    [
      "about another account",
      record({ arn: arnOf("1.0.0", 1).replace("1111", "9999"), state: { status: "AVAILABLE" } }),
      "about an image elsewhere",
    ],
    [
      "about another Region",
      record({
        arn: arnOf("1.0.0", 1).replace("eu-west-1", "us-east-1"),
        state: { status: "AVAILABLE" },
      }),
      "about an image elsewhere",
    ],
    [
      "about a version that can't be",
      record({ arn: arnOf("99999999999.0.0", 1), state: { status: "AVAILABLE" } }),
      "not about an image",
    ],
    ["no record of SNS", {}, "not about an image"],
  ])("that is %s is ignored, and told", (_what, one, why) => {
    expect(parseEvent({ Records: [one] }, HOME)).toEqual([{ kind: "ignored", why }]);
  });

  test("that is bad doesn't poison the rest of the batch", async () => {
    const fake = world(stable);
    const arn = fake.bake("1.0.0", "AVAILABLE", 0);
    const { told, report } = spy();
    const records = [
      record("x"),
      record({ arn: arnOf("1.0.0", 9).replace("base", "other"), state: { status: "AVAILABLE" } }),
      record({ arn, state: { status: "AVAILABLE" } }),
    ];
    const [summary] = await reconcile(fake.aws, parseEvent({ Records: records }, HOME), report);
    expect(summary).toMatchObject({
      channel: "stable",
      shared: [arn],
      associated: [arn],
      desired: [arn],
    });
    expect(told).toEqual([
      "ignored: not about an image",
      "ignored: 'other' has no share",
      "updated: base stable",
    ]);
  });

  test("of a failed build is counted, and changes nothing", async () => {
    const fake = world(stable);
    const arn = fake.bake("1.0.0", "FAILED", 0);
    const { told, report } = spy();
    await reconcile(
      fake.aws,
      parseEvent({ Records: [record({ arn, state: { status: "FAILED" } })] }, HOME),
      report,
    );
    expect(told).toEqual(["failed: base"]);
    expect(fake.writes).toBe(0);
  });

  test("tells of a build that lists don't show yet", async () => {
    const fake = world(stable);
    const arn = fake.bake("1.0.0", "AVAILABLE", 2 * HOUR);
    await reconcile(
      fake.aws,
      parseEvent({ Records: [record({ arn, state: { status: "AVAILABLE" } })] }, HOME),
      spy().report,
    );
    expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
  });
});

test("what fails is thrown after everything else was done", async () => {
  const fake = world(canary, stable);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  const { associate } = fake.aws.ram;
  const aws = {
    ...fake.aws,
    ram: {
      ...fake.aws.ram,
      associate: (share: string, arns: readonly string[]) =>
        share === "share-canary" ? Promise.reject(new Error("no")) : associate(share, arns),
    },
  };
  await expect(reconcile(aws, [{ kind: "all" }], spy().report)).rejects.toThrow(/^no$/);
  expect(fake.sharedIn(fake.shares[1]!)).toEqual([arn]);
});

test("a share that isn't ACTIVE is left alone and reported", async () => {
  const fake = world(stable);
  fake.bake("1.0.0", "AVAILABLE", 0);
  Object.assign(fake.shares[0]!, { status: "PENDING" });
  const { told, report } = spy();
  expect(await reconcile(fake.aws, [{ kind: "all" }], report)).toEqual([]);
  expect(told).toEqual([
    "updated: base ",
    "left alone: share-stable, its status is PENDING, 0 h",
    "finished",
  ]);
  expect(fake.writes).toBe(0);
});

test("a share that isn't ACTIVE costs its audience nothing: builds that it shares with others stay launchable", async () => {
  const fake = world({ ...canary, principals: ["333333333333"] }, stable);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  Object.assign(fake.shares[0]!, { status: "PENDING" });
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.launchersOf(arn).sort()).toEqual(["222222222222", "333333333333"]);
});

test("another image's build that was put in by hand is taken out, never taken for the image's own", async () => {
  const fake = world(canary);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  fake.edit(0, arnOf("9.0.0", 1).replace("base", "other"), true);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
  expect(fake.broken).toEqual([]);
});

test("a revoked build whose AMI can't be changed keeps no share from being set right, and is thrown afterwards", async () => {
  const fake = world(canary);
  const bad = fake.bake("1.0.0", "AVAILABLE", 0);
  const good = fake.bake("1.0.1", "AVAILABLE", 0);
  fake.revoke(bad);
  const { get } = fake.aws.launchPermissions;
  const aws = {
    ...fake.aws,
    launchPermissions: {
      ...fake.aws.launchPermissions,
      get: (region: string, ami: string) =>
        ami === "ami-1.0.0-1" ? Promise.reject(new Error("denied")) : get(region, ami),
    },
  };
  await expect(reconcile(aws, [{ kind: "all" }], spy().report)).rejects.toThrow(/^denied$/);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([good]);
});

test("a share that can't be understood is thrown after the others were set right", async () => {
  const fake = world(canary);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  const broken = { arn: "share-canary", image: "other", error: new Error("no policy") };
  const shares = async () => ({ ...(await fake.aws.ram.shares()), unreadable: [broken] });
  const aws = { ...fake.aws, ram: { ...fake.aws.ram, shares } };
  await expect(reconcile(aws, [{ kind: "all" }], spy().report)).rejects.toThrow(/^no policy$/);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
});

test("an association that ends FAILED is told, keeps what was there, and is tried again", async () => {
  const fake = world(canary);
  const first = fake.bake("1.0.0", "AVAILABLE", 0);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  const second = fake.bake("1.0.1", "AVAILABLE", 0);
  fake.weather = { faults: 0, failures: 1, refusals: 0 };
  const [failed] = await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(failed).toMatchObject({ failed: [second], shared: [first], disassociated: [] });
  fake.weather = { faults: 0, failures: 0, refusals: 0 };
  const [healed] = await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(healed).toMatchObject({ failed: [], shared: [second], disassociated: [first] });
});

test("a refused unshare is told, blocks nothing, and is tried again", async () => {
  const fake = world(canary);
  const first = fake.bake("1.0.0", "AVAILABLE", 0);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  const second = fake.bake("1.0.1", "AVAILABLE", 0);
  fake.weather = { faults: 0, failures: 0, refusals: 1 };
  const [refused] = await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(refused).toMatchObject({ refused: [first], shared: [second, first] });
  fake.weather = { faults: 0, failures: 0, refusals: 0 };
  expect((await reconcile(fake.aws, [{ kind: "all" }], spy().report))[0]).toMatchObject({
    refused: [],
    shared: [second],
  });
});

test("a hand edit is set right, and when nothing differs nothing is written", async () => {
  const fake = world(stable);
  const [old, ...newest] = ["1.0.0", "1.0.1", "1.0.2"].map((version) =>
    fake.bake(version, "AVAILABLE", 0),
  );
  fake.edit(0, old!, true);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual(newest.reverse());
  const { writes } = fake;
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.writes).toBe(writes);
});

test("a change is waited for while another is under way, and given up after five minutes", async () => {
  const fake = world(stable);
  let tries = 0;
  const until = (): number => timeSlice(fake.time, Number.POSITIVE_INFINITY, 1);
  await changeShare(fake.aws, "share-stable", until(), async () => {
    tries += 1;
    if (tries < 4) throw new ShareBusyError("busy");
  });
  expect(tries).toBe(4);
  const start = fake.time;
  await expect(
    changeShare(fake.aws, "share-stable", until(), () =>
      Promise.reject(new ShareBusyError("busy")),
    ),
  ).rejects.toThrow("busy");
  expect(fake.time - start).toBeGreaterThanOrEqual(300_000);
  expect(fake.time - start).toBeLessThan(301_000);
});

test("shares that RAM never finishes with leave the others their part of the time, and are thrown when those are right", async () => {
  const stuck = { ...canary, channel: "stuck" };
  const alsoStuck = { ...canary, channel: "also-stuck" };
  const fake = world(stuck, alsoStuck, canary);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  const never = {
    arn,
    status: "ASSOCIATING",
    until: Number.POSITIVE_INFINITY,
    becomes: "ASSOCIATED",
  };
  for (const share of fake.shares.slice(0, 2)) share.associations.set(arn, never);
  const start = fake.time;
  const aws = { ...fake.aws, deadline: start + 60_000 };
  const { told, report } = spy();
  await expect(reconcile(aws, [{ kind: "all" }], report)).rejects.toThrow(
    "share-stuck is still changing: looked at again next time; share-also-stuck is still changing: looked at again next time",
  );
  expect(fake.sharedIn(fake.shares[2]!)).toEqual([arn]);
  expect(fake.time - start).toBeLessThan(60_000);
  expect(told).toEqual(["updated: base canary", "finished in part"]);
});

test("the age is that of the newest shared build, and of the share itself while nothing is in it", async () => {
  const fake = world(canary);
  fake.time += 48 * HOUR;
  const ages = async () =>
    (await reconcile(fake.aws, [{ kind: "all" }], spy().report)).map(({ newestAgeHours }) =>
      Math.round(newestAgeHours),
    );
  expect(await ages()).toEqual([48]);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  fake.time += 5 * HOUR;
  expect(await ages()).toEqual([5]);
  fake.revoke(arn);
  expect(await ages()).toEqual([53]);
});

test.each(["ASSOCIATING", "DISASSOCIATING", "SUSPENDING", "RESTORING"])(
  "nothing is changed while an association is %s",
  async (status) => {
    const fake = world(stable);
    const [share] = fake.shares;
    share!.associations.set("a", {
      arn: "a",
      status,
      until: fake.time + 5_000,
      becomes: "ASSOCIATED",
    });
    const start = fake.time;
    await changeShare(fake.aws, share!.arn, start + 60_000, async () => undefined);
    expect(fake.time).toBeGreaterThanOrEqual(start + 5_000);
  },
);

test("nothing is taken out when another run has taken out what should stay", async () => {
  const fake = world(canary);
  const first = fake.bake("1.0.0", "AVAILABLE", 0);
  fake.edit(0, first, true);
  const second = fake.bake("1.0.1", "AVAILABLE", 0);
  fake.edit(0, second, true);
  let reads = 0;
  const { associations } = fake.aws.ram;
  const aws = {
    ...fake.aws,
    ram: {
      ...fake.aws.ram,
      associations: (share: string) => {
        reads += 1;
        if (reads === 2) fake.edit(0, second, false);
        return associations(share);
      },
    },
  };
  await expect(reconcile(aws, [{ kind: "all" }], spy().report)).rejects.toThrow(
    /was changed by somebody else/,
  );
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([first]);
});

test("a build that is revoked while RAM is waited for is neither shared nor launchable", async () => {
  const fake = world(canary, { ...stable, keep: 1 });
  const good = fake.bake("1.0.0", "AVAILABLE", 0);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  const bad = fake.bake("1.0.1", "AVAILABLE", 0);
  fake.meanwhile = () => fake.revoke(bad);
  await expect(reconcile(fake.aws, [{ kind: "all" }], spy().report)).rejects.toThrow(
    `${bad} was changed meanwhile`,
  );
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  for (const share of fake.shares) expect(fake.sharedIn(share)).toEqual([good]);
  expect(fake.launchersOf(bad)).toEqual([]);
  expect(fake.broken).toEqual([]);
});

test("a share that can't be understood costs its audience nothing, and one that is for nobody yet gets nothing", async () => {
  const fake = world({ ...canary, principals: ["333333333333"] }, stable);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  const broken = { arn: "share-canary", image: IMAGE, error: new Error("no policy") };
  const shares = async () => ({ shares: [fake.shares[1]!], unreadable: [broken] });
  const aws = { ...fake.aws, ram: { ...fake.aws.ram, shares } };
  await expect(reconcile(aws, [{ kind: "all" }], spy().report)).rejects.toThrow("no policy");
  expect(fake.launchersOf(arn).sort()).toEqual(["222222222222", "333333333333"]);

  fake.shares[0]!.principals = [];
  fake.shares[0]!.associations.clear();
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([]);
  expect(fake.launchersOf(arn).sort()).toEqual(["222222222222", "333333333333"]);
});

test("who is in no channel any more loses the launch permission, and who is in another doesn't get what that never had", async () => {
  const fake = world(
    { ...canary, principals: ["333333333333", "222222222222"] },
    { ...stable, approvalRequired: true },
  );
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  fake.permissions.get("ami-1.0.0-1")?.add("all").add("888888888888");
  fake.shares[0]!.principals = ["333333333333"];
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.launchersOf(arn)).toEqual(["333333333333"]);
});

test("an audience that grows can launch what its share holds, even when nothing is desired any more", async () => {
  const fake = world(canary);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  Object.assign(fake.shares[0]!, {
    principals: ["222222222222", "333333333333"],
    policy: { ...canary, approvalRequired: true },
  });
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
  expect(fake.launchersOf(arn)).toEqual(["222222222222", "333333333333"]);
});

test("a build whose AMI is gone, or that has none, counts as gone", async () => {
  const fake = world(canary);
  const good = fake.bake("1.0.0", "AVAILABLE", 0);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  fake.bake("1.0.1", "AVAILABLE", 0);
  fake.permissions.delete("ami-1.0.1-1");
  const empty = fake.bake("1.0.2", "AVAILABLE", 0);
  fake.builds.set(empty, { ...fake.builds.get(empty)!, amis: [] });
  expect(await reconcile(fake.aws, [{ kind: "all" }], spy().report)).toMatchObject([
    { desired: [good], shared: [good], failed: [] },
  ]);
});

test("builds of a container image are shared and taken back like any, and nobody's launch permission is touched", async () => {
  const fake = new FakeAws([canary], randomFrom(1), "container");
  const first = fake.bake("1.0.0", "AVAILABLE", 0);
  const next = fake.bake("1.0.1", "AVAILABLE", 0);
  const launchPermissions = {
    get: () => Promise.reject(new Error("asked")),
    change: () => Promise.reject(new Error("changed")),
  };
  const aws = { ...fake.aws, launchPermissions };
  await reconcile(aws, [{ kind: "all" }], spy().report);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([next]);
  fake.revoke(next);
  await reconcile(aws, [{ kind: "all" }], spy().report);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([first]);
});

test("a build that can't be put in keeps neither others out nor a revoked one in", async () => {
  const fake = world({ ...stable, keep: 3 });
  const revoked = fake.bake("1.0.0", "AVAILABLE", 0);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  fake.revoke(revoked);
  const [bad, good] = [fake.bake("1.0.1", "AVAILABLE", 0), fake.bake("1.0.2", "AVAILABLE", 0)];
  const { associate } = fake.aws.ram;
  const aws = {
    ...fake.aws,
    ram: {
      ...fake.aws.ram,
      associate: (share: string, arns: readonly string[]) =>
        arns.includes(bad) ? Promise.reject(new Error("unknown resource")) : associate(share, arns),
    },
  };
  await expect(reconcile(aws, [{ kind: "all" }], spy().report)).rejects.toThrow(
    /^unknown resource$/,
  );
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([good]);
});

test("a hundred builds go in at once, and no more", async () => {
  const fake = world({ ...stable, keep: 150 });
  for (let patch = 0; patch < 150; patch += 1) fake.bake(`1.0.${patch}`, "AVAILABLE", 0);
  const sizes: number[] = [];
  const { associate } = fake.aws.ram;
  const ram = {
    ...fake.aws.ram,
    associate: (share: string, arns: readonly string[]) => {
      sizes.push(arns.length);
      return associate(share, arns);
    },
  };
  await reconcile({ ...fake.aws, ram }, [{ kind: "all" }], spy().report);
  expect(sizes).toEqual([100, 50]);
});

test("an image that no time is left for is told, and it isn't always the same", async () => {
  const fake = world(canary);
  const shares = async () => ({
    shares: ["a", "b", "c"].map((image) => ({
      ...fake.shares[0]!,
      image,
      arn: `share-of-${image}`,
    })),
    unreadable: [],
  });
  const aws = { ...fake.aws, ram: { ...fake.aws.ram, shares }, deadline: 0 };
  const told = async () =>
    reconcile(aws, [{ kind: "all" }], spy().report).catch((error: Error) =>
      error.message.slice(0, 22),
    );
  const first = await told();
  fake.time += 24 * HOUR + 1;
  expect(await told()).not.toBe(first);
});

test("a hint that can't be looked at fails alone, and what it told isn't overwritten by a list that lags", async () => {
  const fake = world(canary);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  const { build, builds } = fake.aws.images;
  const images = {
    ...fake.aws.images,
    build: (one: string) =>
      one.endsWith("9.9.9/1") ? Promise.reject(new Error("bad request")) : build(one),
    builds: async (version: string) =>
      (await builds(version)).map((one) => ({ ...one, status: "DISTRIBUTING" })),
  };
  const records = [arnOf("9.9.9", 1), arn].map((one) =>
    record({ arn: one, state: { status: "AVAILABLE" } }),
  );
  const requests = parseEvent({ Records: records }, HOME);
  await expect(reconcile({ ...fake.aws, images }, requests, spy().report)).rejects.toThrow(
    /^bad request$/,
  );
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
});

test("principals that can't be read of a share that is left alone keep no other share from being set right", async () => {
  const fake = world(canary, stable);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  fake.permissions.get("ami-1.0.0-1")?.add("888888888888");
  Object.assign(fake.shares[1]!, { status: "PENDING" });
  const { principals } = fake.aws.ram;
  const ram = {
    ...fake.aws.ram,
    principals: (share: string) =>
      share === "share-stable" ? Promise.reject(new Error("denied")) : principals(share),
  };
  await expect(reconcile({ ...fake.aws, ram }, [{ kind: "all" }], spy().report)).rejects.toThrow(
    /^denied$/,
  );
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
  // Whose it is can't be told, so nothing is taken from anybody.
  expect(fake.launchersOf(arn)).toContain("888888888888");
});

test("a revoked build can be launched by nobody outside, even when no share of its image can be changed", async () => {
  const fake = world(canary);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  const more = { region: "us-east-1", id: "ami-more" };
  fake.builds.set(arn, { ...fake.builds.get(arn)!, amis: [...fake.builds.get(arn)!.amis, more] });
  fake.permissions.set(more.id, new Set());
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.permissions.get(more.id)).toEqual(new Set(["222222222222"]));
  fake.revoke(arn);
  Object.assign(fake.shares[0]!, { status: "FAILED" });
  const { get } = fake.aws.launchPermissions;
  const launchPermissions = {
    ...fake.aws.launchPermissions,
    get: (region: string, ami: string) =>
      region === "eu-west-1" ? Promise.reject(new Error("denied")) : get(region, ami),
  };
  await expect(
    reconcile(
      { ...fake.aws, launchPermissions },
      [{ kind: "image", image: IMAGE, hints: [] }],
      spy().report,
    ),
  ).rejects.toThrow("denied");
  expect(fake.permissions.get(more.id)).toEqual(new Set());
  await reconcile(fake.aws, [{ kind: "image", image: IMAGE, hints: [] }], spy().report);
  expect(fake.launchersOf(arn)).toEqual([]);
});

test("only what RAM refused counts as refused", async () => {
  const fake = world(canary);
  fake.bake("1.0.0", "AVAILABLE", 0);
  await reconcile(fake.aws, [{ kind: "all" }], spy().report);
  fake.bake("1.0.1", "AVAILABLE", 0);
  const ram = { ...fake.aws.ram, disassociate: () => Promise.reject(new Error("throttled")) };
  const refused: number[] = [];
  const report = {
    ...spy().report,
    finished: (all: readonly { readonly refused: readonly string[] }[]) =>
      refused.push(all[0]!.refused.length),
  };
  await expect(reconcile({ ...fake.aws, ram }, [{ kind: "all" }], report)).rejects.toThrow(
    "throttled",
  );
  expect(refused).toEqual([0]);
});

describe("an event costs calls by what it looks at, not by the history", () => {
  const callsWith = async (versions: number): Promise<number> => {
    const fake = world(stable);
    const arns = Array.from({ length: versions }, (_, index) =>
      fake.bake(`1.0.${index}`, "AVAILABLE", 0),
    );
    await reconcile(fake.aws, [{ kind: "all" }], spy().report);
    fake.calls = 0;
    await reconcile(
      fake.aws,
      parseEvent({ Records: [record({ arn: arns.at(-1), state: { status: "AVAILABLE" } })] }, HOME),
      spy().report,
    );
    return fake.calls;
  };

  test("as many with a thousand versions as with ten", async () => {
    expect(await callsWith(1_000)).toBe(await callsWith(10));
  });

  test("hardly more when the newest build's AMI is gone", async () => {
    const fake = world(stable);
    const arns = Array.from({ length: 200 }, (_, index) =>
      fake.bake(`1.0.${index}`, "AVAILABLE", 0),
    );
    await reconcile(fake.aws, [{ kind: "all" }], spy().report);
    fake.permissions.delete("ami-1.0.199-1");
    fake.calls = 0;
    const ended = record({ arn: arns.at(-1), state: { status: "AVAILABLE" } });
    const [summary] = await reconcile(
      fake.aws,
      parseEvent({ Records: [ended] }, HOME),
      spy().report,
    );
    expect(summary?.shared).toEqual([arns.at(-2), arns.at(-3)]);
    expect(fake.calls).toBeLessThan(50);
  });

  test("an old build's event doesn't end the walk early", async () => {
    const fake = world(canary);
    const arns = ["1.0.0", "1.0.1", "1.0.2"].map((version) => fake.bake(version, "AVAILABLE", 0));
    const { builds } = await listBuilds(fake.aws, IMAGE, {
      shares: fake.shares,
      hints: [arns[0]!],
      fullScan: false,
    });
    expect(builds.map(({ arn }) => arn)).toEqual([arns[2], arns[0]]);
  });
});
