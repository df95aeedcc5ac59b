import { newestFirst } from "../../lambda/share-updater/build";
import { parseEvent } from "../../lambda/share-updater/event";
import { ShareBusyError } from "../../lambda/share-updater/ports";
import { change, partOfTime } from "../../lambda/share-updater/settle";
import { type Report, update } from "../../lambda/share-updater/update";
import { walk } from "../../lambda/share-updater/walk";
import { arnOf, FakeAws, IMAGE, randomFrom } from "./fake-aws";

const HOME = { region: "eu-west-1", accountId: "111111111111" };
const stable = { channel: "stable", keep: 2, bakeHours: 0, approvalRequired: false, principals: ["222222222222"] };
const canary = { ...stable, channel: "canary", keep: 1 };
const HOUR = 3_600_000;

const world = (...policies: ConstructorParameters<typeof FakeAws>[0]) => new FakeAws(policies, randomFrom(1));

const spy = () => {
  const told: string[] = [];
  const report: Report = {
    ignored: (why) => told.push(`ignored: ${why}`),
    buildFailed: (image) => told.push(`failed: ${image}`),
    inactive: ({ arn }) => told.push(`inactive: ${arn}`),
    updated: (image, { summaries }) => told.push(`updated: ${image} ${summaries.map(({ channel }) => channel).join()}`),
    finished: () => told.push("finished"),
  };
  return { told, report };
};
const record = (message: unknown) => ({ Sns: { Message: typeof message === "string" ? message : JSON.stringify(message) } });

test("versions are ordered as numbers", () => {
  const arns = [arnOf("1.0.9", 1), arnOf("1.0.10", 1), arnOf("2.0.0", 1), arnOf("1.0.10", 11), arnOf("1.0.10", 2)];
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
    expect(parseEvent({ image: "base" }, HOME)).toEqual([{ kind: "image", image: "base" }]);
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
      record({ arn: arnOf("1.0.0", 1).replace("eu-west-1", "us-east-1"), state: { status: "AVAILABLE" } }),
      "about an image elsewhere",
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
    const [summary] = await update(fake.aws, parseEvent({ Records: records }, HOME), report);
    expect(summary).toMatchObject({ channel: "stable", shared: [arn], associated: [arn], desired: [arn] });
    expect(told).toEqual(["ignored: not about an image", "ignored: 'other' has no share", "updated: base stable"]);
  });

  test("of a failed build is counted, and changes nothing", async () => {
    const fake = world(stable);
    const arn = fake.bake("1.0.0", "FAILED", 0);
    const { told, report } = spy();
    await update(fake.aws, parseEvent({ Records: [record({ arn, state: { status: "FAILED" } })] }, HOME), report);
    expect(told).toEqual(["failed: base"]);
    expect(fake.writes).toBe(0);
  });

  test("tells of a build that lists don't show yet", async () => {
    const fake = world(stable);
    const arn = fake.bake("1.0.0", "AVAILABLE", 2 * HOUR);
    await update(fake.aws, parseEvent({ Records: [record({ arn, state: { status: "AVAILABLE" } })] }, HOME), spy().report);
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
  await expect(update(aws, [{ kind: "all" }], spy().report)).rejects.toThrow(/^no$/);
  expect(fake.sharedIn(fake.shares[1]!)).toEqual([arn]);
});

test("a share that isn't ACTIVE is left alone and reported", async () => {
  const fake = world(stable);
  fake.bake("1.0.0", "AVAILABLE", 0);
  Object.assign(fake.shares[0]!, { status: "PENDING" });
  const { told, report } = spy();
  expect(await update(fake.aws, [{ kind: "all" }], report)).toEqual([]);
  expect(told).toEqual(["inactive: share-stable", "finished"]);
  expect(fake.writes).toBe(0);
});

test("a share that isn't ACTIVE costs its audience nothing: builds that it shares with others stay launchable", async () => {
  const fake = world({ ...canary, principals: ["333333333333"] }, stable);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  await update(fake.aws, [{ kind: "all" }], spy().report);
  Object.assign(fake.shares[0]!, { status: "PENDING" });
  await update(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.launchersOf(arn).sort()).toEqual(["222222222222", "333333333333"]);
});

test("another image's build that was put in by hand is taken out, never taken for the image's own", async () => {
  const fake = world(canary);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  fake.edit(0, arnOf("9.0.0", 1).replace("base", "other"), true);
  await update(fake.aws, [{ kind: "all" }], spy().report);
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
      get: (region: string, ami: string) => (ami === "ami-1.0.0-1" ? Promise.reject(new Error("denied")) : get(region, ami)),
    },
  };
  await expect(update(aws, [{ kind: "all" }], spy().report)).rejects.toThrow(/^denied$/);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([good]);
});

test("a share that can't be understood is thrown after the others were set right", async () => {
  const fake = world(canary);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  const shares = async () => ({ ...(await fake.aws.ram.shares()), errors: [new Error("no policy")] });
  const aws = { ...fake.aws, ram: { ...fake.aws.ram, shares } };
  await expect(update(aws, [{ kind: "all" }], spy().report)).rejects.toThrow(/^no policy$/);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
});

test("an association that ends FAILED is told, keeps what was there, and is tried again", async () => {
  const fake = world(canary);
  const first = fake.bake("1.0.0", "AVAILABLE", 0);
  await update(fake.aws, [{ kind: "all" }], spy().report);
  const second = fake.bake("1.0.1", "AVAILABLE", 0);
  fake.weather = { faults: 0, failures: 1, refusals: 0 };
  const [failed] = await update(fake.aws, [{ kind: "all" }], spy().report);
  expect(failed).toMatchObject({ failed: [second], shared: [first], disassociated: [] });
  fake.weather = { faults: 0, failures: 0, refusals: 0 };
  const [healed] = await update(fake.aws, [{ kind: "all" }], spy().report);
  expect(healed).toMatchObject({ failed: [], shared: [second], disassociated: [first] });
});

test("a refused unshare is told, blocks nothing, and is tried again", async () => {
  const fake = world(canary);
  const first = fake.bake("1.0.0", "AVAILABLE", 0);
  await update(fake.aws, [{ kind: "all" }], spy().report);
  const second = fake.bake("1.0.1", "AVAILABLE", 0);
  fake.weather = { faults: 0, failures: 0, refusals: 1 };
  const [refused] = await update(fake.aws, [{ kind: "all" }], spy().report);
  expect(refused).toMatchObject({ refused: [first], shared: [second, first] });
  fake.weather = { faults: 0, failures: 0, refusals: 0 };
  expect((await update(fake.aws, [{ kind: "all" }], spy().report))[0]).toMatchObject({ refused: [], shared: [second] });
});

test("a hand edit is set right, and when nothing differs nothing is written", async () => {
  const fake = world(stable);
  const [old, ...newest] = ["1.0.0", "1.0.1", "1.0.2"].map((version) => fake.bake(version, "AVAILABLE", 0));
  fake.edit(0, old!, true);
  await update(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual(newest.reverse());
  const { writes } = fake;
  await update(fake.aws, [{ kind: "all" }], spy().report);
  expect(fake.writes).toBe(writes);
});

test("a change is waited for while another is under way, and given up after five minutes", async () => {
  const fake = world(stable);
  let tries = 0;
  const until = (): number => partOfTime(fake.time, Number.POSITIVE_INFINITY, 1);
  await change(fake.aws, "share-stable", until(), async () => {
    tries += 1;
    if (tries < 4) throw new ShareBusyError("busy");
  });
  expect(tries).toBe(4);
  const start = fake.time;
  await expect(change(fake.aws, "share-stable", until(), () => Promise.reject(new ShareBusyError("busy")))).rejects.toThrow(
    "busy",
  );
  expect(fake.time - start).toBeGreaterThanOrEqual(300_000);
  expect(fake.time - start).toBeLessThan(301_000);
});

test("shares that RAM never finishes with leave the others their part of the time, and are thrown when those are right", async () => {
  const stuck = { ...canary, channel: "stuck" };
  const alsoStuck = { ...canary, channel: "also-stuck" };
  const fake = world(stuck, alsoStuck, canary);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  const never = { arn, status: "ASSOCIATING", until: Number.POSITIVE_INFINITY, becomes: "ASSOCIATED" };
  for (const share of fake.shares.slice(0, 2)) share.associations.set(arn, never);
  const start = fake.time;
  const aws = { ...fake.aws, deadline: start + 60_000 };
  const { told, report } = spy();
  await expect(update(aws, [{ kind: "all" }], report)).rejects.toThrow(
    "share-stuck is still changing: looked at again next time; share-also-stuck is still changing: looked at again next time",
  );
  expect(fake.sharedIn(fake.shares[2]!)).toEqual([arn]);
  expect(fake.time - start).toBeLessThan(60_000);
  // Nothing is told of the whole by a run that didn't see all of it.
  expect(told).toEqual(["updated: base canary"]);
});

test("the age is that of the newest shared build, and of the share itself while nothing is in it", async () => {
  const fake = world(canary);
  fake.time += 48 * HOUR;
  const ages = async () =>
    (await update(fake.aws, [{ kind: "all" }], spy().report)).map(({ newestAgeHours }) => Math.round(newestAgeHours));
  expect(await ages()).toEqual([48]);
  const arn = fake.bake("1.0.0", "AVAILABLE", 0);
  fake.time += 5 * HOUR;
  expect(await ages()).toEqual([5]);
  fake.revoke(arn);
  expect(await ages()).toEqual([53]);
});

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
  await expect(update(aws, [{ kind: "all" }], spy().report)).rejects.toThrow(/was changed by somebody else/);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([first]);
});

describe("an event costs calls by what it looks at, not by the history", () => {
  const callsWith = async (versions: number): Promise<number> => {
    const fake = world(stable);
    const arns = Array.from({ length: versions }, (_, index) => fake.bake(`1.0.${index}`, "AVAILABLE", 0));
    await update(fake.aws, [{ kind: "all" }], spy().report);
    fake.calls = 0;
    await update(
      fake.aws,
      parseEvent({ Records: [record({ arn: arns.at(-1), state: { status: "AVAILABLE" } })] }, HOME),
      spy().report,
    );
    return fake.calls;
  };

  test("as many with a thousand versions as with ten", async () => {
    expect(await callsWith(1_000)).toBe(await callsWith(10));
  });

  test("an old build's event doesn't end the walk early", async () => {
    const fake = world(canary);
    const arns = ["1.0.0", "1.0.1", "1.0.2"].map((version) => fake.bake(version, "AVAILABLE", 0));
    const walked = await walk(fake.aws, IMAGE, fake.shares, [arns[0]!], false);
    expect(walked.map(({ arn }) => arn)).toEqual([arns[2], arns[0]]);
  });
});
