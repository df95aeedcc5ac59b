/** The role that Image Builder builds in, where its service-linked one isn't enough. */

import {
  documentArn,
  functionArn,
  IMAGE_BUILDER_PARAMETERS,
  parameterArn,
} from "../../config/aws/arns";
import type { Permission } from "../../config/documents/workflow/permissions";
import type { Container, Image } from "../../config/model";
import { executionRoleName } from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import type { ExecutionRoleProps } from "../../modules/build-environment/execution-role";

/** The image's SSM parameter, if Image Builder's own role may not write it. */
function foreignParameter(image: Image | Container): string | undefined {
  return image.kind === "image" && image.parameter?.startsWith(IMAGE_BUILDER_PARAMETERS) === false
    ? image.parameter
    : undefined;
}

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImagePipeline.html: workflows take one. */
export function needsExecutionRole(image: Image | Container): boolean {
  return image.workflows.length > 0 || foreignParameter(image) !== undefined;
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)].sort();
}

/** What the images of a place need of it. */
export function executionProps(
  place: AccountRegion,
  images: readonly (Image | Container)[],
): Omit<ExecutionRoleProps, "partition" | "dataKeyArn"> {
  const rights = images.flatMap(({ workflows }) =>
    workflows.flatMap((workflow) => workflow.permissions),
  );
  const of = (kind: Permission["kind"]): string[] =>
    rights.flatMap((right) => (right.kind === kind ? right.target : []));
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
}
