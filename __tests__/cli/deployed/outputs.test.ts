import type { Context } from "../../../cli/deployed/context";
import { withParent } from "../../../cli/deployed/outputs";
import type { Build } from "../../../lambda/share-updater/build";

const BASE = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base";

test.each([
  ["the build that Image Builder names", `${BASE}/1.0.0/2`, `${BASE}/1.0.0/1`, "base 1.0.0/2"],
  ["the tag, if Image Builder names a range", `${BASE}/x.x.x`, `${BASE}/1.0.0/1`, "base 1.0.0/1"],
  ["the tag, if Image Builder names nothing", undefined, `${BASE}/1.0.0/1`, "base 1.0.0/1"],
  ["the range, without a tag", `${BASE}/x.x.x`, undefined, "base x.x.x"],
  ["'-' without both", undefined, undefined, "-"],
])("withParent shows %s", async (_what, parentImage, tag, expected) => {
  const answer = { image: { imageRecipe: { parentImage } } };
  const context = { imageBuilder: { send: async () => answer } } as unknown as Context;
  const tags = tag === undefined ? {} : { "golden-image:parent": tag };
  const build = { arn: `${BASE.replace("base", "web")}/1.0.0/1`, tags } as unknown as Build;
  expect((await withParent(context, build)).parent).toBe(expected);
});
