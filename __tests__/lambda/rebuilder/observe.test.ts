import { observe, parentReader, withUnlisted } from "../../../lambda/rebuilder/observe";
import type { ImageBuilder } from "../../../lambda/rebuilder/ports";
import { randomFrom } from "../../../tools/fixtures/fake-aws";
import { HOUR_MS } from "../../../tools/fixtures/fake-aws/clock";
import { FakeImageBuilder } from "../../../tools/fixtures/fake-image-builder";

const APP = "222222222222";
const settings = { pipeline: "app", dedicatedHost: false, manual: false };

/** An image with two builds, of which the latest is running. */
function fakeWithBuilds(): FakeImageBuilder {
  const base = { name: "base", account: "111111111111" };
  const app = { name: "app", account: APP, parent: { image: "base", range: "x.x.x" } };
  const fake = new FakeImageBuilder([base, app], randomFrom(1));
  fake.publish("base");
  fake.startByOthers("app");
  fake.advance(HOUR_MS);
  fake.startByOthers("app");
  return fake;
}

async function observeApp(fake: FakeImageBuilder, calls: Partial<ImageBuilder> = {}) {
  const run = fake.awsOf(APP);
  const aws = { ...run, imageBuilder: { ...run.imageBuilder, ...calls } };
  return withUnlisted(aws, await observe(aws, settings, parentReader(aws)));
}

test("observe returns the builds latest first, with the parents that Image Builder names", async () => {
  const { builds, parent } = await observeApp(fakeWithBuilds());
  expect(builds.map(({ arn }) => arn.slice(-7))).toEqual(["1.0.0/2", "1.0.0/1"]);
  for (const build of builds) expect(build.parent).toBe(parent?.arn);
});

test("observe takes a listed build that has ended as deleted if it can't be found, and a running one as new", async () => {
  const { builds } = await observeApp(fakeWithBuilds(), { build: async () => undefined });
  const [running, ended] = builds;
  expect(running?.status).not.toBe("DELETED");
  expect(ended?.status).toBe("DELETED");
});

test("withUnlisted adds builds that the list doesn't show yet, and reads none of those that it shows", async () => {
  const fake = fakeWithBuilds();
  const { imageBuilder } = fake.awsOf(APP);
  const builds = async (pipeline: string) =>
    (await imageBuilder.builds(pipeline)).filter(({ arn }) => arn.endsWith("/1"));
  const read: string[] = [];
  const build = (arn: string) => {
    read.push(arn.slice(-7));
    return imageBuilder.build(arn);
  };
  const observation = await observeApp(fake, { builds, build });
  expect(observation.builds.map(({ arn }) => arn.slice(-7))).toEqual(["1.0.0/2", "1.0.0/1"]);
  expect(read).toEqual(["1.0.0/1", "1.0.0/2", "1.0.0/3"]);
});
