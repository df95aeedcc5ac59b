import type { Report } from "../../../lambda/share-updater/reconcile";
import { FakeAws, randomFrom } from "../../../tools/fixtures/fake-aws";
import { canary, fakeAws, fullRun, HOUR_MS, handle, run, silentReport, stable } from "./support";

const ADDED_BY_UPDATER = "golden-image:revoked-by";

/** A fake whose image has a golden parent, and a channel with one build. */
function childImage(): FakeAws {
  const fake = fakeAws(canary);
  fake.deployWithGoldenParent();
  return fake;
}

/** Adds a build that is based on a build of the parent. */
function addChild(fake: FakeAws, version: string, parent: string, hasTag = false): string {
  const arn = fake.addBuild(version);
  fake.setParent(arn, parent, hasTag);
  return arn;
}

describe.each([
  ["named by Image Builder", false],
  ["named by the tag of its start", true],
])("a build whose parent is %s", (_case, hasTag) => {
  test("is replaced, marked and can't be launched once its parent is revoked", async () => {
    const fake = childImage();
    const [good, bad] = [fake.addAncestor("1.0.0"), fake.addAncestor("1.0.1")];
    const older = addChild(fake, "1.0.0", good, hasTag);
    const newer = addChild(fake, "1.0.1", bad, hasTag);
    await run(fake);
    expect(fake.sharedIn("canary")).toEqual([newer]);
    fake.revoke(bad);
    const { problems } = await run(fake);
    expect(problems).toEqual([]);
    expect(fake.sharedIn("canary")).toEqual([older]);
    expect(fake.launchersOf(newer)).toEqual([]);
    expect(fake.builds.get(newer)?.tags[ADDED_BY_UPDATER]).toBe(bad);
    expect(fake.builds.get(older)?.tags).not.toHaveProperty([ADDED_BY_UPDATER]);
    expect(fake.violations).toEqual([]);
  });
});

test("a build inherits from the parent that Image Builder names, not from that of the tag", async () => {
  const fake = childImage();
  const [used, tagged] = [fake.addAncestor("1.0.0"), fake.addAncestor("1.0.1")];
  const arn = addChild(fake, "1.0.0", tagged, true);
  fake.setParent(arn, used, false);
  fake.revoke(tagged);
  await fullRun(fake);
  expect(fake.sharedIn("canary")).toEqual([arn]);
  fake.revoke(used);
  await fullRun(fake);
  expect(fake.builds.get(arn)?.tags[ADDED_BY_UPDATER]).toBe(used);
});

test("a mark outlives the revoked ancestor", async () => {
  const fake = childImage();
  const bad = fake.addAncestor("1.0.0");
  const arn = addChild(fake, "1.0.0", bad);
  fake.revoke(bad);
  await run(fake);
  fake.delete(bad);
  await run(fake);
  expect(fake.sharedIn("canary")).toEqual([]);
  expect(fake.builds.get(arn)?.tags[ADDED_BY_UPDATER]).toBe(bad);
});

test("a revocation reaches builds over several generations, and a mark names the build that was revoked", async () => {
  const fake = childImage();
  const [root, middle] = [fake.addAncestor("1.0.0"), fake.addAncestor("1.1.0")];
  fake.setParent(middle, root, false);
  const arn = addChild(fake, "1.0.0", middle);
  fake.revoke(root);
  await run(fake);
  expect(fake.builds.get(arn)?.tags[ADDED_BY_UPDATER]).toBe(root);
});

test("a mark of an ancestor is inherited, even if the build that was revoked is deleted", async () => {
  const fake = childImage();
  const [root, middle] = ["arn:aws:imagebuilder:eu-west-1:111111111111:image/os/0.9.0/1", "1.1.0"];
  const parent = fake.addAncestor(middle);
  fake.change(parent, { tags: { [ADDED_BY_UPDATER]: root } });
  const arn = addChild(fake, "1.0.0", parent);
  await run(fake);
  expect(fake.sharedIn("canary")).toEqual([]);
  expect(fake.builds.get(arn)?.tags[ADDED_BY_UPDATER]).toBe(root);
});

test.each([
  [
    "is revoked with golden-image:revoked-only",
    (fake: FakeAws, arn: string) => fake.revokeOnly(arn),
  ],
  [
    "is disabled without a revocation",
    (fake: FakeAws, arn: string) => fake.change(arn, { status: "DISABLED" }),
  ],
  ["is deleted", (fake: FakeAws, arn: string) => fake.delete(arn)],
  [
    "is scheduled to be revoked later",
    (fake: FakeAws, arn: string) => fake.revokeAt(arn, fake.time + 2 * HOUR_MS),
  ],
])("a build stays shared if its parent %s", async (_case, change) => {
  const fake = childImage();
  const parent = fake.addAncestor("1.0.0");
  const arn = addChild(fake, "1.0.0", parent);
  change(fake, parent);
  await fullRun(fake);
  expect(fake.sharedIn("canary")).toEqual([arn]);
  expect(fake.builds.get(arn)?.tags).not.toHaveProperty([ADDED_BY_UPDATER]);
});

test("a build stays shared if Image Builder doesn't name its parent, or names one of another account", async () => {
  const fake = childImage();
  const unknown = fake.addBuild("1.0.0");
  await run(fake);
  expect(fake.sharedIn("canary")).toEqual([unknown]);
  const foreign = "arn:aws:imagebuilder:eu-west-1:999999999999:image/os/1.0.0/1";
  const arn = addChild(fake, "1.0.1", foreign);
  await run(fake);
  expect(fake.sharedIn("canary")).toEqual([arn]);
  expect(fake.violations).toEqual([]);
});

test("a build is reported whose parent isn't named, was deleted, or is only named as a range, and inherits nothing from there on", async () => {
  const fake = childImage();
  const [root, middle] = [fake.addAncestor("1.0.0"), fake.addAncestor("1.1.0")];
  fake.setParent(middle, root, false);
  fake.setParent(root, "ami-0123456789abcdef0", false);
  const arn = addChild(fake, "1.0.0", middle);
  const unknownOf = async () => {
    const report = { ...silentReport, imageReconciled: jest.fn() };
    await run(fake, { report });
    return report.imageReconciled.mock.calls.flatMap(([, result]) => result.unknownAncestors);
  };
  expect(await unknownOf()).toEqual([]);
  fake.delete(root);
  expect(await unknownOf()).toEqual([{ build: arn, of: middle }]);
  fake.delete(middle);
  expect(await unknownOf()).toEqual([{ build: arn, of: arn }]);
  const unnamed = fake.addBuild("1.0.1");
  expect(await unknownOf()).toContainEqual({ build: unnamed, of: unnamed });
  const range = "arn:aws:imagebuilder:eu-west-1:111111111111:image/os/x.x.x";
  const ranged = addChild(fake, "1.0.2", range);
  expect(await unknownOf()).toContainEqual({ build: ranged, of: ranged });
  const foreign = "arn:aws:imagebuilder:eu-west-1:999999999999:image/os/1.0.0/1";
  const known = addChild(fake, "1.0.3", foreign);
  expect((await unknownOf()).map(({ build }) => build)).not.toContain(known);
});

test("without a golden parent, Image Builder isn't asked for the parents of builds", async () => {
  const fake = fakeAws(canary);
  const arn = fake.addBuild("1.0.0");
  const aws = {
    images: { ...fake.aws.images, parent: () => Promise.reject(new Error("asked for a parent")) },
  };
  const { problems } = await run(fake, { aws });
  expect(problems).toEqual([]);
  expect(fake.sharedIn("canary")).toEqual([arn]);
});

test("a build isn't marked because of an answer that is older than the withdrawal of its parent's revocation", async () => {
  const fake = childImage();
  const parent = fake.addAncestor("1.0.0");
  const arn = addChild(fake, "1.0.0", parent);
  fake.revoke(parent);
  fake.time += HOUR_MS;
  fake.unrevoke(parent);
  fake.startRun({ faults: 0, failures: 0, rejections: 0, getImageLagMs: 30_000 });
  for (let count = 0; count < 5; count += 1) await run(fake);
  expect(fake.builds.get(arn)?.tags).not.toHaveProperty([ADDED_BY_UPDATER]);
  expect(fake.sharedIn("canary")).toEqual([arn]);
});

test("an ancestor that can't be read is a problem, and doesn't stop the rest", async () => {
  const fake = childImage();
  const [good, unreadable] = [fake.addAncestor("1.0.0"), fake.addAncestor("1.0.1")];
  addChild(fake, "1.0.0", good);
  const arn = addChild(fake, "1.0.1", unreadable);
  fake.failing.add(unreadable);
  const { problems } = await run(fake);
  expect(problems).toEqual([`denied: ${unreadable}`]);
  expect(fake.sharedIn("canary")).toEqual([arn]);
});

test("a build whose mark can't be set leaves the share, and the next run sets the mark", async () => {
  const fake = childImage();
  const [good, bad] = [fake.addAncestor("1.0.0"), fake.addAncestor("1.0.1")];
  const older = addChild(fake, "1.0.0", good);
  const newer = addChild(fake, "1.0.1", bad);
  await run(fake);
  fake.revoke(bad);
  const markRevoked = () => Promise.reject(new Error("throttled"));
  const aws = { images: { ...fake.aws.images, markRevoked } };
  const { problems } = await run(fake, { aws });
  expect(problems).toEqual(["throttled"]);
  expect(fake.sharedIn("canary")).toEqual([older]);
  await fullRun(fake);
  expect(fake.builds.get(newer)?.tags[ADDED_BY_UPDATER]).toBe(bad);
});

test("a full run takes the launch permission of older builds that inherit a revocation", async () => {
  const fake = childImage();
  const [bad, good] = [fake.addAncestor("1.0.0"), fake.addAncestor("1.0.1")];
  const older = addChild(fake, "1.0.0", bad);
  await run(fake);
  const newer = addChild(fake, "1.0.1", good);
  await run(fake);
  expect(fake.launchersOf(older)).toEqual(["222222222222"]);
  fake.revoke(bad);
  await run(fake);
  expect(fake.launchersOf(older)).toEqual(["222222222222"]);
  await fullRun(fake);
  expect(fake.launchersOf(older)).toEqual([]);
  expect(fake.sharedIn("canary")).toEqual([newer]);
});

test("an operator's run of a revoked build sends a message for each image that is based on its image", async () => {
  const fake = new FakeAws([stable], randomFrom(1));
  const arn = fake.addBuild("1.0.0");
  const channels = {};
  Object.assign(fake.manifest.images, {
    child: { parent: "base", channels },
    grandchild: { parent: "child", channels },
    other: { parent: "another", channels },
  });
  const operators = { image: "base", build: arn };
  await handle(fake, operators);
  expect(fake.queue.splice(0).map(({ body }) => body)).toEqual([JSON.stringify(operators)]);
  fake.revoke(arn);
  await handle(fake, operators);
  expect(fake.queue.map(({ body }) => JSON.parse(body))).toEqual([
    operators,
    { image: "child", full: true },
    { image: "grandchild", full: true },
  ]);
});

describe("a scheduled revocation", () => {
  test("takes effect at the first run after its time, without another tag", async () => {
    const fake = fakeAws(canary);
    const older = fake.addBuild("1.0.0");
    const newer = fake.addBuild("1.0.1");
    fake.revokeAt(newer, fake.time + 2 * HOUR_MS);
    await run(fake);
    expect(fake.sharedIn("canary")).toEqual([newer]);
    fake.time += 2 * HOUR_MS;
    await run(fake);
    expect(fake.sharedIn("canary")).toEqual([older]);
    expect(fake.launchersOf(newer)).toEqual([]);
  });

  test("is reported from its time on, until the build is disabled", async () => {
    const fake = fakeAws(canary);
    const arn = fake.addBuild("1.0.0");
    const reported: (readonly string[])[] = [];
    const report: Report = {
      ...silentReport,
      imageReconciled: (_image, result) => reported.push(result.scheduledRevocations),
    };
    fake.revokeAt(arn, fake.time + 2 * HOUR_MS);
    await run(fake, { report });
    fake.time += 2 * HOUR_MS;
    await run(fake, { report });
    fake.change(arn, { status: "DISABLED" });
    await run(fake, { report });
    expect(reported).toEqual([[], [arn], []]);
  });

  test("is inherited once its time has come", async () => {
    const fake = childImage();
    const parent = fake.addAncestor("1.0.0");
    const arn = addChild(fake, "1.0.0", parent);
    fake.revokeAt(parent, fake.time + 2 * HOUR_MS);
    await run(fake);
    expect(fake.sharedIn("canary")).toEqual([arn]);
    fake.time += 2 * HOUR_MS;
    await run(fake);
    expect(fake.sharedIn("canary")).toEqual([]);
  });
});
