import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { loadFactory } from "../../../config/load";
import type { VersionedFactory } from "../../../config/model";
import { type Block, synthFactory } from "../../../tools/fixtures/synth";
import { ResolvedStacks, type SynthesizedStacks } from "../../../tools/iam/resolved-stacks";
import { BuiltFactory } from "../../../tools/local-aws/factories/built-factory";

const EXAMPLES = readdirSync("examples").filter((name) =>
  existsSync(`examples/${name}/factory.yaml`),
);

/**
 * Leaves out golden images that differ from another one only in their names: their pipelines build
 * alike.
 */
function withoutCopies({ shared, ...factory }: VersionedFactory): VersionedFactory {
  const kinds = new Set<string>();
  const images = shared.images.filter((image) => {
    const { name, recipe: _recipe, amiName, ...others } = image;
    const kind = JSON.stringify({ ...others, amiName: amiName.replace(name, "NAME") });
    return kinds.size < kinds.add(kind).size;
  });
  return { ...factory, shared: { ...shared, images } };
}

function synthExample(name: string): SynthesizedStacks {
  return synthFactory(withoutCopies(loadFactory(`examples/${name}/factory.yaml`)));
}

const ORGANIZATION = "o-abcdefghij";

/** Component documents by the names of their objects, which contain the digest of the content. */
const DOCUMENTS = new Map(
  ["components", "examples"]
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => {
      const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
      return [`${createHash("sha256").update(text).digest("hex")}.yaml`, text];
    }),
);

function build(synthesized: SynthesizedStacks, documents = DOCUMENTS): Promise<BuiltFactory> {
  return BuiltFactory.build(synthesized, ORGANIZATION, (uri) => documents.get(basename(uri)));
}

test.each(EXAMPLES)(
  "every kind of pipeline in examples/%s builds an available image",
  async (name) => {
    const synthesized = synthExample(name);
    const { builds, notifiedTopics } = await build(synthesized);
    const stacks = new ResolvedStacks(synthesized);
    expect(builds).toEqual(
      stacks
        .resourcesOf("aws_imagebuilder_image_pipeline")
        .map(({ stack, config }) => ({ stack, pipeline: config.name, status: "AVAILABLE" })),
    );
    expect(builds).not.toEqual([]);
    const topics = stacks.resourcesOf("aws_sns_topic").map((topic) => stacks.arnOf(topic));
    expect(topics).toEqual(expect.arrayContaining([...notifiedTopics]));
  },
);

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
  await expect(build(stacks)).rejects.toThrow(message);
});

test("rejects a component whose document isn't uploaded", async () => {
  await expect(build(synthExample("aws-sample"), new Map())).rejects.toThrow(
    /The object 's3:\/\/.*\/components\/.*\.yaml' doesn't exist/,
  );
});
