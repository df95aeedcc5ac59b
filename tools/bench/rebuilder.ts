// Prints the calls of the rebuilder's runs against a fake Image Builder: when nothing has changed,
// and when the parent of all images has a new build.
import { rebuild } from "../../lambda/rebuilder/rebuild";
import { randomFrom } from "../fixtures/fake-aws";
import { HOUR_MS } from "../fixtures/fake-aws/clock";
import { FakeImageBuilder } from "../fixtures/fake-image-builder";

const APP = "222222222222";

/** Builds that an image has kept. */
const BUILDS = 10;

/** Returns an account whose images are on the newest build of their parent. */
function settledAccount(images: number): FakeImageBuilder {
  const children = Array.from({ length: images }, (_, index) => ({
    name: `app-${index}`,
    account: APP,
    parent: { image: "base", range: "x.x.x" },
  }));
  const fake = new FakeImageBuilder(
    [{ name: "base", account: "111111111111" }, ...children],
    randomFrom(1),
  );
  fake.publish("base");
  for (let count = 0; count < BUILDS; count += 1) {
    for (const { name } of children) fake.startByOthers(name);
    fake.advance(HOUR_MS);
  }
  return fake;
}

async function run(fake: FakeImageBuilder): Promise<{ calls: number; starts: number }> {
  const before = fake.calls;
  const { starts } = await rebuild(fake.awsOf(APP), fake.manifest(APP));
  fake.advance(HOUR_MS);
  return { calls: fake.calls - before, starts: starts.length };
}

(async () => {
  for (const images of [1, 20, 100]) {
    const fake = settledAccount(images);
    const quiet = await run(fake);
    fake.publish("base");
    const first = await run(fake);
    let runs = 1;
    for (let last = first; last.starts > 0; runs += 1) last = await run(fake);
    console.log(
      `rebuilder, ${images} images x ${BUILDS} builds: ${quiet.calls} calls after a cold start when nothing changed; ${first.calls} calls and ${first.starts} starts in the first run after a new build of the parent, nothing left to start in run ${runs}`,
    );
  }
})();
