/** The role that Image Builder assumes during builds when its service-linked role isn't enough. */

import { sortedUnique } from "../../config/audience";
import {
  documentArn,
  functionArn,
  IMAGE_BUILDER_PARAMETERS,
  PUBLIC_PARAMETERS,
  parameterArn,
} from "../../config/aws/arns";
import type { Permission } from "../../config/aws/workflow-permissions";
import type { Container, Image } from "../../config/model";
import { executionRoleName } from "../../config/names";
import type { AccountRegion } from "../../contract/account-region";
import type { ExecutionRoleProps } from "../../modules/build-environment/execution-role";

/** Returns the image's SSM parameter if Image Builder's service-linked role may not write it. */
function customParameter(image: Image | Container): string | undefined {
  if (image.kind !== "image") return undefined;
  const { parameter } = image;
  return parameter?.startsWith(IMAGE_BUILDER_PARAMETERS) ? undefined : parameter;
}

/**
 * Returns the paths of the SSM parameters that contain the IDs of the image's parent and of its
 * build instances' AMI.
 */
export function amiParameters(image: Image | Container): string[] {
  const sources = image.kind === "container" ? [image.parent, image.hostAmi] : [image.parent];
  return sources.flatMap((source) => (source?.kind === "ssm" ? source.path : []));
}

/**
 * Returns the SSM parameters of {@link amiParameters} that Image Builder's service-linked role may
 * not read:
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceRoleForImageBuilder.html
 * Assumed: Image Builder reads the parameter of the build instances' AMI with the same role.
 */
function customAmiParameters(image: Image | Container): string[] {
  const readable = [IMAGE_BUILDER_PARAMETERS, PUBLIC_PARAMETERS];
  return amiParameters(image).filter((path) => !readable.some((prefix) => path.startsWith(prefix)));
}

/**
 * Returns whether Image Builder needs a role to build the image. Pipelines with workflows require
 * one:
 * https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateImagePipeline.html
 */
export function needsExecutionRole(image: Image | Container): boolean {
  return (
    image.workflows.length > 0 ||
    customParameter(image) !== undefined ||
    customAmiParameters(image).length > 0
  );
}

/**
 * ARNs of the SSM parameters that get the IDs of the image's AMIs, one per Region of the
 * distribution.
 */
function customParameterArns(image: Image | Container, at: AccountRegion): string[] {
  const parameter = customParameter(image);
  if (image.kind !== "image" || parameter === undefined) return [];
  return [at.region, ...image.copyToRegions].map((region) => parameterArn(at, parameter, region));
}

/** Permissions of the role for everything that `images` use. */
export function executionRoleProps(
  at: AccountRegion,
  images: readonly (Image | Container)[],
): Omit<ExecutionRoleProps, "partition" | "dataKeyArn"> {
  const permissions = images.flatMap(({ workflows }) =>
    workflows.flatMap((workflow) => workflow.permissions),
  );
  const targets = (kind: Permission["kind"]): string[] =>
    permissions.flatMap((permission) => (permission.kind === kind ? permission.target : []));
  return {
    name: executionRoleName(at.region),
    documents: sortedUnique(targets("document").map((name) => documentArn(at, name))),
    functions: sortedUnique(targets("function").map((name) => functionArn(at, name))),
    stateMachines: sortedUnique(targets("stateMachine")),
    parameters: sortedUnique([
      ...images.flatMap((image) => customParameterArns(image, at)),
      // A workflow step itself names the Regions in which it writes parameters.
      ...targets("parameter").map((name) => parameterArn(at, name, "*")),
    ]),
    parentParameters: sortedUnique(
      images.flatMap(customAmiParameters).map((path) => parameterArn(at, path)),
    ),
  };
}
