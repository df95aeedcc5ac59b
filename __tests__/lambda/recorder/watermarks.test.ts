import { OutOfTimeError } from "../../../lambda/common/deadline";
import { recordBuild } from "../../../lambda/recorder/record";
import { markAmis } from "../../../lambda/recorder/watermarks";
import { BUILD, FakeRecorder, MANIFEST } from "../../../tools/fixtures/fake-recorder";

const OWN = "111111111111:golden/base/1.0.3/2";
const PARENT = "111111111111:golden/os/1.0.0/1";

const HOUR_MS = 3_600_000;

/** Marks the AMIs of a new build, or of one about which no message is sent again. */
function mark(fake: FakeRecorder, { isNew = false } = {}) {
  const until = isNew ? fake.time + HOUR_MS : fake.time;
  return markAmis(fake.aws, { build: fake.builds.get(BUILD)!, until, mayGetAmis: isNew });
}

test("markAmis marks the AMIs of all Regions once", async () => {
  const fake = new FakeRecorder();
  expect(await mark(fake)).toEqual([]);
  expect(fake.marksOf("ami-1")).toEqual([OWN]);
  expect(fake.marksOf("ami-2")).toEqual([OWN]);
  fake.calls.length = 0;
  expect(await mark(fake)).toEqual([]);
  expect(fake.calls).toEqual(["describe", "describe"]);
});

test("markAmis removes the marks of other golden builds of the account, and no others, after it attached its own", async () => {
  const fake = new FakeRecorder();
  const others = ["111111111111:team/web", "222222222222:golden/base/1.0.0/1"];
  fake.watermarks.set("ami-1", [PARENT, ...others, "111111111111:golden/os/0.9.0/1"]);
  expect(await mark(fake)).toEqual([]);
  expect(fake.marksOf("ami-1")).toEqual([...others, OWN]);
  expect(fake.calls.slice(0, 4)).toEqual([
    "describe",
    "attach ami-1",
    "detach ami-1",
    "detach ami-1",
  ]);
});

test("markAmis makes space for its mark on an AMI with five", async () => {
  const fake = new FakeRecorder();
  const others = ["a", "b", "c", "d"].map((name) => `111111111111:${name}`);
  fake.watermarks.set("ami-1", [...others, PARENT]);
  expect(await mark(fake)).toEqual([]);
  expect(fake.marksOf("ami-1")).toEqual([...others, OWN]);
});

test("markAmis returns an AMI that can't be marked, and marks the others", async () => {
  const fake = new FakeRecorder();
  const others = ["a", "b", "c", "d", "e"].map((name) => `111111111111:${name}`);
  fake.watermarks.set("ami-1", others);
  // No further try would help.
  expect(await mark(fake, { isNew: true })).toEqual([
    { region: "eu-west-1", id: "ami-1", reason: "the AMI has 5 watermarks of others" },
  ]);
  expect(fake.marksOf("ami-1")).toEqual(others);
  expect(fake.marksOf("ami-2")).toEqual([OWN]);
});

test("markAmis returns until when an AMI is tried again whose mark failed", async () => {
  const fake = new FakeRecorder();
  fake.failing.add("attach ami-1");
  const failed = { region: "eu-west-1", id: "ami-1", reason: "denied: attach ami-1" };
  expect(await mark(fake, { isNew: true })).toEqual([{ ...failed, until: fake.time + HOUR_MS }]);
  expect(await mark(fake)).toEqual([failed]);
});

test("markAmis returns an AMI of a new build that EC2 doesn't list yet", async () => {
  const fake = new FakeRecorder();
  fake.deregistered.add("ami-1");
  const reason = "Amazon EC2 doesn't list the AMI yet";
  expect(await mark(fake, { isNew: true })).toEqual([
    { region: "eu-west-1", id: "ami-1", reason, until: fake.time + HOUR_MS },
  ]);
  expect(fake.marksOf("ami-2")).toEqual([OWN]);
});

test("markAmis does nothing about deregistered AMIs", async () => {
  const fake = new FakeRecorder();
  fake.deregistered.add("ami-1");
  expect(await mark(fake)).toEqual([]);
  expect(fake.calls).toEqual(["describe", "describe", "attach ami-2"]);
});

test("markAmis completes an earlier run that failed between its calls", async () => {
  const fake = new FakeRecorder();
  fake.watermarks.set("ami-1", [PARENT]);
  fake.failing.add("detach ami-1");
  expect(await mark(fake)).toEqual([
    { region: "eu-west-1", id: "ami-1", reason: "denied: detach ami-1" },
  ]);
  expect(fake.marksOf("ami-1")).toEqual([PARENT, OWN]);
  fake.failing.clear();
  expect(await mark(fake)).toEqual([]);
  expect(fake.marksOf("ami-1")).toEqual([OWN]);
});

test("markAmis ends when the run has no time left", async () => {
  const fake = new FakeRecorder();
  const build = { build: fake.builds.get(BUILD)!, until: fake.time, mayGetAmis: false };
  await expect(markAmis({ ...fake.aws, deadline: fake.time }, build)).rejects.toThrow(
    OutOfTimeError,
  );
});

test("recordBuild marks AMIs only if the factory does, and stores evidence about those that can't be marked", async () => {
  const fake = new FakeRecorder();
  expect(await recordBuild(fake.aws, MANIFEST, { build: BUILD })).not.toHaveProperty("unmarked");
  expect(fake.watermarks.size).toBe(0);
  fake.objects.clear();
  fake.failing.add("attach ami-1");
  const aws = { ...fake.aws, marksAmis: true };
  expect(await recordBuild(aws, MANIFEST, { build: BUILD })).toEqual({
    outcome: { kind: "recorded", hasPackages: true, hasDigests: true, isComplete: true },
    unmarked: [expect.objectContaining({ id: "ami-1", reason: "denied: attach ami-1" })],
    errors: [],
  });
  expect(await recordBuild({ ...aws, evidence: undefined }, MANIFEST, { build: BUILD })).toEqual({
    outcome: { kind: "none" },
    unmarked: [expect.objectContaining({ id: "ami-1" })],
    errors: [],
  });
});

test("recordBuild returns nothing about marks of a build without AMIs", async () => {
  const fake = new FakeRecorder();
  fake.builds.set(BUILD, { ...fake.builds.get(BUILD)!, amis: [] });
  const aws = { ...fake.aws, marksAmis: true };
  expect(await recordBuild(aws, MANIFEST, { build: BUILD })).not.toHaveProperty("unmarked");
});

describe("recordBuild tries again to mark AMIs", () => {
  const START = Date.UTC(2026, 0, 1);
  const AGAIN = { message: { build: BUILD, waitingSince: START }, delaySeconds: 600 };

  function recorder() {
    const fake = new FakeRecorder();
    const aws = { ...fake.aws, evidence: undefined, marksAmis: true };
    const record = async () =>
      (await recordBuild(aws, MANIFEST, fake.sent.at(-1)?.message ?? { build: BUILD })).unmarked;
    return { fake, record };
  }

  test("after ten minutes, until the call succeeds", async () => {
    const { fake, record } = recorder();
    fake.failing.add("attach ami-1");
    expect(await record()).toMatchObject([{ id: "ami-1", until: START + 2 * HOUR_MS }]);
    expect(fake.sent).toEqual([AGAIN]);
    fake.failing.clear();
    expect(await record()).toEqual([]);
    expect(fake.marksOf("ami-1")).toEqual([OWN]);
    expect(fake.sent).toEqual([AGAIN]);
  });

  test("for two hours, and then only reports them", async () => {
    const { fake, record } = recorder();
    fake.failing.add("attach ami-1");
    await record();
    fake.time += 2 * HOUR_MS;
    const failed = { region: "eu-west-1", id: "ami-1", reason: "denied: attach ami-1" };
    expect(await record()).toEqual([failed]);
    expect(fake.sent).toEqual([AGAIN]);
  });

  test("until EC2 lists an AMI of a new build, and for two hours", async () => {
    const { fake, record } = recorder();
    fake.deregistered.add("ami-1");
    expect(await record()).toMatchObject([{ id: "ami-1" }]);
    expect(fake.sent).toEqual([AGAIN]);
    fake.time += 2 * HOUR_MS;
    expect(await record()).toEqual([]);
    expect(fake.sent).toEqual([AGAIN]);
  });

  test("but not a deregistered one of a build that is older than 14 days", async () => {
    const { fake, record } = recorder();
    fake.deregistered.add("ami-1");
    fake.time += 15 * 24 * HOUR_MS;
    expect(await record()).toEqual([]);
    expect(fake.sent).toEqual([]);
  });

  test("but not one with five watermarks of others", async () => {
    const { fake, record } = recorder();
    fake.watermarks.set(
      "ami-1",
      ["a", "b", "c", "d", "e"].map((name) => `111111111111:${name}`),
    );
    expect(await record()).toMatchObject([{ id: "ami-1" }]);
    expect(fake.sent).toEqual([]);
  });
});
