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
import { revocationOf } from "../../../contract/revocation";
import { PARENT_TAG } from "../../../contract/tags";
import { collect, hasName } from "../../common/client";
import type { Build } from "../build";
import { type ImageBuilder, StartRejectedError } from "../ports";

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
 * Returns the parent's build that a build uses. GetImage names it even if the recipe has a wildcard.
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

/** Errors of a start after which no build exists. Throttling isn't one: other starts would fail too. */
const REJECTED = [
  NOT_FOUND,
  "AccessDeniedException",
  "ClientException",
  "ForbiddenException",
  "IdempotentParameterMismatchException",
  "InvalidRequestException",
  "ResourceInUseException",
];

/** Calls Image Builder for the rebuilder. Remembers answers that never change. */
export function imageBuilderAdapter(client: ImagebuilderClient): ImageBuilder {
  const recipeParents = new Map<string, string>();

  const getImage = async (arn: string, ...absent: string[]): Promise<Image | undefined> => {
    const answer = client.send(new GetImageCommand({ imageBuildVersionArn: arn }));
    return (await unless(answer, NOT_FOUND, ...absent))?.image;
  };
  const readRecipeParent = async (arn: string): Promise<string> => {
    if (arn.includes(":container-recipe/")) {
      const command = new GetContainerRecipeCommand({ containerRecipeArn: arn });
      return (await client.send(command)).containerRecipe?.parentImage ?? "";
    }
    const command = new GetImageRecipeCommand({ imageRecipeArn: arn });
    return (await client.send(command)).imageRecipe?.parentImage ?? "";
  };

  return {
    pipeline: async (imagePipelineArn) => {
      const command = new GetImagePipelineCommand({ imagePipelineArn });
      const pipeline = (await unless(client.send(command), NOT_FOUND))?.imagePipeline;
      return (
        pipeline && {
          isEnabled: pipeline.status === "ENABLED",
          recipe: pipeline.imageRecipeArn ?? pipeline.containerRecipeArn ?? "",
          changedAt: Date.parse(pipeline.dateUpdated ?? pipeline.dateCreated ?? ""),
        }
      );
    },
    recipeParent: async (recipe) => {
      const parent = recipeParents.get(recipe) ?? (await readRecipeParent(recipe));
      recipeParents.set(recipe, parent);
      return parent;
    },
    newestVisible: async (range) => {
      // Assumed: one of these errors if nothing is shared with the account. AWS documents none.
      const image = await getImage(range, "ForbiddenException", "AccessDeniedException");
      if (image?.arn === undefined) return undefined;
      return {
        arn: image.arn,
        createdAt: Date.parse(image.dateCreated ?? ""),
        revocation: revocationOf(image.tags ?? {}, Date.now()),
      };
    },
    builds: async (imagePipelineArn) => {
      const pages = paginateListImagePipelineImages({ client }, { imagePipelineArn });
      return (await collect(pages, (page) => page.imageSummaryList)).map(toBuild);
    },
    build: async (arn) => {
      const image = await getImage(arn);
      if (!image) return undefined;
      const build = toBuild(image);
      return { ...build, parent: parentOf(image) ?? build.parent };
    },
    start: async (imagePipelineArn, clientToken, parent) => {
      const command = new StartImagePipelineExecutionCommand({
        imagePipelineArn,
        clientToken,
        tags: { [PARENT_TAG]: parent },
      });
      try {
        return (await client.send(command)).imageBuildVersionArn ?? "";
      } catch (error) {
        if (!hasName(error, ...REJECTED)) throw error;
        throw new StartRejectedError(error.message, { cause: error });
      }
    },
  };
}
