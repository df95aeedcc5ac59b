/** The role that Image Builder builds in, where its service-linked one isn't enough. */

import type { Container, Image } from "../config/factory";
import {
  documentArn,
  executionRoleName,
  functionArn,
  IMAGE_BUILDER_PARAMETERS,
  type Place,
  parameterArn,
} from "../config/names";
import type { Right } from "../config/workflow/needs";
import type { ExecutionRoleProps } from "../modules/execution-role";

/** The image's SSM parameter, if Image Builder's own role may not write it. */
const foreignParameter = (image: Image | Container): string | undefined =>
  image.kind === "image" && image.parameter?.startsWith(IMAGE_BUILDER_PARAMETERS) === false ? image.parameter : undefined;

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImagePipeline.html: workflows take one. */
export const needsExecutionRole = (image: Image | Container): boolean =>
  image.workflows.length > 0 || foreignParameter(image) !== undefined;

const unique = (items: readonly string[]): string[] => [...new Set(items)].sort();

/** What the images of a place need of it. */
export const executionProps = (
  place: Place,
  images: readonly (Image | Container)[],
): Omit<ExecutionRoleProps, "partition" | "dataKeyArn"> => {
  const rights = images.flatMap(({ workflows }) => workflows.flatMap((workflow) => workflow.rights));
  const of = (kind: Right["kind"]): string[] => rights.flatMap((right) => (right.kind === kind ? right.to : []));
  const written = images.flatMap((image) => {
    const path = foreignParameter(image);
    const regions = image.kind === "image" ? [place.region, ...image.copyToRegions] : [];
    return path === undefined ? [] : regions.map((region) => parameterArn(place, path, region));
  });
  // A step says in which Regions it writes.
  const byWorkflows = of("parameter").map((name) => parameterArn(place, name, "*"));
  return {
    name: executionRoleName(place.region),
    documents: unique(of("document").map((name) => documentArn(place, name))),
    functions: unique(of("function").map((name) => functionArn(place, name))),
    stateMachines: unique(of("stateMachine")),
    parameters: unique([...written, ...byWorkflows]),
  };
};
