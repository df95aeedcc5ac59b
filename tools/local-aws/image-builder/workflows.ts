import { parse } from "yaml";
import type { Caller, Handlers } from "../protocol/emulator";
import { Fault, type Input } from "../protocol/rest-json";
import { getAndDelete, listVersions } from "./common-operations";
import { assertNameAndVersionFit } from "./patterns";
import { arnOf, type Resources } from "./resources";

/** A step of a workflow document, with the members that the emulation uses. */
export interface Step {
  readonly name: string;
  readonly action: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** A step of a pipeline's test workflow, with the values of the workflow's parameters. */
export interface TestStep {
  readonly step: Step;
  readonly parameters: Input;
  /** ARN of the workflow. */
  readonly workflow: string;
}

export function workflowHandlers(resources: Resources): Handlers {
  return {
    CreateWorkflow: (input, caller) => create(resources, input, caller),
    ListWorkflows: listVersions(resources, "workflow", "workflowVersionList"),
    ...getAndDelete(resources, "Workflow", "workflow", "workflowBuildVersionArn"),
  };
}

function create(resources: Resources, input: Input, caller: Caller): object {
  assertNameAndVersionFit(input);
  const { name, semanticVersion, type, data, ...rest } = input;
  stepsIn(data);
  const kind = `workflow/${String(type).toLowerCase()}`;
  const arn = resources.nextBuild(arnOf(kind, name, caller, `/${semanticVersion}/`), { data });
  resources.create(arn, {
    name,
    version: semanticVersion,
    type,
    owner: caller.account,
    data,
    ...rest,
  });
  return { workflowBuildVersionArn: arn };
}

/** The steps of a workflow document. A document without steps is rejected. */
function stepsIn(data: unknown): readonly Step[] {
  const { schemaVersion, steps } = parse(String(data)) ?? {};
  if (String(Number(schemaVersion)) !== "1" || !Array.isArray(steps) || steps.length === 0)
    throw new Fault("InvalidParameterValueException", "The workflow document is not valid.");
  return steps;
}

/** The steps of a pipeline's test workflows in their order. */
export function testSteps(resources: Resources, pipelineArn: unknown, caller: Caller): TestStep[] {
  const { workflows = [] } = resources.get(pipelineArn, caller) as {
    readonly workflows?: readonly Input[];
  };
  return workflows.flatMap(({ workflowArn, parameters = [] }) => {
    if (!/:\d{12}:workflow\/test\//.test(String(workflowArn))) return [];
    const given = Object.fromEntries(
      (parameters as Input[]).map(({ name, value }) => [name, (value as string[])[0]]),
    );
    return stepsIn(resources.get(workflowArn, caller)["data"]).map((step) => ({
      step,
      parameters: given,
      workflow: String(workflowArn),
    }));
  });
}
