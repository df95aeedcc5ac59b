import { listBuilds } from "../../../lambda/share-updater/list-builds";
import { IMAGE } from "../../../tools/fixtures/fake-aws";
import { canary, fakeAws } from "./support";

test("listBuilds finds the newest builds even when an event is about an old one", async () => {
  const fake = fakeAws(canary);
  const arns = ["1.0.0", "1.0.1", "1.0.2"].map((version) => fake.addBuild(version));
  const query = { hints: [arns[0]!], full: false };
  const { builds } = await listBuilds(fake.aws, IMAGE, query, ({ length }) => length > 0);
  expect(builds.map(({ arn }) => arn)).toEqual([arns[2], arns[0]]);
});
