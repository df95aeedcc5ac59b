import { OutOfTimeError } from "../../../lambda/common/deadline";
import { recordBuild } from "../../../lambda/recorder/record";
import { markAmis } from "../../../lambda/recorder/watermarks";
import { BUILD, FakeRecorder, MANIFEST } from "../../../tools/fixtures/fake-recorder";

const OWN = "111111111111:golden/base/1.0.3/2";
const PARENT = "111111111111:golden/os/1.0.0/1";

function mark(fake: FakeRecorder) {
  return markAmis(fake.aws, fake.builds.get(BUILD)!);
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
  expect(await mark(fake)).toEqual([
    { region: "eu-west-1", id: "ami-1", reason: "five watermarks already" },
  ]);
  expect(fake.marksOf("ami-1")).toEqual(others);
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
  const build = fake.builds.get(BUILD)!;
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
    outcome: { kind: "recorded", hasPackages: true, isComplete: true },
    unmarked: [{ region: "eu-west-1", id: "ami-1", reason: "denied: attach ami-1" }],
    errors: [],
  });
  expect(await recordBuild({ ...aws, evidence: undefined }, MANIFEST, { build: BUILD })).toEqual({
    outcome: { kind: "none" },
    unmarked: [expect.objectContaining({ id: "ami-1" })],
    errors: [],
  });
});
