import { existsSync, readdirSync } from "node:fs";
import { loadFactory } from "../../../config/load";
import { type Block, synthFactory } from "../../../tools/fixtures/synth";
import { ResolvedStacks, type SynthesizedStacks } from "../../../tools/iam/resolved-stacks";
import { BuiltFactory } from "../../../tools/local-aws/built-factory";

const EXAMPLES = readdirSync("examples").filter((name) =>
  existsSync(`examples/${name}/factory.yaml`),
);

function synthExample(name: string): SynthesizedStacks {
  return synthFactory(loadFactory(`examples/${name}/factory.yaml`));
}

const ORGANIZATION = "o-abcdefghij";

test.each(EXAMPLES)("every pipeline of examples/%s builds an available image", async (name) => {
  const synthesized = synthExample(name);
  const { builds, notifiedTopics } = await BuiltFactory.build(synthesized, ORGANIZATION);
  const stacks = new ResolvedStacks(synthesized);
  expect(builds).toEqual(
    stacks
      .resourcesOf("aws_imagebuilder_image_pipeline")
      .map(({ stack, config }) => ({ stack, pipeline: config.name, status: "AVAILABLE" })),
  );
  expect(builds).not.toEqual([]);
  const topics = stacks.resourcesOf("aws_sns_topic").map((topic) => stacks.arnOf(topic));
  expect(topics).toEqual(expect.arrayContaining([...notifiedTopics]));
});

const SHARED = "shared-us-east-1";
const APPLICATION = "application-us-east-1";

test.each<[string, (stacks: Record<string, Block>) => void, RegExp]>([
  [
    "whose parent isn't shared",
    (stacks) => delete stacks[SHARED].resource.aws_ram_principal_association,
    /parent image .*amazon-linux-2023\/x\.x\.x' doesn't exist or you can't access it/,
  ],
  [
    "with a component that isn't created",
    (stacks) => delete stacks[APPLICATION].resource.aws_imagebuilder_component,
    /component\/tomcat-linux\/.* doesn't exist/,
  ],
  [
    "whose stack is created before its parent is built",
    (stacks) => {
      const { [SHARED]: shared } = stacks;
      delete stacks[SHARED];
      stacks[SHARED] = shared;
    },
    /parent image .* doesn't exist or you can't access it/,
  ],
])("rejects a recipe %s", async (_description, mutate, message) => {
  const stacks: Record<string, Block> = synthExample("aws-sample");
  mutate(stacks);
  await expect(BuiltFactory.build(stacks, ORGANIZATION)).rejects.toThrow(message);
});
