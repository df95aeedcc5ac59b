import { parseEvent } from "../../../lambda/share-updater/event";
import { reconcile } from "../../../lambda/share-updater/reconcile";
import { arnOf, FakeAws, IMAGE, randomFrom } from "../../../tools/fixtures/fake-aws";
import {
  buildMessage,
  canary,
  fakeAws,
  HOME,
  HOUR_MS,
  reconcileAll,
  recordingReport,
  silentReport,
  snsEvent,
  stable,
} from "./support";

test("reconcile handles the rest of a batch after messages that it ignores", async () => {
  const fake = fakeAws(stable);
  const arn = fake.addBuild("1.0.0");
  const { events, report } = recordingReport();
  const ofOtherImage = arnOf("1.0.0", 9).replace("base", "other");
  const event = snsEvent("x", buildMessage(ofOtherImage), buildMessage(arn));
  const [summary] = await reconcile(fake.aws, parseEvent(event, HOME), report);
  expect(summary).toMatchObject({
    channel: "stable",
    shared: [arn],
    associated: [arn],
    desired: [arn],
  });
  expect(events).toEqual([
    "ignored: the message isn't about an Image Builder build",
    "ignored: the image 'other' has no share",
    "reconciled: base stable",
  ]);
});

test("reconcile reports a failed build and changes nothing", async () => {
  const fake = fakeAws(stable);
  const arn = fake.addBuild("1.0.0", "FAILED");
  const { events, report } = recordingReport();
  await reconcile(fake.aws, parseEvent(snsEvent(buildMessage(arn, "FAILED")), HOME), report);
  expect(events).toEqual(["failed: base"]);
  expect(fake.writes).toBe(0);
});

test("reconcile shares a build that an event names before lists show it", async () => {
  const fake = fakeAws(stable);
  const arn = fake.addBuild("1.0.0", "AVAILABLE", 2 * HOUR_MS);
  await reconcile(fake.aws, parseEvent(snsEvent(buildMessage(arn)), HOME), silentReport);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
});

test("reconcile throws a failure after it has reconciled the other shares", async () => {
  const fake = fakeAws(canary, stable);
  const arn = fake.addBuild("1.0.0");
  const { associate } = fake.aws.ram;
  const aws = {
    ...fake.aws,
    ram: {
      ...fake.aws.ram,
      associate: (share: string, arns: readonly string[]) =>
        share === "share-canary" ? Promise.reject(new Error("no")) : associate(share, arns),
    },
  };
  await expect(reconcileAll(aws)).rejects.toThrow(/^no$/);
  expect(fake.sharedIn(fake.shares[1]!)).toEqual([arn]);
});

test("reconcile skips and reports a share that isn't ACTIVE", async () => {
  const fake = fakeAws(stable);
  fake.addBuild("1.0.0");
  Object.assign(fake.shares[0]!, { status: "PENDING" });
  const { events, report } = recordingReport();
  expect(await reconcileAll(fake.aws, report)).toEqual([]);
  expect(events).toEqual([
    "reconciled: base ",
    "skipped: share-stable, the share is PENDING, not ACTIVE, 0 h",
    "finished",
  ]);
  expect(fake.writes).toBe(0);
});

test("reconcile keeps the launch permissions of the audience of a share that isn't ACTIVE", async () => {
  const fake = fakeAws({ ...canary, principals: ["333333333333"] }, stable);
  const arn = fake.addBuild("1.0.0");
  await reconcileAll(fake.aws);
  Object.assign(fake.shares[0]!, { status: "PENDING" });
  await reconcileAll(fake.aws);
  expect(fake.launchersOf(arn).sort()).toEqual(["222222222222", "333333333333"]);
});

test("reconcile removes a build of another image that was added to a share by hand", async () => {
  const fake = fakeAws(canary);
  const arn = fake.addBuild("1.0.0");
  fake.editShare(0, arnOf("9.0.0", 1).replace("base", "other"), true);
  await reconcileAll(fake.aws);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
  expect(fake.violations).toEqual([]);
});

test("reconcile throws after it has reconciled the shares when a revoked build's AMI can't be read", async () => {
  const fake = fakeAws(canary);
  const bad = fake.addBuild("1.0.0");
  const good = fake.addBuild("1.0.1");
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
  await expect(reconcileAll(aws)).rejects.toThrow(/^denied$/);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([good]);
});

test("reconcile throws after it has reconciled the other shares when a share's tags are invalid", async () => {
  const fake = fakeAws(canary);
  const arn = fake.addBuild("1.0.0");
  const broken = { arn: "share-canary", image: "other", error: new Error("no policy") };
  const shares = async () => ({ ...(await fake.aws.ram.shares()), unreadable: [broken] });
  const aws = { ...fake.aws, ram: { ...fake.aws.ram, shares } };
  await expect(reconcileAll(aws)).rejects.toThrow(/^no policy$/);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
});

test("reconcile keeps the old build and tries again when an association ends as FAILED", async () => {
  const fake = fakeAws(canary);
  const first = fake.addBuild("1.0.0");
  await reconcileAll(fake.aws);
  const second = fake.addBuild("1.0.1");
  fake.conditions = { faults: 0, failures: 1, rejections: 0 };
  const [failed] = await reconcileAll(fake.aws);
  expect(failed).toMatchObject({ failed: [second], shared: [first], disassociated: [] });
  fake.conditions = { faults: 0, failures: 0, rejections: 0 };
  const [healed] = await reconcileAll(fake.aws);
  expect(healed).toMatchObject({ failed: [], shared: [second], disassociated: [first] });
});

test("reconcile shares the new build and tries again when RAM refuses to remove the old one", async () => {
  const fake = fakeAws(canary);
  const first = fake.addBuild("1.0.0");
  await reconcileAll(fake.aws);
  const second = fake.addBuild("1.0.1");
  fake.conditions = { faults: 0, failures: 0, rejections: 1 };
  const [refused] = await reconcileAll(fake.aws);
  expect(refused).toMatchObject({ refused: [first], shared: [second, first] });
  fake.conditions = { faults: 0, failures: 0, rejections: 0 };
  expect((await reconcileAll(fake.aws))[0]).toMatchObject({
    refused: [],
    shared: [second],
  });
});

test("reconcile reverts an edit by hand, and writes nothing when nothing differs", async () => {
  const fake = fakeAws(stable);
  const [old, ...newest] = ["1.0.0", "1.0.1", "1.0.2"].map((version) => fake.addBuild(version));
  fake.editShare(0, old!, true);
  await reconcileAll(fake.aws);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual(newest.reverse());
  const { writes } = fake;
  await reconcileAll(fake.aws);
  expect(fake.writes).toBe(writes);
});

test("reconcile leaves time for the other shares when RAM never settles two of them, and then throws", async () => {
  const stuck = { ...canary, channel: "stuck" };
  const alsoStuck = { ...canary, channel: "also-stuck" };
  const fake = fakeAws(stuck, alsoStuck, canary);
  const arn = fake.addBuild("1.0.0");
  const never = {
    arn,
    status: "ASSOCIATING",
    settlesAt: Number.POSITIVE_INFINITY,
    settlesAs: "ASSOCIATED",
  };
  for (const share of fake.shares.slice(0, 2)) share.associations.set(arn, never);
  const start = fake.time;
  const aws = { ...fake.aws, deadline: start + 60_000 };
  const { events, report } = recordingReport();
  await expect(reconcileAll(aws, report)).rejects.toThrow(
    new Error(
      "RAM is still changing the share share-stuck; the next run checks it again; RAM is still changing the share share-also-stuck; the next run checks it again",
    ),
  );
  expect(fake.sharedIn(fake.shares[2]!)).toEqual([arn]);
  expect(fake.time - start).toBeLessThan(60_000);
  expect(events).toEqual(["reconciled: base canary", "incomplete"]);
});

test("reconcile returns the age of the newest shared build, or of a share that contains no build", async () => {
  const fake = fakeAws(canary);
  fake.time += 48 * HOUR_MS;
  const ages = async () =>
    (await reconcileAll(fake.aws)).map(({ newestAgeHours }) => Math.round(newestAgeHours));
  expect(await ages()).toEqual([48]);
  const arn = fake.addBuild("1.0.0");
  fake.time += 5 * HOUR_MS;
  expect(await ages()).toEqual([5]);
  fake.revoke(arn);
  expect(await ages()).toEqual([53]);
});

test("reconcile removes nothing when another run has removed a desired build", async () => {
  const fake = fakeAws(canary);
  const first = fake.addBuild("1.0.0");
  fake.editShare(0, first, true);
  const second = fake.addBuild("1.0.1");
  fake.editShare(0, second, true);
  let reads = 0;
  const { associations } = fake.aws.ram;
  const aws = {
    ...fake.aws,
    ram: {
      ...fake.aws.ram,
      associations: (share: string) => {
        reads += 1;
        if (reads === 2) fake.editShare(0, second, false);
        return associations(share);
      },
    },
  };
  await expect(reconcileAll(aws)).rejects.toThrow(
    new Error(
      "another run or an operator changed the share share-canary; the next run checks it again",
    ),
  );
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([first]);
});

test("reconcile neither shares nor makes launchable a build that is revoked during a wait for RAM", async () => {
  const fake = fakeAws(canary, { ...stable, keep: 1 });
  const good = fake.addBuild("1.0.0");
  await reconcileAll(fake.aws);
  const bad = fake.addBuild("1.0.1");
  fake.onSleep = () => fake.revoke(bad);
  // The new build isn't added to one share, and the old one isn't removed from the other.
  const changed = `the build ${bad} changed during this run; the next run checks it again`;
  await expect(reconcileAll(fake.aws)).rejects.toThrow(new Error(`${changed}; ${changed}`));
  await reconcileAll(fake.aws);
  for (const share of fake.shares) expect(fake.sharedIn(share)).toEqual([good]);
  expect(fake.launchersOf(bad)).toEqual([]);
  expect(fake.violations).toEqual([]);
});

test("reconcile keeps the launch permissions of shares with invalid tags, and shares nothing without principals", async () => {
  const fake = fakeAws({ ...canary, principals: ["333333333333"] }, stable);
  const arn = fake.addBuild("1.0.0");
  await reconcileAll(fake.aws);
  const broken = { arn: "share-canary", image: IMAGE, error: new Error("no policy") };
  const shares = async () => ({ shares: [fake.shares[1]!], unreadable: [broken] });
  const aws = { ...fake.aws, ram: { ...fake.aws.ram, shares } };
  await expect(reconcileAll(aws)).rejects.toThrow("no policy");
  expect(fake.launchersOf(arn).sort()).toEqual(["222222222222", "333333333333"]);

  fake.shares[0]!.principals = [];
  fake.shares[0]!.associations.clear();
  const { events, report } = recordingReport();
  await reconcileAll(fake.aws, report);
  expect(events).toContain("skipped: share-canary, the share has no principals, 0 h");
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([]);
  expect(fake.launchersOf(arn).sort()).toEqual(["222222222222", "333333333333"]);
});

test("reconcile removes the launch permissions of principals that are in no channel of the build", async () => {
  const fake = fakeAws(
    { ...canary, principals: ["333333333333", "222222222222"] },
    { ...stable, approvalRequired: true },
  );
  const arn = fake.addBuild("1.0.0");
  await reconcileAll(fake.aws);
  fake.permissions.get("ami-1.0.0-1")?.add("all").add("888888888888");
  fake.shares[0]!.principals = ["333333333333"];
  await reconcileAll(fake.aws);
  expect(fake.launchersOf(arn)).toEqual(["333333333333"]);
});

test("reconcile lets a new principal launch the shared builds, even when no build is desired any more", async () => {
  const fake = fakeAws(canary);
  const arn = fake.addBuild("1.0.0");
  await reconcileAll(fake.aws);
  Object.assign(fake.shares[0]!, {
    principals: ["222222222222", "333333333333"],
    policy: { ...canary, approvalRequired: true },
  });
  await reconcileAll(fake.aws);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
  expect(fake.launchersOf(arn)).toEqual(["222222222222", "333333333333"]);
});

test("reconcile treats a build without AMIs as deleted, whether they are deregistered or never existed", async () => {
  const fake = fakeAws(canary);
  const good = fake.addBuild("1.0.0");
  await reconcileAll(fake.aws);
  fake.addBuild("1.0.1");
  fake.permissions.delete("ami-1.0.1-1");
  const empty = fake.addBuild("1.0.2");
  fake.builds.set(empty, { ...fake.builds.get(empty)!, amis: [] });
  expect(await reconcileAll(fake.aws)).toMatchObject([
    { desired: [good], shared: [good], failed: [] },
  ]);
});

test("reconcile shares and removes builds of a container image without calls for launch permissions", async () => {
  const fake = new FakeAws([canary], randomFrom(1), "container");
  const first = fake.addBuild("1.0.0");
  const next = fake.addBuild("1.0.1");
  const launchPermissions = {
    get: () => Promise.reject(new Error("asked")),
    change: () => Promise.reject(new Error("changed")),
  };
  const aws = { ...fake.aws, launchPermissions };
  await reconcileAll(aws);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([next]);
  fake.revoke(next);
  await reconcileAll(aws);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([first]);
});

test("reconcile adds other builds and removes a revoked one when a build can't be added", async () => {
  const fake = fakeAws({ ...stable, keep: 3 });
  const revoked = fake.addBuild("1.0.0");
  await reconcileAll(fake.aws);
  fake.revoke(revoked);
  const [bad, good] = [fake.addBuild("1.0.1"), fake.addBuild("1.0.2")];
  const { associate } = fake.aws.ram;
  const aws = {
    ...fake.aws,
    ram: {
      ...fake.aws.ram,
      associate: (share: string, arns: readonly string[]) =>
        arns.includes(bad) ? Promise.reject(new Error("unknown resource")) : associate(share, arns),
    },
  };
  await expect(reconcileAll(aws)).rejects.toThrow(/^unknown resource$/);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([good]);
});

test("reconcile adds at most 100 builds in one call", async () => {
  const fake = fakeAws({ ...stable, keep: 150 });
  for (let patch = 0; patch < 150; patch += 1) fake.addBuild(`1.0.${patch}`);
  const sizes: number[] = [];
  const { associate } = fake.aws.ram;
  const ram = {
    ...fake.aws.ram,
    associate: (share: string, arns: readonly string[]) => {
      sizes.push(arns.length);
      return associate(share, arns);
    },
  };
  await reconcileAll({ ...fake.aws, ram });
  expect(sizes).toEqual([100, 50]);
});

test("reconcile reports each image that it has no time left for, and starts with a different one each time", async () => {
  const fake = fakeAws(canary);
  const shares = async () => ({
    shares: ["a", "b", "c"].map((image) => ({
      ...fake.shares[0]!,
      image,
      arn: `share-of-${image}`,
    })),
    unreadable: [],
  });
  const aws = { ...fake.aws, ram: { ...fake.aws.ram, shares }, deadline: 0 };
  const messages = async (): Promise<string[]> => {
    const { errors } = await reconcileAll(aws).catch((error) => error);
    return errors.map(({ message }: Error) => message);
  };
  const first = await messages();
  expect([...first].sort()).toEqual([
    "the run had no time left for the image 'a'; the next run checks it",
    "the run had no time left for the image 'b'; the next run checks it",
    "the run had no time left for the image 'c'; the next run checks it",
  ]);
  fake.time += 24 * HOUR_MS + 1;
  expect((await messages())[0]).not.toBe(first[0]);
});

test("reconcile trusts a build that it read directly over an outdated list, also when another build can't be read", async () => {
  const fake = fakeAws(canary);
  const arn = fake.addBuild("1.0.0");
  const { build, builds } = fake.aws.images;
  const images = {
    ...fake.aws.images,
    build: (one: string) =>
      one.endsWith("9.9.9/1") ? Promise.reject(new Error("bad request")) : build(one),
    builds: async (version: string) =>
      (await builds(version)).map((one) => ({ ...one, status: "DISTRIBUTING" })),
  };
  const event = snsEvent(buildMessage(arnOf("9.9.9", 1)), buildMessage(arn));
  const requests = parseEvent(event, HOME);
  await expect(reconcile({ ...fake.aws, images }, requests, silentReport)).rejects.toThrow(
    /^bad request$/,
  );
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
});

test("reconcile reconciles the other shares when the principals of a skipped share can't be read", async () => {
  const fake = fakeAws(canary, stable);
  const arn = fake.addBuild("1.0.0");
  fake.permissions.get("ami-1.0.0-1")?.add("888888888888");
  Object.assign(fake.shares[1]!, { status: "PENDING" });
  const { principals } = fake.aws.ram;
  const ram = {
    ...fake.aws.ram,
    principals: (share: string) =>
      share === "share-stable" ? Promise.reject(new Error("denied")) : principals(share),
  };
  await expect(reconcileAll({ ...fake.aws, ram })).rejects.toThrow(/^denied$/);
  expect(fake.sharedIn(fake.shares[0]!)).toEqual([arn]);
  // The principal may belong to the share that can't be read.
  expect(fake.launchersOf(arn)).toContain("888888888888");
});

test("reconcile removes every launch permission of a revoked build, even when no share can be changed", async () => {
  const fake = fakeAws(canary);
  const arn = fake.addBuild("1.0.0");
  const more = { region: "us-east-1", id: "ami-more" };
  fake.builds.set(arn, { ...fake.builds.get(arn)!, amis: [...fake.builds.get(arn)!.amis, more] });
  fake.permissions.set(more.id, new Set());
  await reconcileAll(fake.aws);
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
      silentReport,
    ),
  ).rejects.toThrow("denied");
  expect(fake.permissions.get(more.id)).toEqual(new Set());
  await reconcile(fake.aws, [{ kind: "image", image: IMAGE, hints: [] }], silentReport);
  expect(fake.launchersOf(arn)).toEqual([]);
});

test("reconcile reports a removal as rejected only when RAM rejected it", async () => {
  const fake = fakeAws(canary);
  fake.addBuild("1.0.0");
  await reconcileAll(fake.aws);
  fake.addBuild("1.0.1");
  const ram = { ...fake.aws.ram, disassociate: () => Promise.reject(new Error("throttled")) };
  const refused: number[] = [];
  const report = {
    ...silentReport,
    finished: (all: readonly { readonly refused: readonly string[] }[]) =>
      refused.push(all[0]!.refused.length),
  };
  await expect(reconcileAll({ ...fake.aws, ram }, report)).rejects.toThrow("throttled");
  expect(refused).toEqual([0]);
});

/** Returns the number of calls for the event of the newest of some builds. */
async function callsWith(builds: number): Promise<number> {
  const fake = fakeAws(stable);
  const arns = Array.from({ length: builds }, (_, index) => fake.addBuild(`1.0.${index}`));
  await reconcileAll(fake.aws);
  fake.calls = 0;
  const event = snsEvent(buildMessage(arns.at(-1)!));
  await reconcile(fake.aws, parseEvent(event, HOME), silentReport);
  return fake.calls;
}

test("reconcile makes as many calls for an event after a thousand builds as after ten", async () => {
  expect(await callsWith(1_000)).toBe(await callsWith(10));
});

test("reconcile makes fewer than 50 calls for an event when the newest build's AMI is deregistered", async () => {
  const fake = fakeAws(stable);
  const arns = Array.from({ length: 200 }, (_, index) => fake.addBuild(`1.0.${index}`));
  await reconcileAll(fake.aws);
  fake.permissions.delete("ami-1.0.199-1");
  fake.calls = 0;
  const event = snsEvent(buildMessage(arns.at(-1)!));
  const [summary] = await reconcile(fake.aws, parseEvent(event, HOME), silentReport);
  expect(summary?.shared).toEqual([arns.at(-2), arns.at(-3)]);
  expect(fake.calls).toBeLessThan(50);
});
