import type { Platform } from "../aws/base-images";
import { managedWorkflow, managedWorkflowsFor } from "../aws/managed-workflows";
import { stepActionOf, TOPIC_ARN, type WorkflowType } from "../aws/workflow-steps";
import { nameOf } from "../documents/text-file";
import { TOPIC_PARAMETER, type WorkflowDocument } from "../documents/workflow/check";
import {
  permissionFor,
  permissionProblem,
  resourceTarget,
} from "../documents/workflow/permissions";
import type { Buildable } from "../model";
import { workflowName } from "../names";
import { expectedOneOf } from "../near-match";
import { ImageName } from "../schema/primitives";
import { isMistyped, listOf, type Rule, rule, workflowDocuments, workflows } from "./rule";

/** Returns whether a workflow has a step with one of these actions that can run on the platform. */
export function hasAction(
  { actions }: Pick<WorkflowDocument, "actions">,
  platform: Platform,
  ...wanted: readonly string[]
): boolean {
  return actions.some(
    ({ action, platforms }) => wanted.includes(action) && platforms.includes(platform),
  );
}

/** Returns what a topic must be, if the execution role of an account can't publish to it. */
function topicProblem(topic: string, accountId: string): string | undefined {
  const [arn, owner] = TOPIC_ARN.exec(topic) ?? [];
  if (arn === undefined) return "must be the ARN of an SNS topic";
  return owner === accountId
    ? undefined
    : `must be an SNS topic of the account ${accountId}, which builds the image: Image Builder can publish only to topics of that account`;
}

/**
 * Actions that Image Builder doesn't run in workflows of this type, for this kind of image or on
 * this platform.
 */
function unsupportedActions({ actions }: WorkflowDocument, type: WorkflowType, image: Buildable) {
  return actions.filter(({ action, platforms }) => {
    const known = stepActionOf(action);
    const isForType = known?.types?.includes(type) ?? true;
    const isForKind = known?.kind === undefined || known.kind === image.kind;
    const isForPlatform =
      known?.platform === undefined ||
      known.platform === image.platform ||
      !platforms.includes(image.platform);
    return !isForType || !isForKind || !isForPlatform;
  });
}

type Parameter = WorkflowDocument["parameters"][number];

const VALUES: Readonly<Record<Parameter["type"], RegExp>> = {
  string: /^/,
  integer: /^-?\d+$/,
  boolean: /^(true|false)$/,
  // The provider passes only the first of several texts: internal/service/imagebuilder/flex.go.
  stringList: /^$/,
};

function parameterProblem(
  { name, type, default: fallback }: Parameter,
  given: string | undefined,
  file: string,
): string | undefined {
  if (given === undefined) {
    const isTopic = name === TOPIC_PARAMETER && type === "string";
    if (fallback !== undefined || isTopic) return undefined;
    return type === "stringList"
      ? `needs a default in ${file}: it is declared as a list, which the AWS provider can't pass`
      : `is missing: ${file} declares it without a default`;
  }
  if (VALUES[type].test(given)) return undefined;
  return type === "stringList"
    ? "is declared as a list, which the AWS provider can't pass: remove it here, and give it a default in the document"
    : `must be of type ${type}`;
}

export const workflowRules: readonly Rule[] = [
  rule({
    id: "workflow-file-name",
    description:
      "The file name of a workflow document, without its extension, is a valid workflow name.",
    each: workflowDocuments,
    check({ file, image }, report) {
      const problem = ImageName.safeParse(nameOf(file)).error?.issues[0];
      const name = workflowName(image.name, nameOf(file));
      if (problem)
        report(
          "document",
          `gives the workflow the name '${nameOf(file)}', which ${problem.message}`,
          file,
        );
      else if (name.length > 128)
        report(
          "document",
          `is too long: its workflow '${name}' has ${name.length} characters, at most 128 are allowed`,
          file,
        );
    },
  }),
  rule({
    id: "workflow-name-unique",
    description: "No two workflow documents of one type have the same name.",
    each: workflowDocuments,
    check({ workflow, file }, report, context) {
      const first = workflowDocuments
        .of(context)
        .find(
          (other) => other.workflow.type === workflow.type && nameOf(other.file) === nameOf(file),
        );
      if (first && first.file !== file)
        report(
          "document",
          `must not have the same name as ${first.file}: rename one of the files`,
          file,
        );
    },
  }),
  rule({
    id: "workflow-steps-supported",
    description:
      "A workflow document uses only step actions for its type, its kind of image and its platform.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/wfdoc-step-actions.html",
    each: workflowDocuments,
    check({ workflow: { type }, image, document, file }, report) {
      const unsupported = unsupportedActions(document, type, image);
      if (unsupported.length === 0) return;
      const actions = listOf(unsupported.map(({ action, location }) => `${action} (${location})`));
      const subjects = image.kind === "image" ? `${image.platform} images` : "containers";
      report(
        "document",
        `uses step actions that a ${type} workflow of ${subjects} doesn't support: ${actions}`,
        file,
      );
    },
  }),
  rule({
    id: "managed-workflow-type",
    description:
      "An AWS-managed workflow has the type it is used for, and is for this kind of image.",
    source: "https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-workflows.html",
    each: workflows,
    check({ workflow: { source, type }, image: { kind } }, report) {
      if (!("awsManaged" in source)) return;
      const known = managedWorkflow(source.awsManaged);
      if (known && (known.type !== type || known.kind !== kind))
        report(
          "awsManaged",
          `must be an AWS-managed ${type} workflow for ${kind}s: ${listOf(managedWorkflowsFor({ type, kind }))}`,
          source.awsManaged,
        );
    },
  }),
  rule({
    id: "approval-step-aborts",
    description:
      "A test workflow that waits for an answer aborts the build on failure: otherwise the answer STOP wouldn't stop it.",
    each: workflowDocuments,
    check({ workflow: { onFailure }, document, image: { platform } }, report) {
      if (onFailure === "continue" && hasAction(document, platform, "WaitForAction"))
        report(
          "onFailure",
          "must be abort for a document with WaitForAction: otherwise the answer STOP doesn't stop the build",
          "continue",
        );
    },
  }),
  rule({
    id: "topic-in-own-account",
    description:
      "A workflow step publishes only to SNS topics of the account that builds the image: AWS's policy for execution roles allows no others.",
    source:
      "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/EC2ImageBuilderExecutionPolicy.html",
    each: workflowDocuments,
    check({ account, workflow: { parameters }, document, file }, report) {
      for (const topic of document.topics) {
        const target = resourceTarget(topic, parameters, document.parameters);
        // Without a value, the parameter gets the factory's topic. Other expressions are known
        // only when the step runs.
        if (target === "" || target.includes("{{")) continue;
        const problem = topicProblem(target, account.id);
        if (problem === undefined) continue;
        if ("text" in topic) report("document", `publishes to ${target}, which ${problem}`, file);
        else if (Object.hasOwn(parameters, topic.parameter))
          report(["parameters", topic.parameter], problem, target);
        else
          report(
            "document",
            `gives the parameter ${topic.parameter} the default '${target}', which ${problem}`,
            file,
          );
      }
    },
  }),
  rule({
    id: "workflow-permission-named",
    description:
      "The SSM documents, Lambda functions, state machines and SSM parameters of workflow steps have names that are literal strings or workflow parameters, because the execution role's policy lists them.",
    each: workflowDocuments,
    check({ workflow: { parameters }, document, file }, report) {
      for (const required of document.requiredPermissions) {
        const permission = permissionFor(required, parameters, document.parameters);
        const problem = permission && permissionProblem(permission);
        if (problem === undefined || !("parameter" in required.value)) continue;
        const { parameter } = required.value;
        if (Object.hasOwn(parameters, parameter))
          report(["parameters", parameter], problem, permission?.target);
        else
          report(
            "document",
            `gives the parameter ${parameter} the default '${permission?.target}', which ${problem}`,
            file,
          );
      }
    },
  }),
  rule({
    id: "workflow-parameters",
    description:
      "An image sets only parameters that the workflow's document declares, to values of the declared type, and sets every parameter that has no default.",
    each: workflowDocuments,
    check({ workflow: { parameters }, document, file }, report) {
      const declared = document.parameters.map(({ name }) => name);
      for (const name of Object.keys(parameters)) {
        if (!declared.includes(name))
          report(
            ["parameters", name],
            `must be a parameter that ${file} declares${expectedOneOf(name, declared)}`,
          );
      }
      for (const parameter of document.parameters) {
        const given = Object.hasOwn(parameters, parameter.name)
          ? parameters[parameter.name]
          : undefined;
        const problem = parameterProblem(parameter, given, file);
        const isReported = isMistyped(parameter.name, parameters, declared);
        if (problem !== undefined && !isReported)
          report(["parameters", parameter.name], problem, given);
      }
    },
  }),
];
