import {
  GetContainerRecipeCommand,
  GetImageCommand,
  GetImagePipelineCommand,
  GetImageRecipeCommand,
  type Image,
  type ImagebuilderClient,
  type ImageSummary,
  paginateListImagePipelineImages,
  StartImagePipelineExecutionCommand,
} from "@aws-sdk/client-imagebuilder";
import { required } from "../../../contract/required";
import { revocationOf } from "../../../contract/revocation";
import { PARENT_TAG } from "../../../contract/tags";
import { collect, hasName } from "../../common/client";
import type { Build } from "../build";
import { type ImageBuilder, type ParentBuild, type Pipeline, StartRejectedError } from "../ports";

/** The end of a build's ARN. The account of an AWS-managed image may be `aws`. */
const BUILD = /:image\/[^/]+\/\d+\.\d+\.\d+\/\d+$/;

function toBuild({ arn = "", state, dateCreated, tags }: ImageSummary | Image): Build {
  const startedFor = tags?.[PARENT_TAG];
  return {
    arn,
    status: state?.status ?? "",
    createdAt: Date.parse(dateCreated ?? ""),
    startedFor,
    parent: startedFor,
  };
}

/**
 * Returns the parent's build that a build uses. GetImage names it even if the recipe has a
 * wildcard.
 *
 * Assumed: also before the build ends, and for container images. Where it doesn't, the tag counts.
 * The tag names the parent's build that the rebuilder saw, which another one may have replaced
 * before the build began.
 */
function parentOf({ imageRecipe, containerRecipe }: Image): string | undefined {
  const parent = (imageRecipe ?? containerRecipe)?.parentImage;
  return parent !== undefined && BUILD.test(parent) ? parent : undefined;
}

/** Returns the answer of a call, or `undefined` if it fails with one of the errors. */
async function unless<T>(answer: Promise<T>, ...errors: string[]): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasName(error, ...errors)) return undefined;
    throw error;
  }
}

const NOT_FOUND = "ResourceNotFoundException";

/**
 * Errors of a start after which no build exists. Throttling isn't one: other starts would fail too.
 */
const REJECTED = [
  NOT_FOUND,
  "AccessDeniedException",
  "ClientException",
  "ForbiddenException",
  "IdempotentParameterMismatchException",
  "InvalidRequestException",
  "ResourceInUseException",
];

type Client = ImagebuilderClient;

/** Reads a build; returns `undefined` if it doesn't exist, or for one of the other errors. */
async function getImage(
  client: Client,
  arn: string,
  ...absent: string[]
): Promise<Image | undefined> {
  const answer = client.send(new GetImageCommand({ imageBuildVersionArn: arn }));
  return (await unless(answer, NOT_FOUND, ...absent))?.image;
}

async function readPipeline(
  client: Client,
  imagePipelineArn: string,
): Promise<Pipeline | undefined> {
  const command = new GetImagePipelineCommand({ imagePipelineArn });
  const pipeline = (await unless(client.send(command), NOT_FOUND))?.imagePipeline;
  if (pipeline === undefined) return undefined;
  return {
    isEnabled: pipeline.status === "ENABLED",
    recipe: required(
      pipeline.imageRecipeArn ?? pipeline.containerRecipeArn,
      `the recipe of ${imagePipelineArn}`,
    ),
    changedAt: Date.parse(pipeline.dateUpdated ?? pipeline.dateCreated ?? ""),
  };
}

async function readRecipe(
  client: Client,
  arn: string,
): Promise<{ readonly parentImage?: string | undefined } | undefined> {
  if (arn.includes(":container-recipe/")) {
    const command = new GetContainerRecipeCommand({ containerRecipeArn: arn });
    return (await client.send(command)).containerRecipe;
  }
  return (await client.send(new GetImageRecipeCommand({ imageRecipeArn: arn }))).imageRecipe;
}

async function readNewest(client: Client, range: string): Promise<ParentBuild | undefined> {
  // Assumed: one of these errors if nothing is shared with the account. AWS documents none.
  const image = await getImage(client, range, "ForbiddenException", "AccessDeniedException");
  if (image?.arn === undefined) return undefined;
  return {
    arn: image.arn,
    createdAt: Date.parse(image.dateCreated ?? ""),
    revocation: revocationOf(image.tags ?? {}, Date.now()),
  };
}

async function listBuilds(client: Client, imagePipelineArn: string): Promise<Build[]> {
  const pages = paginateListImagePipelineImages({ client }, { imagePipelineArn });
  return (await collect(pages, (page) => page.imageSummaryList)).map(toBuild);
}

async function readBuild(client: Client, arn: string): Promise<Build | undefined> {
  const image = await getImage(client, arn);
  if (image === undefined) return undefined;
  const build = toBuild(image);
  return { ...build, parent: parentOf(image) ?? build.parent };
}

async function start(
  client: Client,
  imagePipelineArn: string,
  clientToken: string,
  parent: string,
): Promise<string> {
  const tags = { [PARENT_TAG]: parent };
  const command = new StartImagePipelineExecutionCommand({ imagePipelineArn, clientToken, tags });
  try {
    const { imageBuildVersionArn } = await client.send(command);
    return required(imageBuildVersionArn, `the ARN of the build that ${imagePipelineArn} started`);
  } catch (error) {
    if (!hasName(error, ...REJECTED)) throw error;
    throw new StartRejectedError(error.message, { cause: error });
  }
}

/** Calls Image Builder for the rebuilder. Remembers answers that never change. */
export function imageBuilderAdapter(client: Client): ImageBuilder {
  const recipeParents = new Map<string, string>();
  return {
    pipeline: (arn) => readPipeline(client, arn),
    recipeParent: async (arn) => {
      const known = recipeParents.get(arn);
      if (known !== undefined) return known;
      const recipe = await readRecipe(client, arn);
      const parent = required(recipe?.parentImage, `the parent of ${arn}`);
      recipeParents.set(arn, parent);
      return parent;
    },
    newestVisible: (range) => readNewest(client, range),
    builds: (pipeline) => listBuilds(client, pipeline),
    build: (arn) => readBuild(client, arn),
    start: (pipeline, token, parent) => start(client, pipeline, token, parent),
  };
}
