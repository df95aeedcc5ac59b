import type { RecorderManifest, RecorderMessage } from "../../../contract/recorder";
import { recordBuild } from "../../../lambda/recorder/record";
import { BUILD, FakeRecorder, MANIFEST } from "../../../tools/fixtures/fake-recorder";

const EARLIER = BUILD.replace("1.0.3/2", "1.0.2/1");
const MINUTE_MS = 60_000;

const WITH_CHANNELS: RecorderManifest = {
  ...MANIFEST,
  images: { base: { ...MANIFEST.images["base"]!, channels: { stable: "share" } } },
};

/** A recorder that sends release notes, and stores evidence unless `aws` changes that. */
function notingRecorder() {
  const fake = new FakeRecorder();
  const build = fake.builds.get(BUILD)!;
  fake.builds.set(EARLIER, {
    ...build,
    arn: EARLIER,
    recipe: build.recipe?.replace("1.0.3", "1.0.2"),
    amis: [{ region: "eu-west-1", id: "ami-0" }],
  });
  fake.packages.set(EARLIER, [{ name: "bash", version: "5.1" }]);
  fake.shared.set(`share ${BUILD}`, { status: "ASSOCIATED", addedAt: 1_000 });
  fake.shared.set(`share ${EARLIER}`, { status: "ASSOCIATED", addedAt: 500 });
  const send = (message: Partial<RecorderMessage> = {}) => {
    const change = { build: BUILD, channel: "stable", from: EARLIER, ...message };
    return recordBuild({ ...fake.aws, notes: fake.notes }, WITH_CHANNELS, change);
  };
  return { fake, send };
}

function ignored(reason: string) {
  return { kind: "ignored", reason };
}

test("recordBuild publishes what a channel's new build changes, and stores evidence about it", async () => {
  const { fake, send } = notingRecorder();
  fake.builds.set(BUILD, {
    ...fake.builds.get(BUILD)!,
    tags: { "golden-image:approved-stable": "tested" },
  });
  fake.findings.set("ami-1", [{ title: "CVE-2026-1 - bash", severity: "high" }]);
  fake.findings.set("ami-0", []);
  expect(await send()).toEqual({
    outcome: { kind: "recorded", hasPackages: true, hasDigests: true, isComplete: true },
    note: { kind: "published" },
    errors: [],
  });
  expect(fake.published).toEqual([
    {
      subject: "stable of base now shares 1.0.3/2",
      text: `The channel stable of base in eu-west-1 now shares 1.0.3/2.
Its newest build was 1.0.2/1.
Approved: tested

Recipe: 1.0.2 -> 1.0.3
Parent: amazon-linux-2023-x86/2026.1.1/1, as before
Components: no change
Findings: 1 high, before: none
Packages: 1 up, 1 new

New findings:
  high: CVE-2026-1 - bash

Packages with a higher version:
  bash 5.1 -> 5.2

New packages:
  openssl 3.0.1`,
    },
  ]);
  expect([...fake.claims]).toEqual([
    ["notes/channels/base/stable/1.0.3/2/added-1000.txt", fake.published[0]?.text],
  ]);
});

test("recordBuild publishes a change once, and again if the build was removed and added again", async () => {
  const { fake, send } = notingRecorder();
  await send();
  expect((await send()).note).toEqual({ kind: "known" });
  expect((await send({ from: undefined })).note).toEqual({ kind: "known" });
  expect(fake.published).toHaveLength(1);
  fake.shared.set(`share ${BUILD}`, { status: "ASSOCIATED", addedAt: 2_000 });
  expect((await send()).note).toEqual({ kind: "published" });
});

test("recordBuild publishes that a channel went back to an older build, which it shared all the time", async () => {
  const { fake, send } = notingRecorder();
  await send({ build: EARLIER, from: undefined });
  fake.builds.set(BUILD, { ...fake.builds.get(BUILD)!, tags: { "golden-image:revoked": "bad" } });
  expect((await send({ build: EARLIER, from: BUILD })).note).toEqual(
    ignored("the channel 'stable' still shares 1.0.3/2"),
  );
  fake.shared.set(`share ${BUILD}`, { status: "DISASSOCIATING", addedAt: 1_000 });
  expect((await send({ build: EARLIER, from: BUILD })).note).toEqual({ kind: "published" });
  expect((await send({ build: EARLIER, from: BUILD })).note).toEqual({ kind: "known" });
  expect([...fake.claims.keys()]).toEqual([
    "notes/channels/base/stable/1.0.2/1/added-500.txt",
    "notes/channels/base/stable/1.0.2/1/added-500-after-1.0.3-2.txt",
  ]);
  expect(fake.published[0]?.text).toContain("It shared no build before.\n");
  expect(fake.published[1]?.text).toContain(
    "Its newest build was 1.0.3/2, a higher version.\n1.0.3/2 is revoked: bad\n",
  );
});

test("recordBuild compares with a deleted build only what is known", async () => {
  const { fake, send } = notingRecorder();
  fake.builds.delete(EARLIER);
  expect((await send()).note).toEqual({ kind: "published" });
  expect(fake.published[0]?.text).toBe(`The channel stable of base in eu-west-1 now shares 1.0.3/2.
Its newest build was 1.0.2/1.

Recipe: 1.0.3
Parent: amazon-linux-2023-x86/2026.1.1/1
Components: not compared
Findings: not scanned, before: not scanned
Packages: 2, not listed by Image Builder for 1.0.2/1`);
});

test("recordBuild publishes nothing that a forged message claims", async () => {
  const { fake, send } = notingRecorder();
  const noteOf = async (message: Partial<RecorderMessage>) => (await send(message)).note;
  for (const channel of ["canary", "constructor", "x".repeat(4_000)])
    expect(await noteOf({ channel })).toEqual(
      ignored(`the channel '${channel}' isn't in the manifest`),
    );
  expect(await noteOf({ from: BUILD })).toEqual(
    ignored(`from: must be another build of base, got: ${BUILD}`),
  );
  for (const from of ["base", BUILD.replace("base", "os"), BUILD.replace("1111", "9999")])
    expect(await noteOf({ from })).toEqual(
      ignored(`from: must be another build of base, got: ${from}`),
    );
  fake.shared.clear();
  expect(await noteOf({})).toEqual(ignored("the channel 'stable' doesn't share the build"));
  expect(fake.published).toEqual([]);
  expect(fake.claims.size).toBe(0);
});

test("recordBuild ignores a channel if the factory sends no release notes", async () => {
  const fake = new FakeRecorder();
  const recorded = await recordBuild(fake.aws, MANIFEST, { build: BUILD, channel: "stable" });
  expect(recorded).not.toHaveProperty("note");
  const { fake: noting } = notingRecorder();
  const aws = { ...noting.aws, notes: noting.notes };
  expect((await recordBuild(aws, MANIFEST, { build: BUILD, channel: "stable" })).note).toEqual(
    ignored("the channel 'stable' isn't in the manifest"),
  );
});

test("recordBuild waits two hours for the packages and the share, with one message for all steps", async () => {
  const { fake, send } = notingRecorder();
  const packages = fake.packages.get(BUILD)!;
  fake.packages.delete(BUILD);
  const start = fake.time;
  const until = start + 120 * MINUTE_MS;
  const waiting = { kind: "waiting", until };
  expect(await send()).toEqual({ outcome: waiting, note: waiting, errors: [] });
  expect(fake.sent).toEqual([
    {
      message: { build: BUILD, channel: "stable", from: EARLIER, waitingSince: start },
      delaySeconds: 600,
    },
  ]);
  fake.packages.set(BUILD, packages);
  fake.shared.set(`share ${BUILD}`, { status: "ASSOCIATING", addedAt: 1_000 });
  fake.time += 10 * MINUTE_MS;
  const again = await send({ waitingSince: start });
  expect(again).toMatchObject({ outcome: { kind: "recorded" }, note: waiting });
  fake.time = until;
  expect((await send({ waitingSince: start })).note).toEqual({ kind: "published" });
});

test("recordBuild doesn't wait longer because a message names a time in the future", async () => {
  const { fake, send } = notingRecorder();
  fake.packages.delete(BUILD);
  const until = fake.time + 120 * MINUTE_MS;
  expect((await send({ waitingSince: 1e300 })).note).toEqual({ kind: "waiting", until });
  expect(fake.sent[0]?.message.waitingSince).toBe(fake.time);
});

test.each(["sharedBuild", "findings", "claim", "publish"])(
  "recordBuild stores evidence even if the call '%s' of release notes fails",
  async (call) => {
    const { fake, send } = notingRecorder();
    fake.findings.set("ami-1", []);
    fake.failing.add(call);
    const { outcome, note, errors } = await send();
    expect(outcome).toEqual({
      kind: "recorded",
      hasPackages: true,
      hasDigests: true,
      isComplete: true,
    });
    expect(note).toBeUndefined();
    expect(errors).toEqual([new Error(`denied: ${call}`)]);
    expect(fake.objects.size).toBe(2);
    fake.failing.clear();
    // A message that was recorded may have been published, so that it isn't published again.
    const isRecorded = call === "publish";
    expect((await send()).note).toEqual({ kind: isRecorded ? "known" : "published" });
    expect(fake.published).toHaveLength(isRecorded ? 0 : 1);
  },
);

test("recordBuild publishes release notes even if a statement can't be signed", async () => {
  const { fake, send } = notingRecorder();
  fake.failing.add("sign");
  expect(await send()).toEqual({
    outcome: { kind: "none" },
    note: { kind: "published" },
    errors: [new Error("denied: sign")],
  });
});

test("recordBuild cuts a subject that is too long for Amazon SNS", async () => {
  const { fake } = notingRecorder();
  const image = "x".repeat(126);
  const arn = BUILD.replace("base", image);
  const recipe = `arn:aws:imagebuilder:eu-west-1:111111111111:image-recipe/${image}/1.0.3`;
  fake.builds.set(arn, { ...fake.builds.get(BUILD)!, arn, recipe });
  fake.packages.set(arn, [{ name: "bash", version: "5.2" }]);
  fake.shared.set(`share ${arn}`, { status: "ASSOCIATED", addedAt: 1 });
  const images = { [image]: WITH_CHANNELS.images["base"]! };
  const aws = { ...fake.aws, notes: fake.notes, evidence: undefined };
  await recordBuild(aws, { ...WITH_CHANNELS, images }, { build: arn, channel: "stable" });
  expect(fake.published[0]?.subject).toBe(`stable of ${"x".repeat(87)}...`);
  expect(fake.published[0]?.subject).toHaveLength(100);
});

describe("a channel that shares no build any more", () => {
  const FORMER = { status: "DISASSOCIATED", addedAt: 1_000 };

  function emptied() {
    const { fake, send } = notingRecorder();
    fake.shared.set(`share ${BUILD}`, FORMER);
    fake.shared.set(`share ${EARLIER}`, { ...FORMER, addedAt: 500 });
    const change = { isEmpty: true, from: undefined };
    return {
      fake,
      send: (message: Partial<RecorderMessage> = {}) => send({ ...change, ...message }),
    };
  }

  test("is published once, with the reason of the revocation, and again after it has shared a build", async () => {
    const { fake, send } = emptied();
    const build = fake.builds.get(BUILD)!;
    fake.builds.set(BUILD, { ...build, tags: { "golden-image:revoked": "bad\nopenssl" } });
    expect(await send()).toEqual({
      outcome: { kind: "none" },
      note: { kind: "published" },
      errors: [],
    });
    expect((await send()).note).toEqual({ kind: "known" });
    expect(fake.published).toEqual([
      {
        subject: "stable of base shares no build any more",
        text: `The channel stable of base in eu-west-1 shares no build any more.
Its newest build was 1.0.3/2.
1.0.3/2 is revoked: bad\\u{a}openssl
Accounts get no build from it until it shares one.`,
      },
    ]);
    expect([...fake.claims]).toEqual([
      ["notes/channels/base/stable/1.0.3/2/added-1000-removed.txt", fake.published[0]?.text],
    ]);
    fake.shared.set(`share ${BUILD}`, { ...FORMER, addedAt: 2_000 });
    expect((await send()).note).toEqual({ kind: "published" });
  });

  test.each([
    ["was deleted", undefined, "1.0.3/2 was deleted.\n"],
    ["is DISABLED", "DISABLED", "1.0.3/2 is DISABLED.\n"],
    ["lost its AMI", "AVAILABLE", ""],
  ])("is published if its newest build %s", async (_title, status, line) => {
    const { fake, send } = emptied();
    if (status === undefined) fake.builds.delete(BUILD);
    else fake.builds.set(BUILD, { ...fake.builds.get(BUILD)!, status });
    fake.shared.clear();
    expect((await send()).note).toEqual({ kind: "published" });
    expect(fake.published[0]?.text).toBe(
      `The channel stable of base in eu-west-1 shares no build any more.
Its newest build was 1.0.3/2.
${line}Accounts get no build from it until it shares one.`,
    );
    expect([...fake.claims.keys()]).toEqual([
      "notes/channels/base/stable/1.0.3/2/added-0-removed.txt",
    ]);
  });

  test("isn't published because of a forged message", async () => {
    const { fake, send } = emptied();
    expect((await send({ channel: "canary" })).note).toEqual(
      ignored("the channel 'canary' isn't in the manifest"),
    );
    expect((await send({ build: BUILD.replace("base", "os") })).note).toEqual(
      ignored("the image 'os' isn't in the manifest"),
    );
    expect(await send({ channel: undefined })).not.toHaveProperty("note");
    fake.shared.set(`share ${EARLIER}`, { status: "ASSOCIATING", addedAt: 500 });
    expect((await send()).note).toEqual(ignored("the channel 'stable' shares 1.0.2/1"));
    expect(fake.published).toEqual([]);
    expect(fake.claims.size).toBe(0);
  });

  test("isn't published if the factory sends no release notes", async () => {
    const fake = new FakeRecorder();
    const message = { build: BUILD, channel: "stable", isEmpty: true };
    const result = { outcome: { kind: "none" }, errors: [] };
    expect(await recordBuild(fake.aws, MANIFEST, message)).toEqual(result);
    expect(fake.calls).toEqual([]);
  });

  test("is published in another run if a call fails", async () => {
    const { fake, send } = emptied();
    for (const call of ["builds", "build", "claim"]) {
      fake.failing.add(call);
      expect((await send()).errors).toEqual([new Error(`denied: ${call}`)]);
      fake.failing.clear();
    }
    expect((await send()).note).toEqual({ kind: "published" });
  });
});

describe("a build that failed", () => {
  function failedBuild() {
    const { fake, send } = notingRecorder();
    fake.builds.set(BUILD, { ...fake.builds.get(BUILD)!, status: "FAILED", reason: "it broke" });
    fake.failedSteps.set(BUILD, {
      name: "Apply",
      action: "ExecuteComponents",
      workflow: "BUILD",
      message: "",
    });
    fake.logs.set("/aws/imagebuilder/base 1.0.3/2", ["last line"]);
    return { fake, send: () => send({ channel: undefined, from: undefined }) };
  }

  test("is reported once, with its failed step and the end of its log", async () => {
    const { fake, send } = failedBuild();
    const published = { outcome: { kind: "none" }, note: { kind: "published" }, errors: [] };
    expect(await send()).toEqual(published);
    expect(await send()).toEqual({ ...published, note: { kind: "known" } });
    expect(fake.published).toEqual([
      {
        subject: "1.0.3/2 of base failed",
        text: `The build 1.0.3/2 of base in eu-west-1 failed.
Reason: it broke
Failed step: Apply (ExecuteComponents, workflow type BUILD)
Log group: /aws/imagebuilder/base, log stream: 1.0.3/2

The last lines of the log:
  | last line`,
      },
    ]);
    expect([...fake.claims.keys()]).toEqual(["notes/failed/base/1.0.3/2.txt"]);
    expect(fake.objects.size).toBe(0);
  });

  test.each(["failedStep", "lastLines", "claim"])(
    "is reported by a later run if the call '%s' fails",
    async (call) => {
      const { fake, send } = failedBuild();
      fake.failing.add(call);
      expect(await send()).toEqual({
        outcome: { kind: "none" },
        errors: [new Error(`denied: ${call}`)],
      });
      fake.failing.clear();
      expect((await send()).note).toEqual({ kind: "published" });
    },
  );

  test("is ignored if the factory sends no release notes", async () => {
    const { fake } = failedBuild();
    expect(await recordBuild(fake.aws, WITH_CHANNELS, { build: BUILD })).toEqual({
      outcome: ignored("the build is FAILED"),
      errors: [],
    });
  });
});
