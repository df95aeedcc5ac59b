/** The step of `factory prove` that creates a recipe and deletes it. */
import { CreateImageRecipeCommand, DeleteImageRecipeCommand } from "@aws-sdk/client-imagebuilder";
import { awsManagedComponentArn, imageArn, imageRecipeArn } from "../../../config/aws/arns";
import type { Platform } from "../../../config/aws/base-images";
import { PROVE_PREFIX } from "../leftovers";
import { explainError, hadNoEffect, ok, type StepResult, skipped } from "./outcome";
import type { ProofRun } from "./proof-run";
import type { SharedBuild } from "./read-image";
import { expiringTags } from "./tags";

/** Recipes need a component. It isn't executed. AWS has none for every macOS image. */
const COMPONENTS: Readonly<Partial<Record<Platform, string>>> = {
  Linux: "update-linux",
  Windows: "update-windows",
};

const VERSION = "1.0.0";

/**
 * Creates a recipe that is based on the image, and deletes it, also if the creation failed without
 * an answer.
 */
export async function tryRecipe(run: ProofRun, { arn }: SharedBuild): Promise<StepResult> {
  const { clients, home, image, channel, id, app } = run;
  const component = COMPONENTS[image.platform];
  if (component === undefined)
    return skipped(`no component of AWS fits every ${image.platform} image`);
  const name = `${PROVE_PREFIX}${id}`;
  const own = imageRecipeArn({ accountId: app.id, region: home.region }, name, VERSION);
  let mayExist = true;
  const created = await clients.imageBuilder
    .send(
      new CreateImageRecipeCommand({
        name,
        semanticVersion: VERSION,
        parentImage: channel === undefined ? imageArn(home, image.name, "x.x.x") : arn,
        components: [{ componentArn: awsManagedComponentArn(home.region, component, "x.x.x") }],
        tags: expiringTags(run),
        clientToken: id,
      }),
    )
    .then(
      () => ok("Image Builder accepts a recipe that is based on it. The recipe was deleted again"),
      (error: unknown) => {
        mayExist = !hadNoEffect(error);
        return rejectedRecipe(error);
      },
    );
  return (mayExist ? await deleteRecipe(run, own) : undefined) ?? created;
}

function rejectedRecipe(error: unknown): StepResult {
  const found = explainError(error);
  return found.reason === "other"
    ? {
        ...found,
        message: `Image Builder rejects a recipe that is based on it: ${found.message}`,
      }
    : found;
}

/** Deletes a recipe. Returns a result if it may still exist. */
export async function deleteRecipe(
  { clients, home }: ProofRun,
  imageRecipeArn: string,
): Promise<StepResult | undefined> {
  try {
    await clients.imageBuilder.send(new DeleteImageRecipeCommand({ imageRecipeArn }));
    return undefined;
  } catch (error) {
    if ((error as Error).name === "ResourceNotFoundException") return undefined;
    const { message } = explainError(error);
    return {
      outcome: "failed",
      reason: "cleanup",
      message: `couldn't delete the recipe: ${message}`,
      fix: "delete it",
      commands: [
        `aws imagebuilder delete-image-recipe --image-recipe-arn ${imageRecipeArn} --region ${home.region}`,
      ],
    };
  }
}
