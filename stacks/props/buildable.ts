/** The parts of module props that images and containers have in common. */

import {
  aliasArn,
  arnIn,
  awsManagedComponentArn,
  awsManagedImageArn,
  awsManagedWorkflowArn,
  componentArn,
  imageArn,
  topicArn,
} from "../../config/aws/arns";
import { TOPIC_PARAMETER } from "../../config/documents/workflow/check";
import type {
  Account,
  Component,
  Container,
  ContainerParent,
  Image,
  Parent,
  VersionedFactory,
  Workflow,
} from "../../config/model";
import { IMAGE_KEY_ALIAS, imageTags, TOPIC_NAME, workflowName } from "../../config/names";
import { workflowKey } from "../../config/versions/digests";
import { currentVersion, issuedVersions } from "../../config/versions/lock-file";
import type { AccountRegion } from "../../contract/account-region";
import { required } from "../../contract/required";
import type { BuildSettings } from "../../modules/build-environment/build-environment";
import type { BuildableBaseProps } from "../../modules/image-builder/buildable";
import type { PipelineWorkflow, WorkflowSource } from "../../modules/image-builder/pipeline";
import type { RecipeComponent, RecipeProps } from "../../modules/image-builder/recipe";
import { needsExecutionRole } from "./execution-role";

/** The account and Region that images are built in, and the resources that they are built with. */
export interface BuildContext {
  readonly factory: VersionedFactory;
  readonly account: Account;
  readonly at: AccountRegion;
  readonly environment: BuildSettings;
  /** Resources that recipes refer to by literal ARNs. @default - none in the same stack */
  readonly recipeDependsOn?: RecipeProps["dependsOn"];
}

function parentImage(
  parent: Parent | ContainerParent,
  { at, factory }: Pick<BuildContext, "at" | "factory">,
): string {
  switch (parent.kind) {
    case "golden":
      return imageArn({ ...at, accountId: factory.shared.id }, parent.name, parent.version);
    case "awsManaged":
      return awsManagedImageArn(at.region, parent.name, parent.version);
    case "marketplace":
      return parent.product;
    case "ssm":
      return `ssm:${parent.path}`;
    case "ami":
      return required(parent.amis[at.region], `the parent's AMI in ${at.region}`);
    case "arn":
      return arnIn(parent.arn, at.region);
    case "registry":
      return parent.uri;
  }
}

function recipeComponent(
  component: Component,
  { at, factory }: Pick<BuildContext, "at" | "factory">,
): RecipeComponent {
  const { parameters } = component;
  switch (component.kind) {
    case "awsManaged": {
      const { name, version } = component;
      return { arn: awsManagedComponentArn(at.region, name, version), parameters };
    }
    case "document": {
      const { name } = component.document;
      const version = currentVersion(factory.lockFile.components, name);
      return { arn: componentArn(at, name, version), parameters };
    }
    case "arn":
      return { arn: arnIn(component.arn, at.region), parameters };
  }
}

export function recipeProps(
  { recipe, parent, components, workingDirectory }: Image | Container,
  context: BuildContext,
): Omit<RecipeProps, "name" | "description"> {
  const { at, factory, recipeDependsOn } = context;
  return {
    version: currentVersion(factory.lockFile.recipes, recipe),
    parentImage: parentImage(parent, context),
    components: components.map((component) => recipeComponent(component, context)),
    keyArn: aliasArn(at, IMAGE_KEY_ALIAS),
    workingDirectory,
    dependsOn: recipeDependsOn,
  };
}

function workflowSource(
  { type, source }: Workflow,
  image: string,
  { at, factory }: BuildContext,
): WorkflowSource {
  if ("awsManaged" in source)
    return { kind: "existing", arn: awsManagedWorkflowArn(at.region, type, source.awsManaged) };
  const { name, description, text } = source.document;
  return {
    kind: "created",
    id: `${type}-${name}`,
    props: {
      name: workflowName(image, name),
      version: currentVersion(factory.lockFile.workflows, workflowKey(type, source.document)),
      type,
      description,
      text,
    },
  };
}

/**
 * A document that declares the topic's parameter without a default gets the factory's topic, unless
 * factory.yaml sets the parameter.
 */
function workflowParameters(
  { source, parameters }: Workflow,
  at: AccountRegion,
): Workflow["parameters"] {
  if ("awsManaged" in source) return parameters;
  const declared = source.document.parameters.find(({ name }) => name === TOPIC_PARAMETER);
  if (declared === undefined || declared.default !== undefined) return parameters;
  return { [TOPIC_PARAMETER]: topicArn(at, TOPIC_NAME), ...parameters };
}

function pipelineWorkflow(
  workflow: Workflow,
  image: string,
  context: BuildContext,
): PipelineWorkflow {
  const { parallelGroup, onFailure } = workflow;
  return {
    workflow: workflowSource(workflow, image, context),
    parameters: workflowParameters(workflow, context.at),
    parallelGroup,
    ...(onFailure && { onFailure: onFailure === "abort" ? "ABORT" : "CONTINUE" }),
  };
}

function pipelineProps(
  image: Image | Container,
  context: BuildContext,
): BuildableBaseProps["pipeline"] {
  const { schedule, testsEnabled, testTimeoutMinutes, scan, workflows } = image;
  const { builds = [], imageLogs = {} } = context.environment.prerequisites ?? {};
  const logs = imageLogs[image.name];
  return {
    enabled: image.enabled,
    schedule,
    testsEnabled,
    testTimeoutMinutes,
    scan,
    enhancedMetadata: image.enhancedMetadata,
    executionRoleArn: needsExecutionRole(image)
      ? required(context.environment.executionRoleArn, "the execution role")
      : undefined,
    workflows: workflows.map((workflow) => pipelineWorkflow(workflow, image.name, context)),
    dependsOn: logs === undefined ? builds : [...builds, logs],
  };
}

function lifecycleProps(
  { retain, recipe }: Image | Container,
  { factory, environment }: BuildContext,
): BuildableBaseProps["lifecycle"] {
  if (!retain) return undefined;
  return {
    recipeVersions: issuedVersions(factory.lockFile.recipes, recipe),
    retain,
    roleArn: environment.lifecycleRoleArn,
    dependsOn: environment.prerequisites?.lifecycle,
  };
}

/** Props of images and containers, except recipe, infrastructure and distribution. */
export function baseProps(
  image: Image | Container,
  context: BuildContext,
): Omit<BuildableBaseProps, "infrastructure"> {
  return {
    name: image.name,
    description: image.description,
    pipeline: pipelineProps(image, context),
    lifecycle: lifecycleProps(image, context),
  };
}

/** Infrastructure of images and containers, except the instance profile. */
export function infrastructureProps(
  { name: image, instanceTypes, keyPair, keepFailedInstances }: Image | Container,
  { account, at, environment }: BuildContext,
): Omit<BuildableBaseProps["infrastructure"], "instanceProfileName"> {
  const network = account.regions.find(({ name }) => name === at.region);
  return {
    instanceTypes,
    subnetId: network?.subnetId,
    securityGroupIds: network?.securityGroupIds,
    keyPair,
    keepFailedInstances,
    logBucket: environment.logBucket,
    topicArn: environment.topicArn,
    resourceTags: imageTags(image),
  };
}
