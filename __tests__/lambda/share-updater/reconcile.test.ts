import type { RecorderMessage } from "../../../contract/recorder";
import type { Build } from "../../../lambda/share-updater/build";
import type { Association, Aws } from "../../../lambda/share-updater/ports";
import { arnOf, FakeAws, IMAGE, randomFrom, shareOf } from "../../../tools/fixtures/fake-aws";
import {
  buildMessage,
  canary,
  fakeAws,
  fullRun,
  HOUR_MS,
  handle,
  recordingReport,
  run,
  sqsEvent,
  stable,
} from "./support";

const OTHER_IMAGE = arnOf("9.0.0", 1).replace("base", "other");

test("reconcile handles the rest of a batch after messages that it ignores", async () => {
  const fake = fakeAws(stable);
  const arn = fake.addBuild("1.0.0");
  const { events, report } = recordingReport();
  const event = sqsEvent("x", buildMessage(OTHER_IMAGE), buildMessage(arn));
  const { shares, problems } = await handle(fake, event, { report });
  expect(shares).toMatchObject([
    { channel: "stable", shared: [arn], associated: [arn], desired: [arn] },
  ]);
  expect(problems).toEqual([]);
  expect(events).toEqual([
    "ignored: the message isn't JSON",
    "ignored: the image 'other' isn't in the manifest",
    "reconciled: base stable",
  ]);
});

test("reconcile reports a failed build and changes nothing", async () => {
  const fake = fakeAws(stable);
  const arn = fake.addBuild("1.0.0", "FAILED");
  const { events, report } = recordingReport();
  await handle(fake, sqsEvent(buildMessage(arn, "FAILED")), { report });
  expect(events).toEqual([`failed: base ${arn}`]);
  expect(fake.writes).toBe(0);
});

test("reconcile shares a build that an event names before lists show it", async () => {
  const fake = fakeAws(stable);
  const arn = fake.addBuild("1.0.0", "AVAILABLE", 2 * HOUR_MS);
  await handle(fake, sqsEvent(buildMessage(arn)));
  expect(fake.sharedIn("stable")).toEqual([arn]);
});

test("reconcile returns a failure after it has reconciled the other shares", async () => {
  const fake = fakeAws(canary, stable);
  const arn = fake.addBuild("1.0.0");
  const { associate } = fake.aws.ram;
  const ram = {
    ...fake.aws.ram,
    associate: (share: string, arns: readonly string[]) =>
      share === shareOf("canary") ? Promise.reject(new Error("no")) : associate(share, arns),
  };
  const { problems } = await run(fake, { aws: { ram } });
  expect(problems).toEqual(["no"]);
  expect(fake.sharedIn("stable")).toEqual([arn]);
});

test("reconcile leaves a share that isn't ACTIVE alone, and reports it", async () => {
  const fake = fakeAws(stable);
  fake.addBuild("1.0.0");
  fake.share("stable").status = "PENDING";
  const { events, report } = recordingReport();
  const { shares, mismatches, problems } = await run(fake, { report });
  const problem = "stable: its resource share is PENDING, and RAM changes only ACTIVE ones";
  expect(shares).toEqual([]);
  expect(mismatches).toEqual([problem]);
  expect(problems).toEqual([]);
  expect(events).toEqual(["reconciled: base ", `mismatch: ${problem}`]);
  expect(fake.sharedIn("stable")).toEqual([]);
});

test("reconcile keeps the launch permissions of the audience of a share that isn't ACTIVE", async () => {
  const fake = fakeAws({ ...canary, audience: ["333333333333"] }, stable);
  const arn = fake.addBuild("1.0.0");
  await run(fake);
  fake.share("canary").status = "PENDING";
  await run(fake);
  expect(fake.launchersOf(arn).sort()).toEqual(["222222222222", "333333333333"]);
});

test("reconcile removes a build of another image that was added to a share by hand", async () => {
  const fake = fakeAws(canary);
  const arn = fake.addBuild("1.0.0");
  fake.editShare("canary", OTHER_IMAGE, true);
  await run(fake);
  expect(fake.sharedIn("canary")).toEqual([arn]);
  expect(fake.violations).toEqual([]);
});

test("reconcile returns a failure after it has reconciled the shares when a revoked build's AMI can't be read", async () => {
  const fake = fakeAws(canary);
  const bad = fake.addBuild("1.0.0");
  const good = fake.addBuild("1.0.1");
  fake.revoke(bad);
  fake.failing.add("ami-1.0.0-1");
  // A quick run doesn't look at builds that are older than the newest eligible one.
  const { problems } = await fullRun(fake);
  expect(problems).toEqual(["denied: ami-1.0.0-1"]);
  expect(fake.sharedIn("canary")).toEqual([good]);
});

test("reconcile keeps the old build and tries again when an association ends as FAILED", async () => {
  const fake = fakeAws(canary);
  const first = fake.addBuild("1.0.0");
  await run(fake);
  const second = fake.addBuild("1.0.1");
  fake.conditions = { faults: 0, failures: 1, rejections: 0 };
  const failed = await run(fake);
  expect(failed.shares).toMatchObject([{ failed: [second], shared: [first], disassociated: [] }]);
  fake.conditions = { faults: 0, failures: 0, rejections: 0 };
  const healed = await run(fake);
  expect(healed.shares).toMatchObject([{ failed: [], shared: [second], disassociated: [first] }]);
});

test("reconcile lists a revoked build as removed, also if it is removed before the shares are reconciled", async () => {
  const fake = fakeAws(canary, { ...stable, keep: 2 });
  const first = fake.addBuild("1.0.0");
  await run(fake);
  const second = fake.addBuild("1.0.1");
  await run(fake);
  fake.revoke(second);
  const { shares } = await run(fake);
  expect(shares).toMatchObject([
    { channel: "canary", shared: [first], disassociated: [second] },
    { channel: "stable", shared: [first], disassociated: [second] },
  ]);
});

test("reconcile shares the new build and tries again when RAM refuses to remove the old one", async () => {
  const fake = fakeAws(canary);
  const first = fake.addBuild("1.0.0");
  await run(fake);
  const second = fake.addBuild("1.0.1");
  fake.conditions = { faults: 0, failures: 0, rejections: 1 };
  const refused = await run(fake);
  expect(refused.shares).toMatchObject([{ refused: [first], shared: [second, first] }]);
  fake.conditions = { faults: 0, failures: 0, rejections: 0 };
  expect((await run(fake)).shares).toMatchObject([{ refused: [], shared: [second] }]);
});

test("reconcile reverts an edit by hand, and writes nothing when nothing differs", async () => {
  const fake = fakeAws(stable);
  const [old, ...newest] = ["1.0.0", "1.0.1", "1.0.2"].map((version) => fake.addBuild(version));
  fake.editShare("stable", old!, true);
  await run(fake);
  expect(fake.sharedIn("stable")).toEqual(newest.reverse());
  const { writes } = fake;
  await run(fake);
  expect(fake.writes).toBe(writes);
});

test("reconcile leaves time for the other shares when RAM never settles two of them, and reports these", async () => {
  const stuck = { ...canary, name: "stuck" };
  const alsoStuck = { ...canary, name: "also-stuck" };
  const fake = fakeAws(stuck, alsoStuck, canary);
  const arn = fake.addBuild("1.0.0");
  const never = {
    arn,
    status: "ASSOCIATING",
    settlesAt: Number.POSITIVE_INFINITY,
    settlesAs: "ASSOCIATED",
  };
  for (const name of ["stuck", "also-stuck"]) fake.share(name).associations.set(arn, never);
  // The stuck shares also contain a build that must be removed.
  for (const name of ["stuck", "also-stuck"]) fake.editShare(name, OTHER_IMAGE, true);
  const start = fake.time;
  const { problems } = await run(fake, { aws: { deadline: start + 60_000 } });
  const busy = (name: string): string =>
    `RAM is still changing the share ${shareOf(name)}; the next run checks it again`;
  expect([...new Set(problems)]).toEqual([busy("stuck"), busy("also-stuck")]);
  expect(fake.sharedIn("canary")).toEqual([arn]);
  expect(fake.time - start).toBeLessThan(60_000);
});

test("reconcile returns the age of the newest shared build, or of a share that contains no build", async () => {
  const fake = fakeAws(canary);
  fake.time += 48 * HOUR_MS;
  const ages = async () =>
    (await run(fake)).shares.map(({ newestAgeHours }) => Math.round(newestAgeHours));
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
  fake.editShare("canary", first, true);
  const second = fake.addBuild("1.0.1");
  fake.editShare("canary", second, true);
  let reads = 0;
  const { associations } = fake.aws.ram;
  const ram = {
    ...fake.aws.ram,
    associations: (shares: readonly string[]) => {
      reads += 1;
      if (reads === 2) fake.editShare("canary", second, false);
      return associations(shares);
    },
  };
  const { problems } = await run(fake, { aws: { ram } });
  expect(problems).toEqual([
    `another run or an operator changed the share ${shareOf("canary")}; the next run checks it again`,
  ]);
  expect(fake.sharedIn("canary")).toEqual([first]);
});

test("reconcile neither shares nor makes launchable a build that is revoked during a wait for RAM", async () => {
  const fake = fakeAws(canary, { ...stable, keep: 1 });
  const good = fake.addBuild("1.0.0");
  await run(fake);
  const bad = fake.addBuild("1.0.1");
  fake.onSleep = () => fake.revoke(bad);
  // The new build isn't added to one share, and the old one isn't removed from the other.
  const changed = `the build ${bad} changed during this run; the next run checks it again`;
  expect((await run(fake)).problems).toEqual([changed, changed]);
  await run(fake);
  for (const name of ["canary", "stable"]) expect(fake.sharedIn(name)).toEqual([good]);
  expect(fake.launchersOf(bad)).toEqual([]);
  expect(fake.violations).toEqual([]);
});

test("reconcile removes the launch permissions of principals that are in no channel of the build", async () => {
  const requiringApproval: typeof stable = { ...stable, approval: "required" };
  const fake = fakeAws(
    { ...canary, audience: ["333333333333", "222222222222"] },
    requiringApproval,
  );
  const arn = fake.addBuild("1.0.0");
  await run(fake);
  fake.permit(arn, "all");
  fake.permit(arn, "888888888888");
  fake.deploy([{ ...canary, audience: ["333333333333"] }, requiringApproval]);
  await run(fake);
  expect(fake.launchersOf(arn)).toEqual(["333333333333"]);
});

test("reconcile lets a new principal launch the shared builds, and not those that became ineligible", async () => {
  const fake = fakeAws(canary);
  const arn = fake.addBuild("1.0.0");
  await run(fake);
  const audience = ["222222222222", "333333333333"];
  fake.deploy([{ ...canary, audience, approval: "required" }]);
  await run(fake);
  expect(fake.sharedIn("canary")).toEqual([arn]);
  expect(fake.launchersOf(arn)).toEqual(["222222222222"]);
  fake.deploy([{ ...canary, audience }]);
  await run(fake);
  expect(fake.launchersOf(arn)).toEqual(audience);
});

test("reconcile treats a build without AMIs as deleted, whether they are deregistered or never existed", async () => {
  const fake = fakeAws(canary);
  const good = fake.addBuild("1.0.0");
  await run(fake);
  fake.deregister(fake.addBuild("1.0.1"));
  fake.change(fake.addBuild("1.0.2"), { amis: [] });
  expect((await run(fake)).shares).toMatchObject([{ desired: [good], shared: [good], failed: [] }]);
});

test("reconcile shares and removes builds of a container image without calls for launch permissions", async () => {
  const fake = new FakeAws([canary], randomFrom(1), "container");
  const first = fake.addBuild("1.0.0");
  const next = fake.addBuild("1.0.1");
  const amis = {
    ...fake.aws.amis,
    launchPermission: () => Promise.reject(new Error("asked")),
    changeLaunchPermission: () => Promise.reject(new Error("changed")),
  };
  expect((await run(fake, { aws: { amis } })).problems).toEqual([]);
  expect(fake.sharedIn("canary")).toEqual([next]);
  fake.revoke(next);
  expect((await run(fake, { aws: { amis } })).problems).toEqual([]);
  expect(fake.sharedIn("canary")).toEqual([first]);
});

test("reconcile adds other builds and removes a revoked one when a build can't be added", async () => {
  const fake = fakeAws({ ...stable, keep: 3 });
  const revoked = fake.addBuild("1.0.0");
  await run(fake);
  fake.revoke(revoked);
  const [bad, good] = [fake.addBuild("1.0.1"), fake.addBuild("1.0.2")];
  const { associate } = fake.aws.ram;
  const ram = {
    ...fake.aws.ram,
    associate: (share: string, arns: readonly string[]) =>
      arns.includes(bad) ? Promise.reject(new Error("unknown resource")) : associate(share, arns),
  };
  const { shares, problems } = await run(fake, { aws: { ram } });
  expect(problems).toContain("unknown resource");
  expect(shares).toMatchObject([{ failed: [bad], shared: [good] }]);
  expect(fake.sharedIn("stable")).toEqual([good]);
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
  await run(fake, { aws: { ram } });
  expect(sizes).toEqual([100, 50]);
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
  const event = sqsEvent(buildMessage(arnOf("9.9.9", 1)), buildMessage(arn));
  const { problems } = await handle(fake, event, { aws: { images } });
  expect(problems).toEqual(["bad request"]);
  expect(fake.sharedIn("canary")).toEqual([arn]);
});

test("reconcile reconciles the shares when their principals can't be read", async () => {
  const fake = fakeAws(canary, stable);
  const arn = fake.addBuild("1.0.0");
  fake.share("stable").status = "PENDING";
  fake.failing.add("principals");
  const { problems } = await run(fake);
  expect(problems).toContain(`denied: principals,${shareOf("canary")},${shareOf("stable")}`);
  expect(fake.sharedIn("canary")).toEqual([arn]);
});

test("reconcile removes every launch permission of a revoked build, even when no share can be changed", async () => {
  const fake = fakeAws(canary);
  const arn = fake.addBuild("1.0.0", "AVAILABLE", 0, ["us-east-1"]);
  await run(fake);
  const copy = fake.amis.get("ami-1.0.0-1-us-east-1")!;
  expect([...copy.launchers]).toEqual(["222222222222"]);
  fake.revoke(arn);
  fake.share("canary").status = "FAILED";
  fake.failing.add("ami-1.0.0-1");
  expect((await run(fake)).problems).toContain("denied: ami-1.0.0-1");
  expect([...copy.launchers]).toEqual([]);
  fake.failing.clear();
  await run(fake);
  expect(fake.launchersOf(arn)).toEqual([]);
});

test("reconcile reports a removal as rejected only when RAM rejected it", async () => {
  const fake = fakeAws(canary);
  fake.addBuild("1.0.0");
  await run(fake);
  fake.addBuild("1.0.1");
  const ram = { ...fake.aws.ram, disassociate: () => Promise.reject(new Error("throttled")) };
  const { shares, problems } = await run(fake, { aws: { ram } });
  expect(problems).toEqual(["throttled"]);
  expect(shares).toMatchObject([{ refused: [] }]);
});

describe("a run over all images", () => {
  test("sends a message for each image of the manifest", async () => {
    const fake = fakeAws(canary);
    fake.addAmi({ region: "eu-west-1", id: "ami-old" }, OTHER_IMAGE, "other");
    expect(await handle(fake, {})).toEqual({ shares: [], mismatches: [], problems: [] });
    expect(fake.queue.map(({ body }) => body)).toEqual(['{"image":"base"}']);
    expect(fake.callsOf).toEqual({ ram: 0, imageBuilder: 0, ec2: 0, sqs: 1 });
  });

  test("sends a message for each image that only tags of AMIs know, when it is a full run", async () => {
    const fake = fakeAws(canary);
    fake.addAmi({ region: "eu-west-1", id: "ami-old" }, OTHER_IMAGE, "other");
    fake.addAmi({ region: "eu-west-1", id: "ami-odd" }, OTHER_IMAGE, "Not a name");
    await handle(fake, { full: true });
    expect(fake.queue.map(({ body }) => body)).toEqual([
      '{"image":"base","full":true}',
      '{"image":"other","full":true}',
    ]);
  });

  test("sends the messages of the manifest's images even when EC2 can't list AMIs, and reports it", async () => {
    const fake = fakeAws(canary);
    fake.failing.add("images");
    const { events, report } = recordingReport();
    await handle(fake, { full: true }, { report });
    expect(events).toEqual(["incomplete: denied: images"]);
    expect(fake.queue.map(({ body }) => body)).toEqual(['{"image":"base","full":true}']);
  });

  test("lets other messages through after each 20 images when it is a full run", async () => {
    const fake = fakeAws();
    const names = Array.from({ length: 45 }, (_, index) => `image-${index + 10}`);
    for (const name of names) fake.addAmi({ region: "eu-west-1", id: `ami-${name}` }, "", name);
    const sent: { readonly body: string; readonly delay: number }[] = [];
    const send: Aws["send"] = async (messages, delay = 0) => {
      sent.push(...messages.map((message) => ({ body: JSON.stringify(message), delay })));
    };
    await handle(fake, { full: true }, { aws: { send } });
    for (let at = 0; at < sent.length; at += 1)
      if (sent[at]!.body.includes("after"))
        await handle(fake, sqsEvent(JSON.parse(sent[at]!.body)), { aws: { send } });
    const images = sent.flatMap(({ body }) => JSON.parse(body).image ?? []);
    expect(images).toEqual(names);
    expect(sent.filter(({ delay }) => delay > 0)).toEqual([
      { body: '{"full":true,"after":"image-29"}', delay: 900 },
      { body: '{"full":true,"after":"image-49"}', delay: 900 },
    ]);
  });
});

describe("a build that an operator has changed", () => {
  test("is looked at again after a minute, because the first answer may be out of date", async () => {
    const fake = fakeAws(canary);
    const build = fake.addBuild("1.0.0");
    const sent: unknown[] = [];
    const send: Aws["send"] = async (...message) => void sent.push(message);
    await handle(fake, { image: IMAGE, build }, { aws: { send } });
    expect(sent).toEqual([[[{ image: IMAGE, build }], 60]]);
    await handle(fake, sqsEvent({ image: IMAGE, build }), { aws: { send } });
    expect(sent).toHaveLength(1);
  });

  test("is reported with the shares, even when the message for the second look can't be sent", async () => {
    const fake = fakeAws(canary);
    const build = fake.addBuild("1.0.0");
    const send = () => Promise.reject(new Error("no queue"));
    expect(await handle(fake, { image: IMAGE, build }, { aws: { send } })).toMatchObject({
      shares: [{ shared: [build] }],
      problems: ["no queue"],
    });
  });
});

test("reconcile throws when the run has no time left, so that the queue delivers the message again", async () => {
  const fake = fakeAws(canary);
  fake.addBuild("1.0.0");
  await expect(run(fake, { aws: { deadline: fake.time } })).rejects.toThrow(
    new Error("the run had no time left for the rest of the image; a later run continues"),
  );
  expect(fake.writes).toBe(0);
});

/**
 * Returns the calls for the event of the newest of some builds, of which a channel has `shared`.
 */
async function callsWith(builds: number, isFull = true): Promise<number> {
  const fake = fakeAws(isFull ? stable : { ...stable, keep: 5, approval: "required" });
  const arns = Array.from({ length: builds }, (_, index) => fake.addBuild(`1.0.${index}`));
  fake.approve(arns.at(-2)!, "stable", true);
  await run(fake);
  fake.calls = 0;
  await handle(fake, sqsEvent(buildMessage(arns.at(-1)!)));
  return fake.calls;
}

test("reconcile makes as many calls for an event after a thousand builds as after ten", async () => {
  expect(await callsWith(1_000)).toBe(await callsWith(10));
});

test("reconcile makes as many calls for an event after a thousand builds as after ten, when the channel isn't full", async () => {
  expect(await callsWith(1_000, false)).toBe(await callsWith(10, false));
});

test("reconcile shares an older build when an event arrives after the shared one was revoked, and the channel isn't full", async () => {
  const fake = fakeAws({ ...stable, keep: 1, approval: "required" });
  const [old, revoked, next] = ["1.0.0", "1.0.1", "1.0.2"].map((version) => fake.addBuild(version));
  for (const arn of [old, revoked]) fake.approve(arn!, "stable", true);
  await run(fake);
  fake.revoke(revoked!);
  await handle(fake, sqsEvent(buildMessage(next!)));
  expect(fake.sharedIn("stable")).toEqual([old]);
});

test("reconcile doesn't share an older build after a forged event, because it hasn't looked for newer ones", async () => {
  const fake = fakeAws(canary, stable);
  const [old, middle] = ["1.0.0", "1.0.1", "1.0.2"].map((version) => fake.addBuild(version));
  fake.editShare("canary", old!, true);
  await handle(fake, sqsEvent(buildMessage(arnOf("9.9.9", 1))));
  expect(fake.sharedIn("stable")).toEqual([]);
  expect(fake.launchersOf(middle!)).toEqual([]);
  expect(fake.violations).toEqual([]);
});

test("reconcile makes fewer than 50 calls for an event when the newest build's AMI is deregistered", async () => {
  const fake = fakeAws(stable);
  const arns = Array.from({ length: 200 }, (_, index) => fake.addBuild(`1.0.${index}`));
  await run(fake);
  fake.deregister(arns.at(-1)!);
  fake.calls = 0;
  const { shares } = await handle(fake, sqsEvent(buildMessage(arns.at(-1)!)));
  expect(shares[0]?.shared).toEqual([arns.at(-2), arns.at(-3)]);
  expect(fake.calls).toBeLessThan(50);
});

test("reconcile ignores a build in a list whose ARN isn't one", async () => {
  const fake = fakeAws(canary);
  const arn = fake.addBuild("1.0.0");
  const { builds } = fake.aws.images;
  const images = {
    ...fake.aws.images,
    builds: async (version: string): Promise<Build[]> => [
      { ...fake.builds.get(arn)!, arn: "" },
      ...(await builds(version)),
    ],
  };
  expect((await handle(fake, { image: IMAGE }, { aws: { images } })).problems).toEqual([]);
  expect(fake.sharedIn("canary")).toEqual([arn]);
});

describe("the recorder", () => {
  /** Returns a fake and the messages that its updater sends to the recorder. */
  function recordingAws(channel = stable) {
    const fake = fakeAws(channel);
    const sent: (readonly RecorderMessage[])[] = [];
    const aws = {
      record: async (messages: readonly RecorderMessage[]) => void sent.push(messages),
    };
    return { fake, sent, aws };
  }

  test("gets a build that ends, and builds that a run shares, once", async () => {
    const { fake, sent, aws } = recordingAws();
    const first = fake.addBuild("1.0.0");
    await handle(fake, sqsEvent(buildMessage(first)), { aws });
    const second = fake.addBuild("1.0.1");
    await run(fake, { aws });
    await run(fake, { aws });
    expect(sent).toEqual([
      [{ build: first, channel: "stable" }],
      [{ build: second, channel: "stable", from: first }],
    ]);
  });

  test("gets all shared builds in a full run, in case a message got lost", async () => {
    const { fake, sent, aws } = recordingAws();
    const builds = [fake.addBuild("1.0.0"), fake.addBuild("1.0.1")];
    await run(fake);
    await fullRun(fake, { aws });
    expect(sent).toEqual([builds.reverse().map((build) => ({ build }))]);
  });

  test("gets a channel's change when its newest build is revoked", async () => {
    const { fake, sent, aws } = recordingAws();
    const [first, second] = [fake.addBuild("1.0.0"), fake.addBuild("1.0.1")];
    await run(fake);
    fake.revoke(second);
    await run(fake, { aws });
    expect(sent).toEqual([[{ build: first, channel: "stable", from: second }]]);
  });

  test("gets a channel's change when its last build is revoked", async () => {
    const { fake, sent, aws } = recordingAws();
    const build = fake.addBuild("1.0.0");
    await run(fake);
    fake.revoke(build);
    await run(fake, { aws });
    await run(fake, { aws });
    expect(sent).toEqual([[{ build, channel: "stable", isEmpty: true }]]);
  });

  type Read = (associations: ReadonlyMap<string, readonly Association[]>) => typeof associations;

  /** Changes what reads of shares return after RAM accepted a change. */
  function readAfter(
    { aws: { ram } }: ReturnType<typeof fakeAws>,
    change: "associate" | "disassociate",
    read: Read,
  ): Pick<Aws, "ram"> {
    let isChanged = false;
    return {
      ram: {
        ...ram,
        [change]: async (share: string, arns: readonly string[]) => {
          isChanged = true;
          await ram[change](share, arns);
        },
        associations: async (shares) => {
          const associations = await ram.associations(shares);
          return isChanged ? read(associations) : associations;
        },
      },
    };
  }

  const throttled: Read = () => {
    throw new Error("ThrottlingException");
  };
  const unsettled: Read = (all) =>
    new Map(
      [...all].map(([share, associations]) => [
        share,
        associations.map((one) => ({ ...one, status: "ASSOCIATING" })),
      ]),
    );

  test.each(["the share can't be read then", "RAM takes longer than the run"])(
    "gets a channel's change when a build is added and %s, and the build doesn't count as failed",
    async (reason) => {
      const { fake, sent, aws } = recordingAws();
      const first = fake.addBuild("1.0.0");
      await run(fake);
      const second = fake.addBuild("1.0.1");
      const read = reason.startsWith("RAM") ? unsettled : throttled;
      const { shares } = await run(fake, {
        aws: { ...aws, ...readAfter(fake, "associate", read), deadline: fake.time + 240_000 },
      });
      expect(shares).toMatchObject([{ shared: [first], failed: [] }]);
      expect(sent).toEqual([[{ build: second, channel: "stable", from: first }]]);
      fake.time += HOUR_MS;
      await run(fake, { aws });
      expect(sent).toHaveLength(1);
      expect(fake.sharedIn("stable")).toEqual([second, first]);
    },
  );

  test("gets a channel's change when its newest build is removed and the share can't be read then", async () => {
    const { fake, sent, aws } = recordingAws({ ...stable, approval: "required" });
    const [first, second] = [fake.addBuild("1.0.0"), fake.addBuild("1.0.1")];
    for (const build of [first, second]) fake.approve(build, "stable", true);
    await run(fake);
    fake.approve(second, "stable", false);
    await run(fake, { aws: { ...aws, ...readAfter(fake, "disassociate", throttled) } });
    expect(sent).toEqual([[{ build: first, channel: "stable", from: second }]]);
    await run(fake, { aws });
    expect(sent).toHaveLength(1);
  });

  test("gets a build that failed, once its failure is confirmed", async () => {
    const { fake, sent, aws } = recordingAws();
    const build = fake.addBuild("1.0.0", "FAILED");
    await handle(fake, sqsEvent(buildMessage(build, "FAILED")), { aws });
    expect(sent).toEqual([[{ build }]]);
    const { events, report } = recordingReport();
    const record = () => Promise.reject(new Error("no queue"));
    await handle(fake, sqsEvent(buildMessage(build, "FAILED")), { aws: { record }, report });
    expect(events).toEqual([`failed: base ${build}`, `not recorded: ${build} no queue`]);
    const available = fake.addBuild("1.0.1");
    await handle(fake, sqsEvent(buildMessage(available, "FAILED")), { aws });
    expect(sent).toHaveLength(1);
  });

  test("never holds up sharing: a message that can't be sent is a problem of the run", async () => {
    const { fake } = recordingAws();
    const build = fake.addBuild("1.0.0");
    const record = () => Promise.reject(new Error("no queue"));
    expect((await run(fake, { aws: { record } })).problems).toEqual(["no queue"]);
    expect(fake.sharedIn("stable")).toEqual([build]);
  });
});
