import {
  GetContainerRecipeCommand,
  GetImageCommand,
  GetImagePipelineCommand,
  GetImageRecipeCommand,
  ImagebuilderClient,
  ListImagePipelineImagesCommand,
  StartImagePipelineExecutionCommand,
} from "@aws-sdk/client-imagebuilder";
import { mockClient } from "aws-sdk-client-mock";
import { imageBuilderAdapter } from "../../../lambda/rebuilder/adapters/image-builder";
import { StartRejectedError } from "../../../lambda/rebuilder/ports";

const ARN = "arn:aws:imagebuilder:eu-west-1:222222222222";
const BUILD = `${ARN}:image/app/1.0.0/1`;
const PARENT = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.0/2";
const RANGE = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/x.x.x";
const CREATED_AT = Date.UTC(2026, 0, 1);

const client = mockClient(ImagebuilderClient);
beforeEach(() => client.reset());

function adapter() {
  return imageBuilderAdapter(new ImagebuilderClient({}));
}

function fault(name: string) {
  return Object.assign(new Error("from AWS"), { name });
}

const summary = {
  arn: BUILD,
  state: { status: "AVAILABLE" as const },
  dateCreated: "2026-01-01T00:00:00.000Z",
  tags: { "golden-image:parent": PARENT },
};
const build = {
  arn: BUILD,
  status: "AVAILABLE",
  createdAt: CREATED_AT,
  startedFor: PARENT,
  parent: PARENT,
};

test("imageBuilderAdapter reads the recipe of a pipeline, whether it is enabled and when it changed", async () => {
  const dates = {
    dateCreated: "2026-01-01T00:00:00.000Z",
    dateUpdated: "2026-01-02T00:00:00.000Z",
  };
  client
    .on(GetImagePipelineCommand)
    .resolvesOnce({ imagePipeline: { status: "ENABLED", imageRecipeArn: "recipe", ...dates } })
    .resolvesOnce({
      imagePipeline: {
        status: "DISABLED",
        containerRecipeArn: "container",
        dateCreated: dates.dateCreated,
      },
    })
    .resolvesOnce({ imagePipeline: { imageRecipeArn: "recipe" } })
    .rejectsOnce(fault("ResourceNotFoundException"))
    .rejectsOnce(fault("ForbiddenException"));
  const images = adapter();
  expect(await images.pipeline("p")).toEqual({
    isEnabled: true,
    recipe: "recipe",
    changedAt: CREATED_AT + 86_400_000,
  });
  const disabled = { isEnabled: false, recipe: "container", changedAt: CREATED_AT };
  expect(await images.pipeline("p")).toEqual(disabled);
  const undated = { isEnabled: false, recipe: "recipe", changedAt: Number.NaN };
  expect(await images.pipeline("p")).toEqual(undated);
  expect(await images.pipeline("p")).toBeUndefined();
  await expect(images.pipeline("p")).rejects.toThrow("from AWS");
});

test("imageBuilderAdapter reads the parent of an immutable recipe once", async () => {
  client.on(GetImageRecipeCommand).resolves({ imageRecipe: { parentImage: RANGE } });
  client.on(GetContainerRecipeCommand).resolves({ containerRecipe: { parentImage: "amazon" } });
  const images = adapter();
  for (let count = 0; count < 2; count += 1) {
    expect(await images.recipeParent(`${ARN}:image-recipe/app/1.0.0`)).toBe(RANGE);
    expect(await images.recipeParent(`${ARN}:container-recipe/app/1.0.0`)).toBe("amazon");
  }
  expect(client.calls()).toHaveLength(2);
});

test("imageBuilderAdapter rejects answers without the recipe, the parent or the started build", async () => {
  client.on(GetImagePipelineCommand).resolves({ imagePipeline: { status: "ENABLED" } });
  client.on(GetImageRecipeCommand).resolves({});
  client.on(GetContainerRecipeCommand).resolves({});
  client.on(StartImagePipelineExecutionCommand).resolves({});
  const images = adapter();
  await expect(images.pipeline("p")).rejects.toThrow(/^the recipe of p is missing$/);
  await expect(images.recipeParent("arn:image-recipe/app/1.0.1")).rejects.toThrow(
    /^the parent of arn:image-recipe\/app\/1\.0\.1 is missing$/,
  );
  await expect(images.recipeParent("arn:container-recipe/app/1.0.1")).rejects.toThrow(
    /^the parent of arn:container-recipe\/app\/1\.0\.1 is missing$/,
  );
  await expect(images.start("p", "token", PARENT)).rejects.toThrow(
    /^the ARN of the build that p started is missing$/,
  );
});

test("imageBuilderAdapter reads whether the newest build of a range is revoked", async () => {
  const tags = { "golden-image:revoked-by": "arn:ancestor" };
  client.on(GetImageCommand).resolves({ image: { arn: PARENT, tags } });
  expect(await adapter().newestVisible(RANGE)).toMatchObject({
    revocation: "is based on arn:ancestor, which was revoked",
  });
});

test("imageBuilderAdapter resolves a range to the newest build, and none that isn't shared with the account", async () => {
  client
    .on(GetImageCommand, { imageBuildVersionArn: RANGE })
    .resolvesOnce({ image: { arn: PARENT, dateCreated: "2026-01-01T00:00:00.000Z" } })
    .resolvesOnce({ image: { arn: PARENT } })
    .resolvesOnce({})
    .rejectsOnce(fault("ResourceNotFoundException"))
    .rejectsOnce(fault("ForbiddenException"))
    .rejectsOnce(fault("AccessDeniedException"))
    .rejectsOnce(fault("ServiceException"));
  const images = adapter();
  expect(await images.newestVisible(RANGE)).toEqual({ arn: PARENT, createdAt: CREATED_AT });
  expect(await images.newestVisible(RANGE)).toEqual({ arn: PARENT, createdAt: Number.NaN });
  for (let count = 0; count < 4; count += 1)
    expect(await images.newestVisible(RANGE)).toBeUndefined();
  await expect(images.newestVisible(RANGE)).rejects.toThrow("from AWS");
});

test("imageBuilderAdapter lists the builds of a pipeline from every page, with the parent of the tag", async () => {
  client
    .on(ListImagePipelineImagesCommand, { imagePipelineArn: "p" })
    .resolvesOnce({ imageSummaryList: [summary], nextToken: "2" })
    .resolvesOnce({ nextToken: "3" })
    .resolves({ imageSummaryList: [{}] });
  const unknown = { status: "", createdAt: Number.NaN, startedFor: undefined, parent: undefined };
  expect(await adapter().builds("p")).toEqual([build, { arn: "", ...unknown }]);
});

test.each(["imageRecipe", "containerRecipe"])(
  "imageBuilderAdapter reads the parent's build that a build uses from its %s, else from the tag",
  async (recipe) => {
    const used = PARENT.replace("/2", "/3");
    const managed = "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/2026.1.9/1";
    const images = adapter();
    for (const [parentImage, parent] of [
      [used, used],
      [managed, managed],
      [RANGE, PARENT],
      ["ami-1", PARENT],
      [undefined, PARENT],
    ]) {
      client.reset();
      client.on(GetImageCommand).resolves({ image: { ...summary, [recipe]: { parentImage } } });
      expect(await images.build(BUILD)).toEqual({ ...build, parent });
    }
    client.reset();
    client.on(GetImageCommand).rejectsOnce(fault("ResourceNotFoundException"));
    expect(await images.build(BUILD)).toBeUndefined();
    client.on(GetImageCommand).rejects(fault("ForbiddenException"));
    await expect(images.build(BUILD)).rejects.toThrow("from AWS");
  },
);

test("imageBuilderAdapter starts a pipeline with the client token, and only the tag of the parent", async () => {
  client.on(StartImagePipelineExecutionCommand).resolves({ imageBuildVersionArn: BUILD });
  expect(await adapter().start("p", "token", PARENT)).toBe(BUILD);
  expect(client.calls()[0]?.args[0].input).toEqual({
    imagePipelineArn: "p",
    clientToken: "token",
    tags: { "golden-image:parent": PARENT },
  });
});

test("imageBuilderAdapter distinguishes starts that Image Builder rejects from other failures", async () => {
  client.on(StartImagePipelineExecutionCommand).rejects(fault("ResourceInUseException"));
  await expect(adapter().start("p", "token", PARENT)).rejects.toThrow(StartRejectedError);
  for (const name of ["CallRateLimitExceededException", "TimeoutError"]) {
    client.reset();
    client.on(StartImagePipelineExecutionCommand).rejects(fault(name));
    await expect(adapter().start("p", "token", PARENT)).rejects.toMatchObject({ name });
  }
});
