import { OutOfTimeError } from "../../../lambda/common/deadline";
import { type Aws, StartRejectedError } from "../../../lambda/rebuilder/ports";
import { type RunResult, rebuild } from "../../../lambda/rebuilder/rebuild";
import { randomFrom } from "../../../tools/fixtures/fake-aws";
import { HOUR_MS, MINUTE_MS } from "../../../tools/fixtures/fake-aws/clock";
import { FakeImageBuilder } from "../../../tools/fixtures/fake-image-builder";
import { buildsOf } from "../../../tools/fixtures/fake-image-builder/builds";
import { NO_BUILDER_FAULTS } from "../../../tools/fixtures/fake-image-builder/conditions";
import { isCurrent } from "../../../tools/fixtures/fake-image-builder/following";
import type { FakeImage } from "../../../tools/fixtures/fake-image-builder/images";

const [SHARED, APP, LEAF] = ["111111111111", "222222222222", "333333333333"];
const base: FakeImage = { name: "base", account: SHARED };

function child(name: string, fields: Partial<FakeImage> = {}): FakeImage {
  return { name, account: APP, parent: { image: "base", range: "x.x.x" }, ...fields };
}

function fakeWith(...images: FakeImage[]): FakeImageBuilder {
  return new FakeImageBuilder([base, ...images], randomFrom(1));
}

function run(fake: FakeImageBuilder, account = APP, aws?: Partial<Aws>): Promise<RunResult> {
  return rebuild({ ...fake.awsOf(account), ...aws }, fake.manifest(account));
}

function started({ starts }: RunResult): string[] {
  return starts.map(({ image }) => image);
}

test("rebuild follows a new parent once, and its older build again after a revocation", async () => {
  const fake = fakeWith(child("app"));
  const first = fake.publish("base");
  expect(await run(fake)).toMatchObject({
    starts: [
      { image: "app", build: expect.stringMatching(/image\/app\/1\.0\.0\/1$/), parent: first },
    ],
    images: [{ image: "app", behindHours: expect.closeTo(0, 1) }],
    failures: [],
  });
  expect(started(await run(fake))).toEqual([]);
  fake.advance(HOUR_MS);
  expect(await run(fake)).toMatchObject({
    starts: [],
    images: [{ decision: { kind: "current" } }],
  });
  const second = fake.publish("base");
  expect((await run(fake)).starts).toMatchObject([{ image: "app", parent: second }]);
  fake.advance(HOUR_MS);
  fake.change(second, "DISABLED");
  expect((await run(fake)).starts).toMatchObject([{ image: "app", parent: first }]);
  fake.advance(HOUR_MS);
  expect(isCurrent(fake, fake.image("app"))).toBe(true);
  expect(fake.violations).toEqual([]);
});

test("rebuild settles a chain of four levels over three accounts in the order of the chain", async () => {
  const fake = fakeWith(
    child("web", { account: SHARED }),
    child("app", { parent: { image: "web", range: "x.x.x" } }),
    child("leaf", { account: LEAF, parent: { image: "app", range: "x.x.x" } }),
  );
  for (let round = 0; round < 2; round += 1) {
    const before = fake.builds.length;
    fake.publish("base");
    for (let hour = 0; hour < 12; hour += 1) {
      for (const account of [LEAF, APP, SHARED]) await run(fake, account);
      fake.advance(HOUR_MS);
    }
    expect(fake.builds.slice(before).map(({ image }) => image.name)).toEqual([
      "base",
      "web",
      "app",
      "leaf",
    ]);
  }
  expect(fake.violations).toEqual([]);
});

test("rebuild follows the parent after a deployment has moved the recipe back", async () => {
  const fake = fakeWith(child("app"));
  for (const version of ["1.0.1", "1.0.0", "1.0.0"]) {
    fake.pipelines.moveRecipe("app", version);
    fake.advance(HOUR_MS);
    fake.publish("base");
    expect(started(await run(fake))).toEqual(["app"]);
    fake.advance(HOUR_MS);
    expect(started(await run(fake))).toEqual([]);
  }
  expect(buildsOf(fake, "app").map(({ version }) => version)).toEqual(["1.0.0", "1.0.0", "1.0.1"]);
  expect(fake.violations).toEqual([]);
});

test("rebuild accepts a scheduled build on the newest parent, and waits for one that is running", async () => {
  const fake = fakeWith(child("app"));
  fake.publish("base");
  fake.startByOthers("app");
  expect(started(await run(fake))).toEqual([]);
  fake.advance(HOUR_MS);
  expect(started(await run(fake))).toEqual([]);
  expect(fake.builds).toHaveLength(2);
});

test("rebuild starts ten builds in a run, and the rest in the runs of the next hours", async () => {
  const fake = fakeWith(...Array.from({ length: 21 }, (_, index) => child(`app-${index}`)));
  fake.publish("base");
  const counts: number[] = [];
  for (let count = 0; count < 4; count += 1) {
    counts.push((await run(fake)).starts.length);
    fake.advance(HOUR_MS);
  }
  expect(counts).toEqual([10, 10, 1, 0]);
  expect(fake.violations).toEqual([]);
});

test("rebuild counts the starts of runs less than 50 minutes ago, also those that lists don't show yet", async () => {
  const fake = fakeWith(...Array.from({ length: 21 }, (_, index) => child(`app-${index}`)));
  fake.publish("base");
  fake.conditions = { ...NO_BUILDER_FAULTS, listLagMs: 120_000 };
  expect((await run(fake)).starts).toHaveLength(10);
  for (const minutes of [1, 10, 38]) {
    fake.advance(minutes * MINUTE_MS);
    expect((await run(fake)).starts).toEqual([]);
  }
  fake.advance(10 * MINUTE_MS);
  expect((await run(fake)).starts).toHaveLength(10);
  expect(fake.violations).toEqual([]);
});

test("rebuild starts ten builds although other pipelines reject their start", async () => {
  const fake = fakeWith(...Array.from({ length: 21 }, (_, index) => child(`app-${index}`)));
  fake.publish("base");
  const { imageBuilder } = fake.awsOf(APP);
  const start: typeof imageBuilder.start = (pipeline, token, parent) => {
    if (/app-\d$/.test(pipeline)) throw new StartRejectedError("denied");
    return imageBuilder.start(pipeline, token, parent);
  };
  const { starts, failures, images } = await run(fake, APP, {
    imageBuilder: { ...imageBuilder, start },
  });
  expect([starts.length, failures.length]).toEqual([10, 10]);
  for (const { behindHours } of images) expect(behindHours).toBeGreaterThan(0);
});

test("rebuild starts a build on a dedicated host if another pipeline rejects its start", async () => {
  const hosts = { dedicatedHost: true };
  const fake = fakeWith(child("mac-a", hosts), child("mac-b", hosts));
  fake.publish("base");
  const { imageBuilder } = fake.awsOf(APP);
  const start: typeof imageBuilder.start = (pipeline, token, parent) => {
    if (pipeline.endsWith("mac-a")) throw new StartRejectedError("denied");
    return imageBuilder.start(pipeline, token, parent);
  };
  const result = await run(fake, APP, { imageBuilder: { ...imageBuilder, start } });
  expect(started(result)).toEqual(["mac-b"]);
});

test("rebuild reports a start that Image Builder answers with a deleted build, and keeps measuring the image", async () => {
  const fake = fakeWith(child("app"));
  fake.publish("base");
  const [first] = (await run(fake)).starts;
  fake.advance(HOUR_MS);
  fake.change(first?.build ?? "", "GONE");
  fake.advance(99 * HOUR_MS);
  const { starts, images, failures } = await run(fake);
  expect(starts).toEqual([]);
  expect(failures).toEqual([
    {
      image: "app",
      error: new Error(
        `Image Builder answered the start with ${first?.build}, which doesn't exist (any more): start the pipeline by hand`,
      ),
    },
  ]);
  expect(images[0]?.behindHours).toBeCloseTo(100, 1);
});

test("rebuild reports a start that Image Builder answers with an earlier build", async () => {
  const fake = fakeWith(child("app"));
  fake.publish("base");
  fake.failing.add("app");
  const [first] = (await run(fake)).starts;
  fake.advance(HOUR_MS);
  const { imageBuilder } = fake.awsOf(APP);
  let isHidden = true;
  const { starts, failures } = await run(fake, APP, {
    imageBuilder: {
      ...imageBuilder,
      builds: async () => [],
      build: async (arn) => (isHidden ? undefined : imageBuilder.build(arn)),
      start: (...input) => {
        isHidden = false;
        return imageBuilder.start(...input);
      },
    },
  });
  expect(starts).toEqual([]);
  expect(failures).toEqual([
    {
      image: "app",
      error: new StartRejectedError(
        `Image Builder answered the start with ${first?.build}, which is an earlier build (FAILED): start the pipeline by hand`,
      ),
    },
  ]);
});

test("rebuild starts builds on dedicated hosts one at a time", async () => {
  const hosts = { dedicatedHost: true };
  const fake = fakeWith(child("mac-a", hosts), child("app"), child("mac-b", hosts));
  fake.publish("base");
  const result = await run(fake);
  expect(started(result)).toEqual(["mac-a", "app"]);
  expect(started(await run(fake))).toEqual([]);
  fake.advance(HOUR_MS);
  expect(started(await run(fake))).toEqual(["mac-b"]);
});

test("rebuild starts no second build on a dedicated host if the answer to the first start is lost", async () => {
  const hosts = { dedicatedHost: true };
  const fake = fakeWith(child("mac-a", hosts), child("mac-b", hosts));
  fake.publish("base");
  fake.conditions = { ...NO_BUILDER_FAULTS, lost: 1, getLagMs: 30_000 };
  fake.advance(HOUR_MS);
  const { starts, failures } = await run(fake);
  expect(starts).toEqual([]);
  expect(failures).toEqual([{ image: "mac-a", error: new Error("TimeoutError") }]);
  expect(fake.builds.map(({ image }) => image.name)).toEqual(["base", "mac-a"]);
});

test("rebuild starts no build on dedicated hosts while the builds of another such image can't be read", async () => {
  const hosts = { dedicatedHost: true };
  const fake = fakeWith(child("mac-a", hosts), child("mac-b", hosts), child("app"));
  fake.publish("base");
  const { imageBuilder } = fake.awsOf(APP);
  const builds = async (arn: string) => {
    if (arn.endsWith("/mac-b")) throw new Error("denied");
    return imageBuilder.builds(arn);
  };
  const result = await run(fake, APP, { imageBuilder: { ...imageBuilder, builds } });
  expect(started(result)).toEqual(["app"]);
  expect(result.failures).toEqual([{ image: "mac-b", error: new Error("denied") }]);
  expect(result.images[1]).toEqual({
    image: "mac-b",
    decision: undefined,
    behindHours: undefined,
    failures: 0,
  });
});

test("rebuild reads a common parent once, and reports for each image that it isn't visible", async () => {
  const fake = fakeWith(child("app"), child("api"));
  fake.publish("base", "1.0.0", false);
  const { imageBuilder } = fake.awsOf(APP);
  const newestVisible = jest.fn(imageBuilder.newestVisible);
  const { images, starts } = await run(fake, APP, {
    imageBuilder: { ...imageBuilder, newestVisible },
  });
  expect(starts).toEqual([]);
  expect(images.map(({ decision }) => decision?.kind)).toEqual([
    "parent-not-visible",
    "parent-not-visible",
  ]);
  expect(newestVisible).toHaveBeenCalledTimes(1);
});

test("rebuild ignores a pipeline that doesn't exist, and a recipe without a wildcard", async () => {
  const fake = fakeWith(child("app"), child("api"));
  fake.publish("base");
  fake.pipelines.delete("app");
  fake.pipelines.moveRecipe("api", "1.0.1", "1.0.0");
  fake.advance(HOUR_MS);
  const { images, starts, failures } = await run(fake);
  expect(images).toEqual([
    { image: "app", decision: { kind: "pipeline-missing" }, behindHours: undefined, failures: 0 },
    { image: "api", decision: { kind: "parent-pinned" }, behindHours: undefined, failures: 0 },
  ]);
  expect([starts, failures]).toEqual([[], []]);
});

test("rebuild starts nothing after its deadline, and reports the images that it didn't reach", async () => {
  const fake = fakeWith(...Array.from({ length: 6 }, (_, index) => child(`app-${index}`)));
  fake.publish("base");
  const { starts, failures } = await run(fake, APP, { deadline: fake.time + 100 });
  expect(starts).toEqual([]);
  expect(failures.length).toBeGreaterThan(0);
  for (const { error } of failures) expect(error).toBeInstanceOf(OutOfTimeError);
});

test("rebuild counts the failed builds of an image across the builds of its parent", async () => {
  const fake = fakeWith(child("app"));
  fake.failing.add("app");
  const counts: (number | undefined)[] = [];
  for (let day = 0; day < 5; day += 1) {
    fake.publish("base");
    counts.push((await run(fake)).images[0]?.failures);
    fake.advance(HOUR_MS);
  }
  expect(counts).toEqual([0, 0, 0, 0, 4]);
  fake.failing.clear();
  await run(fake);
  fake.publish("base");
  await run(fake);
  fake.advance(HOUR_MS);
  expect((await run(fake)).images).toMatchObject([{ decision: { kind: "current" }, failures: 0 }]);
});

test("rebuild measures how long only images with an alarm are behind", async () => {
  const fake = fakeWith(child("app"));
  fake.publish("base");
  await run(fake);
  fake.failing.add("app");
  fake.advance(HOUR_MS);
  fake.publish("base");
  await run(fake);
  fake.advance(5 * HOUR_MS);
  fake.publish("base");
  // Another build of the parent doesn't begin the time again.
  expect((await run(fake)).images[0]?.behindHours).toBeCloseTo(5, 1);
  const withoutAlarm = { pipeline: "app", dedicatedHost: false, manual: false };
  const { images } = await rebuild(fake.awsOf(APP), { version: 1, images: { app: withoutAlarm } });
  expect(images[0]?.behindHours).toBeUndefined();
});
