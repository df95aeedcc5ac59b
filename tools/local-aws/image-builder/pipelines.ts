import type { Caller, Handlers } from "../protocol/emulator";
import { Fault, type Input, page } from "../protocol/rest-json";
import { getAndDelete, update } from "./common-operations";
import { assertNameFits } from "./patterns";
import { arnOf, type Resources } from "./resources";

export function pipelineHandlers(resources: Resources): Handlers {
  return {
    CreateImagePipeline: (input, caller) => create(resources, input, caller),
    ListImagePipelines: (input, caller) => {
      const own = resources
        .ownArns("image-pipeline", caller)
        .map((arn) => resources.get(arn, caller));
      const { items, ...token } = page(own, input, 25);
      return { imagePipelineList: items, ...token };
    },
    UpdateImagePipeline: (input, caller) => {
      for (const member of ["imageRecipeArn", "containerRecipeArn"])
        resources.assertExists(input[member], caller);
      assertWorkflowsFit(resources, input, caller);
      return update(resources, "imagePipelineArn")(withFailureActions(input), caller);
    },
    ...getAndDelete(resources, "ImagePipeline", "imagePipeline"),
  };
}

function create(resources: Resources, given: Input, caller: Caller): object {
  const input = withFailureActions(given);
  const members = [
    "imageRecipeArn",
    "containerRecipeArn",
    "infrastructureConfigurationArn",
    "distributionConfigurationArn",
  ];
  for (const member of members) resources.assertExists(input[member], caller);
  if ((input["imageRecipeArn"] === undefined) === (input["containerRecipeArn"] === undefined))
    throw new Fault(
      "InvalidParameterCombinationException",
      "A pipeline must have either an image recipe or a container recipe.",
    );
  assertWorkflowsFit(resources, input, caller);
  assertNameFits(input);
  const arn = arnOf("image-pipeline", input["name"], caller);
  resources.create(arn, { platform: "Linux", status: "ENABLED", ...input });
  return { imagePipelineArn: arn };
}

/**
 * Assumed: Image Builder returns the default of `onFailure` for tests that were created without.
 */
function withFailureActions({ workflows, ...input }: Input): Input {
  if (workflows === undefined) return input;
  const all = (workflows as readonly Input[]).map((workflow) =>
    /:workflow\/test\//.test(String(workflow["workflowArn"]))
      ? { onFailure: "ABORT", ...workflow }
      : workflow,
  );
  return { ...input, workflows: all };
}

/** https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_WorkflowConfiguration.html */
function assertWorkflowsFit(
  resources: Resources,
  { workflows = [], executionRole }: Input,
  caller: Caller,
): void {
  const all = workflows as readonly Input[];
  if (all.length > 0 && executionRole === undefined)
    throw new Fault(
      "InvalidParameterCombinationException",
      "An execution role is required to provide workflows",
    );
  for (const { workflowArn, parallelGroup, onFailure } of all) {
    const [, owner = "", type = "", version = ""] =
      /:([^:]+):workflow\/(\w+)\/[^/]+\/(.+)$/.exec(String(workflowArn)) ?? [];
    if (owner === "aws" && version !== "x.x.x")
      throw new Fault(
        "InvalidParameterValueException",
        "AWS managed workflows must have latest version 'x.x.x'",
      );
    if (type !== "test" && (parallelGroup !== undefined || onFailure !== undefined))
      throw new Fault(
        "InvalidParameterCombinationException",
        `A ${type} workflow must have neither parallelGroup nor onFailure.`,
      );
    if (owner !== "aws") resources.assertExists(workflowArn, caller);
  }
  for (const type of ["build", "distribution"])
    if (
      all.filter(({ workflowArn }) => String(workflowArn).includes(`:workflow/${type}/`)).length > 1
    )
      throw new Fault(
        "InvalidParameterValueException",
        `A pipeline must have at most one ${type} workflow.`,
      );
}
